"""A process that publishes, or rolls forward, and ends without any clean-up at a given step.

Arguments: the desk's folder, `publish` or `roll`, `file` or `set`, a method, the number of the step (-1: none).
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.outputs.desk import Desk, stop_at
from video_queue.outputs.publish_method import PublishMethod
from video_queue.outputs.publisher import publish
from video_queue.outputs.roll_forward import roll_forward


def main() -> None:
    """Do what the arguments say."""
    folder, verb, form, method, step = sys.argv[1:]
    desk = Desk.at(Path(folder))
    checkpoint = stop_at(int(step))
    if verb == "publish":
        plan = desk.plan(desk.frames() if form == "set" else [desk.clip()])
        work = publish(
            plan, desk.area, commit_intent=desk.commit, method=PublishMethod(method), checkpoint=checkpoint
        )
    else:
        intent = desk.committed()
        assert intent is not None
        work = roll_forward(intent, commit_intent=desk.commit, checkpoint=checkpoint)
    asyncio.run(work)


if __name__ == "__main__":
    main()
