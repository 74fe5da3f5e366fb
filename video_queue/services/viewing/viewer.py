"""One output as the viewer shows it: what stands beside it, a sheet to scrub, single frames, and the picture before."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from pathlib import Path

from video_queue.db import viewing
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.frame_runs import run_of
from video_queue.domain.plan import ImageSequence, PromptPlan
from video_queue.domain.viewing import FrameRun, OutputView, ScrubSheet
from video_queue.domain.views import Artifact
from video_queue.domain.workflow import InputKind
from video_queue.media.browser import playable_type
from video_queue.media.exact_frame import frame_bytes, picture_bytes
from video_queue.media.facts import probe
from video_queue.media.scrub import SheetLayout, clip_sheet, pictures_sheet
from video_queue.services.asker import Asker
from video_queue.services.jobs.lookup import Lookup
from video_queue.services.viewing.files import content_name, require_readable
from video_queue.services.viewing.proxies import Proxies
from video_queue.services.viewing.review_media import ReviewMedia
from video_queue.settings import Settings
from video_queue.system.files.collect import EXTENSIONS
from video_queue.system.processes.cancellation import in_thread

_SEEN = EXTENSIONS[InputKind.VIDEO] | EXTENSIONS[InputKind.IMAGE]


class Viewer:
    """Reads outputs for the eye, and `reviews` what waits for one; what is made of them is kept in the cache."""

    def __init__(self, db: QueueDB, lookup: Lookup, settings: Settings) -> None:
        self._db, self._lookup = db, lookup
        self.proxies = Proxies(db, settings)
        self.reviews = ReviewMedia(db, lookup, settings, self.proxies)
        self._folder = settings.cache_dir / "thumbnails"

    async def view(self, artifact_id: int, asker: Asker) -> OutputView:
        """One output with its neighbours.

        Raises:
            VqError: `not_found`.
        """
        artifact = await self._lookup.artifact(artifact_id)
        run = await self._run(artifact)
        first, last = (run[0].id, run[-1].id) if run else (artifact.id, artifact.id)
        previous, following = await self._db.read(viewing.neighbours, artifact.job_id, first, last)
        prompt = await self._db.read(viewing.read_plan, artifact.prompt_id)
        plan = prompt[1] if prompt else None
        return OutputView(
            artifact=run[0] if run else artifact,
            render=f"{artifact.job_id}.{plan.index if plan else 0}",
            playable=await asyncio.to_thread(playable_type, Path(artifact.path)) is not None,
            before=plan is not None and await asyncio.to_thread(_has_before, plan, asker),
            run=FrameRun(first=first, frames=len(run)) if run else None,
            previous=previous,
            next=following,
        )

    async def sheet(self, artifact_id: int) -> tuple[ScrubSheet, Path]:
        """The sheet of a clip, a run of pictures or a picture, and where it lies; drawn on the first call, and kept.

        Raises:
            VqError: `not_found` (for sound and texts, too).
        """
        artifact = await self._lookup.artifact(artifact_id)
        run = await self._run(artifact)
        artifact = run[0] if run else artifact
        if artifact.kind not in ("video", "image"):
            raise fail("not_found.preview", name=artifact.name, form="sheet")
        try:
            layout, path = await in_thread(lambda stop: self._sheet(artifact, run, stop))
        except VqError:
            raise fail("not_found.preview", name=artifact.name, form="sheet") from None
        url = f"/api/artifacts/{artifact_id}/scrub.webp"
        return ScrubSheet(
            url=url, columns=layout.columns, count=layout.count,
            width=layout.width, height=layout.height, frames=layout.frames,
        ), path  # fmt: skip

    def _sheet(
        self, artifact: Artifact, run: list[Artifact], stop: threading.Event
    ) -> tuple[SheetLayout, Path]:
        if artifact.kind == "video":
            target = self._folder / f"{content_name(artifact, _status(artifact))}-scrub.webp"
            return clip_sheet(Path(artifact.path), target, stop), target
        run = run or [artifact]
        of_all = hashlib.sha256("".join(item.sha256 or item.path for item in run).encode()).hexdigest()
        target = self._folder / f"{of_all[:32]}-scrub.webp"
        return pictures_sheet([Path(item.path) for item in run], target, stop), target

    async def frame(self, artifact_id: int, number: int) -> bytes:
        """A frame of a clip (from 0), the picture of that number in a run, or a picture itself, as WebP.

        Raises:
            VqError: `not_found` (for sound and texts, too), `input_unreadable`.
        """
        artifact = await self._lookup.artifact(artifact_id)
        if run := await self._run(artifact):
            artifact = run[min(number, len(run) - 1)]
        if artifact.kind not in ("video", "image"):
            raise fail("not_found.preview", name=artifact.name, form="picture")
        path = Path(artifact.path)
        await asyncio.to_thread(require_readable, path)
        if artifact.kind == "image":
            return await in_thread(lambda _: picture_bytes(path))
        return await in_thread(lambda stop: frame_bytes(path, stop, number=number))

    async def before(self, artifact_id: int, number: int, asker: Asker) -> bytes:
        """What the input of an output shows where the output shows frame `number`, as WebP.

        The same frame where both have as many, else what is shown at the same time.

        Raises:
            VqError: `not_found`, `path_not_allowed`, `input_unreadable`.
        """
        artifact = await self._lookup.artifact(artifact_id)
        prompt = await self._db.read(viewing.read_plan, artifact.prompt_id)
        if prompt is None:
            raise fail("not_found.prompt", id=artifact.prompt_id)
        path = _before_file(prompt[1], number)
        if path is None:
            raise fail("not_found.preview", name=artifact.name, form="picture before")
        if asker.guard:
            asker.guard(path)
        await asyncio.to_thread(require_readable, path)
        run = await self._run(artifact)
        frames = len(run) if run else artifact.frames

        def read(stop: threading.Event) -> bytes:
            facts = probe(path)
            if facts.kind == "image":
                return picture_bytes(path)
            same = artifact.fps is None or facts.frames is None or facts.frames == frames
            moment = None if same else number / (artifact.fps or 25)
            return frame_bytes(path, stop, number=number, moment=moment)

        return await in_thread(read)

    async def _run(self, artifact: Artifact) -> list[Artifact]:
        """The pictures that are frames of one clip with `artifact`; empty for any other output."""
        if artifact.kind != "image":
            return []
        return run_of(artifact, await self._db.read(viewing.pictures_with, artifact))


def _status(artifact: Artifact) -> os.stat_result | None:
    try:
        return require_readable(Path(artifact.path))
    except VqError:
        return None


def _before_file(plan: PromptPlan, number: int) -> Path | None:
    """The first input that can be seen; of a run of pictures the one of that number."""
    if plan.sequence is not None:
        return _of_sequence(plan.sequence, number)
    return next((path for path in map(Path, plan.paths) if path.suffix[1:].lower() in _SEEN), None)


def _of_sequence(run: ImageSequence, number: int) -> Path:
    at = min(run.first + number, run.last)
    return Path(run.folder) / f"{run.prefix}{at:0{run.digits}d}{run.ext}"


def _has_before(plan: PromptPlan, asker: Asker) -> bool:
    path = _before_file(plan, 0)
    try:
        if path is None:
            return False
        if asker.guard:
            asker.guard(path)
        require_readable(path)
    except VqError:
        return False
    return True
