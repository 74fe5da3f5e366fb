"""Watch folders: CPU of a scan where nothing changed, of an idle watch, and of many files dropped at once.

    python benchmarks/watch.py --files 10000 --tree 20000

A file counts as queued when its job is committed; the time runs from the moment at which the last file had kept its
size and time for as long as the watch asks.
"""

from __future__ import annotations

# Run as a script, this folder leads sys.path and its `queue` would hide the standard library's.
# isort: off
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != HERE)]
# isort: on

import argparse
import asyncio
import resource
import shutil
import tempfile
import time

from benchmarks.figure import print_figure
from tests.media_clips import make_clip
from video_queue.domain.events import Event, EventType
from video_queue.domain.submission import Submission
from video_queue.domain.watches import NewWatch
from video_queue.services.watch.watch_loop import WatchLoop
from video_queue.settings import load_settings
from video_queue.wiring import Services, close_services, open_services


def cpu() -> float:
    """Seconds of CPU that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def fill(folder: Path, clip: Path, count: int) -> None:
    """So many links to one clip in folders of a thousand: other names, the same bytes."""
    for number in range(count):
        target = folder / f"{number // 1000:03d}" / f"clip_{number:06d}.mp4"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(clip, target)


async def watching(services: Services, folder: Path, existing: str) -> int:
    """A new watch on the folder."""
    new = NewWatch(
        path=str(folder), submission=Submission(workflow="transcode"), recursive=True, existing=existing
    )  # type: ignore[arg-type]
    return (await services.watches.add(new)).id


async def measure_rescan(services: Services, folder: Path, idle: float) -> None:
    """A scan of a folder in which nothing changed, and the loop beside it."""
    number = await watching(services, folder, "skip")
    await services.watches.scanner.scan(number)
    costs = []
    for _ in range(5):
        before = cpu()
        await services.watches.scanner.scan(number)
        costs.append(cpu() - before)
    files = sum((await services.watches.get(number)).counts.values())
    print(
        f"scan of {files} files, nothing changed: {min(costs) * 1000:.0f} to {max(costs) * 1000:.0f} ms of CPU"
    )
    loop = asyncio.create_task(WatchLoop(services.db, services.watches.scanner, services.clock).run())
    await asyncio.sleep(min(5.0, idle))  # its first scan
    before, began = cpu(), time.monotonic()
    await asyncio.sleep(idle)
    share = (cpu() - before) / (time.monotonic() - began)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    await services.watches.remove(number)
    print(f"idle watch of {files} files: {share:.2%} of a core")


async def measure_drop(services: Services, folder: Path, clip: Path, count: int) -> None:
    """Many files at once, each to its own job."""
    folder.mkdir()
    number = await watching(services, folder, "take")
    loop = asyncio.create_task(WatchLoop(services.db, services.watches.scanner, services.clock).run())
    hidden = folder.parent / "dropped"
    fill(hidden, clip, count)
    before = cpu()
    hidden.replace(folder / "dropped")
    began = time.monotonic()
    events = services.feed.subscribe()
    taken = 0
    while taken < count:
        event = await events.get()
        if isinstance(event, Event) and event.type == EventType.WATCH_FILES:
            taken += event.data["counts"].get("taken", 0)
    seconds = time.monotonic() - began - (await services.watches.get(number)).settle_seconds
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    print(
        f"{count} files at once: queued {seconds:.1f} s after they were stable, {cpu() - before:.1f} s of CPU"
    )
    print_figure("watch_drop_seconds", seconds)


async def main() -> None:
    """All three."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--tree", type=int, default=20_000)
    parser.add_argument("--idle", type=float, default=20.0, help="seconds to watch an idle folder")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vq-watch-") as base:
        folder = Path(base)
        clip = make_clip(folder / "clip.mp4", frames=3)
        services = await open_services(load_settings(folder / "home", {}, {}))
        try:
            if words.tree:
                fill(folder / "tree", clip, words.tree)
                await measure_rescan(services, folder / "tree", words.idle)
            if words.files:
                await measure_drop(services, folder / "drop", clip, words.files)
        finally:
            await close_services(services)


if __name__ == "__main__":
    asyncio.run(main())
