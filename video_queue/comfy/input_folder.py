"""Files brought to ComfyUI's input folder: beforehand, under names of our own, and removed after use.

Nothing there shares its bytes with the artist's files: a node that writes would change them. Files of our own
working folder may be hard-linked. Where ComfyUI's folder is not on this machine, files are uploaded.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from video_queue.comfy.client import ComfyAnswerError, ComfyClient, ComfyGoneError
from video_queue.domain.catalogue import fail
from video_queue.system.files.durable import copy_file, link_file
from video_queue.system.files.passing_errors import is_full
from video_queue.system.files.path_utils import parts_below

_LEFTOVER_SECONDS = 24 * 3600.0
# The generation of a file that is not there.
_NEVER = -1


@dataclass(slots=True)
class _Brought:
    """One file in the input folder: how many units still need it, its arrival, and the connection it was brought in."""

    users: int
    arrival: asyncio.Future[str]
    generation: int


@dataclass(slots=True)
class InputFolder:
    """Our part of ComfyUI's input folder: `vq/OWNER`, apart from that of other homes."""

    owner: str
    work_root: Path
    client: ComfyClient | None = None
    folder: Path | None = None
    generation: int = 0
    _brought: dict[str, _Brought] = field(default_factory=dict)

    @property
    def subfolder(self) -> str:
        """Where our files lie below the input folder, as ComfyUI names it."""
        return f"vq/{self.owner}"

    def attach(self, client: ComfyClient, folder: Path | None) -> None:
        """A new connection: which ComfyUI the files are for, and its input folder where that is on this machine.

        It may have been replaced: what was brought in an earlier `generation` is brought again before it is used.
        """
        self.client, self.folder = client, folder
        self.generation += 1

    async def bring(self, source: Path) -> str:
        """The name under which ComfyUI finds `source` now, until `release` is called as often as this.

        Raises:
            VqError: input_missing, disk_full.write, comfy_rejected.upload.
            ComfyGoneError: ComfyUI is away.
        """
        name = await asyncio.to_thread(_name_for, source)
        known = self._brought.get(name)
        if known is None or known.generation != self.generation:
            known = self._begin(source, name, known)
        known.users += 1
        try:
            return await asyncio.shield(known.arrival)
        except BaseException:
            if known.arrival.done():
                known.generation = _NEVER
            self.release(name)
            raise

    def _begin(self, source: Path, name: str, known: _Brought | None) -> _Brought:
        """Bring it for the first time, or again for those that need it still."""
        before = known.arrival if known else None
        arrival = asyncio.ensure_future(self._bring_after(before, source, name))
        if known is None:
            known = self._brought[name] = _Brought(0, arrival, self.generation)
        else:
            known.arrival, known.generation = arrival, self.generation
        return known

    def distrust(self, names: Iterable[str]) -> None:
        """These files are not there any more: the next `bring` of each brings it again."""
        for name in names:
            if known := self._brought.get(name.rpartition("/")[2]):
                known.generation = _NEVER

    def release(self, name: str, *, stays: bool = False) -> None:
        """Undo one `bring`; after the last one the file is removed, unless it `stays` for a later one."""
        name = name.rpartition("/")[2]
        known = self._brought.get(name)
        if known is None:
            return
        known.users -= 1
        if known.users <= 0:
            del self._brought[name]
            if self.folder is not None and not stays:
                self._remove(self.folder / self.subfolder / name)
                if not known.arrival.done():  # it is still copied: it goes as soon as it is there
                    known.arrival.add_done_callback(partial(self._remove_arrived, self.folder, name))

    def _remove_arrived(self, folder: Path, name: str, _: asyncio.Future[str]) -> None:
        if name not in self._brought:
            self._remove(folder / self.subfolder / name)

    def _remove(self, path: Path) -> None:
        with suppress(OSError):  # in use on Windows: the next start's sweep takes it
            path.unlink(missing_ok=True)

    def sweep(self, now: float) -> None:
        """Remove what a crash left here long before `now`, and nothing that is needed or may be."""
        if self.folder is None:
            return
        with suppress(OSError):
            for path in (self.folder / self.subfolder).iterdir():
                if path.name in self._brought:
                    continue
                with suppress(OSError):
                    status = path.lstat()
                    if now - max(status.st_mtime, status.st_ctime) > _LEFTOVER_SECONDS:
                        path.unlink()

    async def _bring_after(self, before: asyncio.Future[str] | None, source: Path, name: str) -> str:
        if before is not None:
            await asyncio.wait([before])
        return await self._bring(source, name)

    async def _bring(self, source: Path, name: str) -> str:
        if self.folder is not None:
            target = self.folder / self.subfolder / name
            await asyncio.to_thread(self._place, source, target)
            return f"{self.subfolder}/{name}"
        return await self._upload(source, name)

    def _place(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f"{target.name}.part")
        draft.unlink(missing_ok=True)
        try:
            self._copy(source, draft)
            draft.replace(target)
        except OSError as error:
            draft.unlink(missing_ok=True)
            if is_full(error):
                raise fail("disk_full.write", path=str(target.parent)) from error
            if isinstance(error, FileNotFoundError) and not source.exists():
                raise fail("input_missing.gone", path=str(source)) from error
            detail = error.strerror or str(error)
            raise fail(
                "comfy_rejected.bring", path=str(source), folder=str(target.parent), detail=detail
            ) from error

    def _copy(self, source: Path, target: Path) -> None:
        is_ours = parts_below(source, self.work_root) is not None and not source.is_symlink()
        if not (is_ours and link_file(source, target)):
            copy_file(source, target)

    async def _upload(self, source: Path, name: str) -> str:
        if self.client is None:
            raise ComfyGoneError("ComfyUI was not found yet")
        size, limit = source.stat().st_size, await self.client.upload_limit()
        if size > limit:
            raise fail("comfy_rejected.upload", path=str(source), size=size, limit=limit)
        try:
            return await self.client.upload(source, name=name, subfolder=self.subfolder)
        except FileNotFoundError:
            raise fail("input_missing.gone", path=str(source)) from None
        except ComfyAnswerError as error:
            where = self.client.url
            raise fail("comfy_rejected.bring", path=str(source), folder=where, detail=str(error)) from error


def _name_for(source: Path) -> str:
    """The same name for the same file as it is now: path, size and time of change decide.

    Raises:
        VqError: input_missing.gone.
    """
    try:
        status = source.stat()
    except OSError as error:
        raise fail("input_missing.gone", path=str(source)) from error
    text = f"{source}|{status.st_size}|{status.st_mtime_ns}"
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:24] + source.suffix.lower()
