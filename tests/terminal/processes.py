"""`vq` on a home of its own, as a real process or in this one, and a `vq serve` beside it."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.forked import python_module
from video_queue.cli import run

ROOT = Path(__file__).parents[2]
_SECONDS = 300

# Two workflows that need no ComfyUI: one that fails for frames that are not there, one with a text to sweep.
WORKFLOWS = {
    "cut.yaml": """
title: Cut in two
inputs: {kind: video}
parameters:
  at_frame: {type: int, default: 2, min: 1, max: 100000}
  extra: {type: file, required: false}
phases:
  - {name: split, uses: media.split, with: {source: "{{ input.path }}", at_frame: "{{ params.at_frame }}"}}
output: {phase: split, name: "{{ input.stem }}"}
""",
    "tiny.yaml": """
title: Tiny
inputs: {kind: video}
parameters:
  prompt: {type: text, default: ""}
  mirror: {type: choice, options: [none, horizontal, vertical], default: none}
  seed: {type: seed, default: 1}
phases:
  - {name: convert, uses: media.convert, with: {source: "{{ input.path }}", mirror: "{{ params.mirror }}"}}
output: {phase: convert, name: "{{ input.stem }}_{{ params.seed }}"}
""",
    "broken.yaml": "title: Broken\ninputs: {kind: video}\nphases: 3\n",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What a call came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON value on stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON values on stdout, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def environment(home: Path, **more: str) -> dict[str, str]:
    """This process's environment without its VQ_ variables, with a home and a path to the package."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VQ_")}
    return {**kept, "VQ_HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", **more}


def command(*words: str) -> list[str]:
    """The words of a `vq` process."""
    return [sys.executable, "-m", "video_queue", *words]


class Vq:
    """Calls `vq` on one home. `vq("ls", "--json")` is a finished process."""

    def __init__(self, home: Path, cwd: Path) -> None:
        self.home = home
        self.cwd = cwd

    def __call__(self, *words: str, stdin: str = "", env: Mapping[str, str] | None = None) -> Result:
        process = self.start(*words, stdin=subprocess.PIPE, env=env)
        try:
            out, err = process.communicate(stdin, timeout=_SECONDS)
        finally:
            process.kill()
        return Result(process.returncode, out, err)

    def start(
        self, *words: str, stdin: int | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """A process that goes on; the caller ends it."""
        pipe, environ = subprocess.PIPE, environment(self.home, **(env or {}))
        return python_module(
            *("video_queue", *words),
            stdin=stdin, stdout=pipe, stderr=pipe, text=True, cwd=self.cwd, env=environ,
        )  # fmt: skip

    @contextmanager
    def serving(self, *words: str) -> Iterator[str]:
        """The address of a `vq serve` that listens; ended by SIGTERM."""
        process = self.start("serve", "--port", "0", *words)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("listening on "), (line, process.communicate(timeout=_SECONDS))
            yield line.removeprefix("listening on ").strip()
        finally:
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=_SECONDS)
        assert (process.returncode, out, err) == (0, "", "")


class VqHere(Vq):
    """The same in this process, which spares each call the start of another; `start` and `serving` are processes."""

    def __call__(self, *words: str, stdin: str = "", env: Mapping[str, str] | None = None) -> Result:
        if stdin or env:
            return super().__call__(*words, stdin=stdin, env=env)
        out, err = io.StringIO(), io.StringIO()
        with chdir(self.cwd), redirect_stdout(out), redirect_stderr(err):
            code = run(["--home", str(self.home), *words])
        return Result(code, out.getvalue(), err.getvalue())


def make_home(folder: Path) -> Path:
    """A home with the test workflows."""
    (folder / "workflows").mkdir(parents=True)
    for name, text in WORKFLOWS.items():
        (folder / "workflows" / name).write_text(text)
    return folder
