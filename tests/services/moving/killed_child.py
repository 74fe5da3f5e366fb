"""A process that is killed at a point while it moves a queue: `python -m ... HOME export|import FILE POINT`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from video_queue.db import moving
from video_queue.domain.moving import ExportOptions, ImportOptions
from video_queue.services.asker import COMMAND_LINE
from video_queue.services.moving import exporting, importing
from video_queue.services.moving.contents import Selection
from video_queue.settings import load_settings
from video_queue.wiring import open_services


def dies_before(_: Callable[..., Any]) -> Callable[..., Any]:
    def die(*args: Any, **options: Any) -> None:
        os._exit(9)

    return die


def dies_after(work: Callable[..., Any]) -> Callable[..., Any]:
    def die(*args: Any, **options: Any) -> None:
        work(*args, **options)
        os._exit(9)

    return die


POINTS: dict[str, tuple[Any, str, Callable[[Callable[..., Any]], Callable[..., Any]]]] = {
    "held, nothing written": (exporting, "write_archive", dies_before),
    "written under another name": (exporting, "publish_file", dies_before),
    "the file is complete": (moving, "cancel", dies_before),
    "inputs are extracted": (importing, "write_moved", dies_before),
    "rows are not committed": (importing, "write_moved", dies_after),
}


async def main(home: str, what: str, file: str, point: str) -> None:
    module, name, wrap = POINTS[point]
    setattr(module, name, wrap(getattr(module, name)))
    services = await open_services(load_settings(Path(home), {}, {}))
    if what == "export":
        options = ExportOptions(path=file, with_inputs=True, then="cancel")
        await services.exports.export(options, Selection(), COMMAND_LINE)
    else:
        await services.queue_imports.import_queue(ImportOptions(path=file), COMMAND_LINE)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
