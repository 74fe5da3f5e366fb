"""Posters: a small picture of every output, made in the background soon after it is published, and of what goes in.

They are kept by content, so a file that was moved or deleted since is still seen. Making them takes a small share of
one core, so that work does not wait for it; one that is asked for earlier is made then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from video_queue.db import artifacts
from video_queue.db.queue_db import QueueDB
from video_queue.domain.errors import VqError
from video_queue.domain.views import Artifact
from video_queue.media.thumbnails import first_picture_or_clip, poster, thumbnail
from video_queue.services.clock import Clock
from video_queue.services.while_due import keep_while
from video_queue.system.processes.cancellation import in_thread

# The outputs published last before the start are looked through: their posters may not be there yet.
_BEFORE_START = 500
_AT_ONCE = 50
# Between two posters so many times as long as the last one took.
_REST = 15


def poster_of(artifact: Artifact, cache: Path) -> Path:
    """The poster of an artifact. Blocking.

    Raises:
        VqError: `input_missing`, `input_unreadable` where there is none.
    """
    content = artifact.sha256[:32] if artifact.sha256 else f"artifact-{artifact.id}-{artifact.bytes:x}"
    return poster(Path(artifact.path), cache, content, artifact.bytes)


def poster_of_input(path: Path, cache: Path, guard: Callable[[Path], None]) -> Path:
    """The poster of an input, of a folder its first picture or clip. Blocking; raises as `poster_of` and `guard`."""
    picture = (first_picture_or_clip(path) if path.is_dir() else None) or path
    guard(picture)
    return thumbnail(picture, cache)


class Posters:
    """Makes the posters of what is published, in order, beside the work."""

    def __init__(self, db: QueueDB, cache: Path, clock: Clock) -> None:
        self._db, self._cache, self._clock = db, cache, clock
        self._after: int | None = None

    async def run(self) -> None:
        """Make them until cancelled."""
        newest = await self._db.read(artifacts.newest)
        self._after = max(0, newest - _BEFORE_START)
        await keep_while(
            self._db, lambda conn: artifacts.pictures(conn, self._after or 0, _AT_ONCE), self._make
        )

    async def _make(self, pictures: list[Artifact]) -> None:
        while pictures:
            for artifact in pictures:
                await self._rest(await self._timed(partial(poster_of, artifact, self._cache)))
                self._after = artifact.id
            pictures = await self._db.read(artifacts.pictures, self._after or 0, _AT_ONCE)

    async def _timed(self, make: Callable[[], Path]) -> float:
        """How many seconds it took; what cannot be read has no poster."""
        began = self._clock.monotonic()
        with suppress(VqError, OSError):
            await in_thread(lambda _stop: make())
        return self._clock.monotonic() - began

    async def _rest(self, took: float) -> None:
        await asyncio.sleep(took * _REST)
