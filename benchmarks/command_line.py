"""How long short commands take, beside the smallest Typer program: `python benchmarks/command_line.py`.

`vq --help`, and `vq submit` to a running server; medians of ten runs each, taken in turn.
"""

from __future__ import annotations

# As in benchmarks/queue.py.
# isort: off
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != HERE)]
# isort: on

import os
import signal
import statistics
import subprocess
import tempfile
import time

from benchmarks.figure import print_figure

_ROUNDS = 10
_SMALLEST = """
import typer
app = typer.Typer()
@app.command()
def main(name: str = "x") -> None:
    \"\"\"Print a name.\"\"\"
    print(name)
app()
"""
_WORKFLOW = """
title: Numbers
parameters:
  seed: {type: seed, default: 1}
phases:
  - {name: probe, uses: media.probe, with: {source: "{{ params.seed }}"}}
output: {phase: probe}
"""


def seconds(words: list[str], env: dict[str, str]) -> float:
    """The wall time of a process."""
    began = time.perf_counter()
    subprocess.run(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def main() -> None:
    """Print the medians and their ratios."""
    with tempfile.TemporaryDirectory() as folder:
        home, smallest = Path(folder) / "home", Path(folder) / "smallest.py"
        (home / "workflows").mkdir(parents=True)
        (home / "workflows" / "numbers.yaml").write_text(_WORKFLOW, "utf-8")
        smallest.write_text(_SMALLEST, "utf-8")
        env = {**os.environ, "VQ_HOME": str(home), "PYTHONPATH": str(HERE.parent)}
        vq = [sys.executable, "-m", "video_queue"]
        serve = [*vq, "serve", "--port", "0", "--paused"]
        server = subprocess.Popen(serve, env=env, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            server.stdout.readline()
            calls = {
                "smallest --help": [sys.executable, str(smallest), "--help"],
                "smallest": [sys.executable, str(smallest)],
                "vq --help": [*vq, "--help"],
                "vq submit": [*vq, "submit", "numbers", "--force", "--print-id"],
            }
            times: dict[str, list[float]] = {name: [] for name in calls}
            for _ in range(_ROUNDS):
                for name, words in calls.items():
                    times[name].append(seconds(words, env))
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate()
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        beside = medians["smallest --help" if name.endswith("--help") else "smallest"]
        print(f"{name:16} {median * 1000:5.0f} ms  x {median / beside:.2f}")
    print_figure("command_help", medians["vq --help"] / medians["smallest --help"])
    print_figure("command_submit", medians["vq submit"] / medians["smallest"])


if __name__ == "__main__":
    main()
