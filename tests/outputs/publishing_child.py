"""A process that publishes, or rolls forward, and ends without any clean-up at given steps.

Arguments: `publish` or `roll`, `file` or `set`, a method, then for each time the number of the step (-1: none) and
the desk's folder. For each time a line: the exit status and the name of the step at which it ended.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from tests.outputs.desk import Desk, stop_at
from video_queue.outputs.publish_method import PublishMethod
from video_queue.outputs.publisher import publish
from video_queue.outputs.roll_forward import roll_forward


def main() -> None:
    """Do what the arguments say."""
    verb, form, method, *times = sys.argv[1:]
    run = run_in_fork if hasattr(os, "fork") else run_in_process
    for step, folder in zip(times[::2], times[1::2], strict=True):
        status, name = run(int(step), folder, verb, form, method)
        print(status, name, sep="\t", flush=True)


def run_in_fork(*arguments: int | str) -> tuple[int, str]:
    """The exit status and the step; in a fork, since loading the libraries takes longer than the work."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(writer, 1)
        end_at(*arguments)
    os.close(writer)
    with os.fdopen(reader) as ended:
        name = ended.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), name


def run_in_process(*arguments: int | str) -> tuple[int, str]:
    """The same in a process of its own, on Windows."""
    program = f"from tests.outputs.publishing_child import end_at; end_at(*{arguments!r})"
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout


def end_at(step: int, folder: str, verb: str, form: str, method: str) -> NoReturn:
    """The work in this process, which ends at the step and prints its name."""
    status = 1
    try:
        work(Desk.at(Path(folder)), verb, form, PublishMethod(method), step)
        status = 0
    finally:
        os._exit(status)


def work(desk: Desk, verb: str, form: str, method: PublishMethod, step: int) -> None:
    """Publish, or roll the desk's intent forward."""
    checkpoint = stop_at(step)
    if verb == "publish":
        plan = desk.plan(desk.frames() if form == "set" else [desk.clip()])
        asyncio.run(publish(plan, desk.area, commit_intent=desk.commit, method=method, checkpoint=checkpoint))
    else:
        intent = desk.committed()
        assert intent is not None
        asyncio.run(roll_forward(intent, commit_intent=desk.commit, checkpoint=checkpoint))


if __name__ == "__main__":
    main()
