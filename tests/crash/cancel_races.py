"""Cancel prompts at about the moment at which ComfyUI ends them: it is never the wrong one that is stopped.

    python -m tests.crash.cancel_races --cancels 1000

is the long run; `test_cancel_races.py` is its short form. Two of three prompts are cancelled, each at a random moment
after its start; the third must end well, at its first attempt.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.figure import print_figure
from tests.media_clips import make_pictures
from tests.worker.conftest import Queue
from video_queue.db.connection import Connection
from video_queue.domain.errors import VqError
from video_queue.domain.events import Event, EventType
from video_queue.domain.views import Job
from video_queue.simulator.process import SimulatorProcess
from video_queue.simulator.settings import SimulatorSettings
from video_queue.wiring import Services

# Cancels come at any time from the start of a prompt to its last steps, in seconds.
_LONGEST = 1.5
_OF_THREE = 2


def run_cancel_races(folder: Path, cancels: int, rng: random.Random) -> tuple[Counter[str], list[str]]:
    """(how the cancelled prompts ended, every broken promise) of so many races."""
    count = cancels * 3 // _OF_THREE
    simulator = SimulatorProcess(SimulatorSettings(folder / "comfy"))
    queue = Queue(folder / "home", **{"comfy.url": simulator.start()})
    pictures = [str(path) for path in make_pictures(folder / "pictures", count, size=(64, 48))]

    async def race(services: Services, jobs: list[Job]) -> None:
        await _cancel_as_they_start(services, jobs[0].id, rng)

    try:
        [job] = queue.work({"workflow": "invert-image", "inputs": pictures}, during=race)
    finally:
        simulator.kill()
    rows = queue.ask(lambda services: services.db.read(_prompts, job.id))
    ended = Counter(state for index, state, _ in rows if _is_cancelled(index))
    problems = [
        f"prompt {index} ended as {state} at attempt {attempt}"
        for index, state, attempt in rows
        if attempt != 1 or state not in ("succeeded", *(["cancelled"] if _is_cancelled(index) else []))
    ]
    return ended, problems


async def _cancel_as_they_start(services: Services, job_id: int, rng: random.Random) -> None:
    events, races = services.feed.subscribe(), set()
    try:
        while True:
            event = await events.get()
            if isinstance(event, Event) and event.job_id == job_id:
                if event.type == EventType.JOB_FINISHED:
                    break
                if event.type == EventType.PROMPT_STARTED and event.prompt_id is not None:
                    prompt = await services.lookup.prompt(event.prompt_id)
                    if _is_cancelled(prompt.index):
                        races.add(asyncio.create_task(_cancel(services, prompt.id, rng.uniform(0, _LONGEST))))
    finally:
        events.close()
    await asyncio.gather(*races)


async def _cancel(services: Services, prompt_id: int, delay: float) -> None:
    await asyncio.sleep(delay)  # the race itself
    try:
        await services.actions.prompt_action(prompt_id, "cancel")
    except VqError:
        return  # it has ended before


def _is_cancelled(index: int) -> bool:
    return index % 3 != 0


def _prompts(conn: Connection, job_id: int) -> list[tuple[int, str, int]]:
    rows = conn.execute("SELECT idx, state, attempt FROM prompt WHERE job_id = ? ORDER BY idx", (job_id,))
    return [tuple(row) for row in rows]


def main() -> None:
    """The long run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cancels", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        ended, problems = run_cancel_races(Path(folder), args.cancels, random.Random(args.seed))
    print(f"{args.cancels} cancels raced against the end: {dict(ended)}; {len(problems)} broken promises")
    for line in problems:
        print(line)
    print_figure("cancel_races", len(problems))
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
