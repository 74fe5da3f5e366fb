"""What waits for a review, for the eye and the ear: its files, single frames, an outline of its sound."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from video_queue.db import reviews
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.review import Gate, is_file
from video_queue.domain.reviewing import ReviewEntry, ReviewFile, ReviewView, kind_of_items
from video_queue.domain.states import PhaseState
from video_queue.domain.viewing import Proxy
from video_queue.domain.views import Artifact, Prompt
from video_queue.media.browser import playable_type
from video_queue.media.exact_frame import LONGEST_SIDE, frame_bytes
from video_queue.media.facts import MediaFacts, probe
from video_queue.media.peaks import Peaks, peaks_of
from video_queue.media.reading import raise_if_stopped
from video_queue.services.asker import Asker
from video_queue.services.jobs.lookup import Lookup
from video_queue.services.viewing.files import content_name, require_readable
from video_queue.services.viewing.proxies import Proxies
from video_queue.settings import Settings
from video_queue.system.processes.cancellation import in_thread

SOURCE = 0  # the number of the file that all items are parts of
_SMALL = 320
_CUT = "silences"
_KINDS = ("video", "image", "audio")


class ReviewMedia:
    """Reads gates that wait. Files are those of the gate, in the work folder or where the asker may read."""

    def __init__(self, db: QueueDB, lookup: Lookup, settings: Settings, proxies: Proxies) -> None:
        self._db, self._lookup, self._proxies = db, lookup, proxies
        self._work_root = settings.work_root
        self._folder = settings.cache_dir / "thumbnails"

    async def view(self, reference: str, asker: Asker) -> ReviewView:
        """A prompt at its review.

        Raises:
            VqError: `not_found`, `invalid_state` where it is not in review.
        """
        prompt, name, gate = await self._gate(reference)
        of = kind_of_items(gate["items"])
        paths = [Path(item["path"]) if is_file(item) else None for item in gate["items"]]
        source = _source_of(prompt, gate) if of in ("scenes", "spans", "texts") else None

        def files(stop: threading.Event) -> Iterator[ReviewFile | None]:
            for number, path in [*enumerate(paths, start=1), (SOURCE, source)]:
                raise_if_stopped(stop)
                yield self._file(prompt.id, number, path, asker)

        *shown, whole = await in_thread(lambda stop: list(files(stop)))
        decided = {entry["item"]: entry for entry in gate["decisions"]}
        entries = [
            ReviewEntry(item=item, decision=decided.get(number), file=file)
            for number, (item, file) in enumerate(zip(gate["items"], shown, strict=True), start=1)
        ]
        waiting, following = await self._db.read(reviews.waiting, prompt.id)
        return ReviewView(
            prompt_id=prompt.id, job_id=prompt.job_id, index=prompt.index, phase=name, of=of,
            cut=gate.get("field") == _CUT, entries=entries, source=whole, between=gate.get("between", []),
            problem=gate.get("problem"), waiting=waiting, next=following,
        )  # fmt: skip

    async def frame(self, reference: str, item: int, number: int, asker: Asker, *, small: bool) -> bytes:
        """A frame of an item's file (from 0), or of the source, as WebP; `small` fits into 320 pixels.

        Raises:
            VqError: `not_found`, `invalid_state`, `path_not_allowed`, `input_unreadable`.
        """
        path = await self.path(reference, item, asker)
        longest = _SMALL if small else LONGEST_SIDE

        def read(stop: threading.Event) -> bytes:
            if probe(path).kind == "audio":
                raise fail("not_found.preview", name=path.name, form="picture")
            return frame_bytes(path, stop, number=number, longest=longest)

        return await in_thread(read)

    async def peaks(self, reference: str, item: int, asker: Asker) -> Peaks:
        """The outline of the sound of an item's file, or of the source.

        Raises:
            VqError: `not_found`, `invalid_state`, `path_not_allowed`, `input_unreadable` (also without sound).
        """
        path = await self.path(reference, item, asker)
        target = self._folder / f"{_key(path)}-peaks.json"
        return await in_thread(lambda stop: peaks_of(path, target, stop))

    async def proxy(self, reference: str, item: int, asker: Asker) -> tuple[Proxy, Path | None]:
        """How far the form is that browsers play, and where it lies if it is there.

        Raises:
            VqError: `not_found`, `invalid_state`, `path_not_allowed`, `input_unreadable`.
        """
        prompt, _, gate = await self._gate(reference)
        path = await self._allowed(prompt, gate, item, asker)
        facts = await in_thread(lambda _: probe(path))
        proxy, ready = await self._proxies.ask(_as_artifact(prompt, path, facts))
        url = f"{_url(prompt.id, item)}/file" if proxy.url else None
        return proxy.model_copy(update={"url": url}), ready

    async def path(self, reference: str, item: int, asker: Asker) -> Path:
        """The file of an item (from 1), or of the source.

        Raises:
            VqError: `not_found`, `invalid_state`, `path_not_allowed`.
        """
        prompt, _, gate = await self._gate(reference)
        return await self._allowed(prompt, gate, item, asker)

    async def _gate(self, reference: str) -> tuple[Prompt, str, Gate]:
        """A prompt, the name of the phase it waits at, and what that keeps."""
        prompt = await self._lookup.prompt(reference)
        phase = next((phase for phase in prompt.phases if phase.state is PhaseState.REVIEW), None)
        if phase is None:
            subject, state = f"prompt {prompt.job_id}.{prompt.index}", prompt.state.value
            hint = "It waits for no review; vq show says where it stands."
            raise fail("invalid_state.action", action="review", subject=subject, state=state, hint=hint)
        return prompt, phase.name, {"items": [], "decisions": [], **(phase.result or {})}

    async def _allowed(self, prompt: Prompt, gate: Gate, item: int, asker: Asker) -> Path:
        path = _source_of(prompt, gate)
        if item != SOURCE:
            items = gate["items"]
            path = Path(items[item - 1]["path"]) if item <= len(items) and is_file(items[item - 1]) else None
        if path is None:
            raise fail("not_found.preview", name=f"item {item}", form="file")
        await asyncio.to_thread(self._require, path, asker)
        return path

    def _require(self, path: Path, asker: Asker) -> None:
        """What the artist's own phases made may be seen; anything else as far as the asker may name it."""
        if asker.guard and not path.resolve().is_relative_to(self._work_root.resolve()):
            asker.guard(path)
        require_readable(path)

    def _file(self, prompt_id: int, number: int, path: Path | None, asker: Asker) -> ReviewFile | None:
        try:
            if path is None:
                return None
            self._require(path, asker)
            status = path.stat()
            facts = _facts(path, status.st_size, status.st_mtime_ns, whole=number == SOURCE)
        except (VqError, OSError):
            return None
        if facts.kind not in _KINDS:
            return None
        return ReviewFile(
            name=path.name, kind=facts.kind, width=facts.width, height=facts.height, frames=facts.frames,
            fps=facts.fps, duration=facts.duration or (facts.audio and facts.audio.duration),
            sound=facts.audio is not None, playable=playable_type(path) is not None,
            url=_url(prompt_id, number), key=_key(path),
        )  # fmt: skip


@lru_cache(maxsize=256)
def _facts(path: Path, size: int, changed: int, *, whole: bool) -> MediaFacts:  # noqa: ARG001 - they are the key
    """A file as it is now; of a `whole` one every frame is counted."""
    return probe(path, count_frames=whole)


def _source_of(prompt: Prompt, gate: Gate) -> Path | None:
    source: Any = gate.get("source") or prompt.input
    return Path(source) if isinstance(source, str) and source else None


def _url(prompt_id: int, item: int) -> str:
    return f"/api/prompts/{prompt_id}/review/{item}"


def _key(path: Path) -> str:
    status = require_readable(path)
    return content_name(_file_of(path, status.st_size), status)


def _file_of(path: Path, size: int) -> Artifact:
    return Artifact(
        id=0, job_id=0, prompt_id=0, phase="review", kind="other", role="intermediate", name=path.name,
        path=str(path), bytes=size,
    )  # fmt: skip


def _as_artifact(prompt: Prompt, path: Path, facts: MediaFacts) -> Artifact:
    mine = {"job_id": prompt.job_id, "prompt_id": prompt.id, "kind": facts.kind}
    return _file_of(path, path.stat().st_size).model_copy(update=mine)
