"""Many starts of one home at once: exactly one serves, every other says who does, and nothing is harmed.

`python -m tests.crash.starts --starts 50 --rounds 10` is the long run; `test_starts.py` is its short form.
"""

from __future__ import annotations

import argparse
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue

from benchmarks.figure import print_figure
from tests.forked import python_module


def start_at_once(home: Path, count: int) -> list[str]:
    """Start `count` servers, and end the one that serves; what went wrong."""
    ended: SimpleQueue[tuple[int, str, str]] = SimpleQueue()
    serving: SimpleQueue[int] = SimpleQueue()
    words = ("video_queue", "--home", str(home), "serve", "--port", "0", "--paused")
    pipe = subprocess.PIPE
    starts = [python_module(*words, stdout=pipe, stderr=pipe, text=True) for _ in range(count)]

    def follow(number: int) -> None:
        stream = starts[number].stdout
        assert stream is not None
        first = stream.readline()
        if "listening" in first:
            serving.put(number)
        rest, errors = starts[number].communicate()
        ended.put((number, first + rest, errors))

    threads = [threading.Thread(target=follow, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    results = [ended.get() for _ in range(count - 1)]
    first = serving.get()
    starts[first].send_signal(signal.SIGTERM)
    results.append(ended.get())
    for thread in threads:
        thread.join()
    problems = [] if serving.empty() else ["more than one served"]
    for number, printed, errors in results:
        code = starts[number].returncode
        if number == first:
            problems += [] if code == 0 else [f"the one that served ended with {code}: {errors[-200:]}"]
        elif code == 0 or "Traceback" in errors or str(starts[first].pid) not in printed + errors:
            problems.append(f"a refused start ended with {code}: {(printed + errors)[-300:]}")
    return problems + _harm(home)


def _harm(home: Path) -> list[str]:
    with closing(sqlite3.connect(home / "vq.db")) as db:
        verdict = db.execute("PRAGMA integrity_check").fetchone()[0]
    left = [path.name for path in (home / "server.json",) if path.exists()]
    return ([] if verdict == "ok" else [str(verdict)]) + [f"{name} is left behind" for name in left]


def main() -> None:
    """The long run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--starts", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    problems = []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(prefix="vq-starts-") as folder:
            problems += start_at_once(Path(folder) / "home", options.starts)
    print(f"{options.rounds} × {options.starts} starts at once: {len(problems)} broken promises")
    for line in problems:
        print(line)
    print_figure("starts", len(problems))
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
