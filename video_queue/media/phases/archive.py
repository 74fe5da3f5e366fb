"""`media.archive`: files into a folder of the artist's, compared with their sources, with a list of what is where."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.media.archive import ArchivedFile, ArchiveItem, ArchiveParams, ArchiveResult
from video_queue.domain.views import MediaFile
from video_queue.media.clips.filing import Filed, Filing, read_list, remove_parts, write_list
from video_queue.media.phase_run import PhaseRun
from video_queue.media.unreadable import require_regular
from video_queue.system.files.durable import writing_to
from video_queue.system.files.names import safe_file_name
from video_queue.system.files.safe_join import safe_join
from video_queue.system.processes.cancellation import in_thread


async def run(params: ArchiveParams, run: PhaseRun) -> ArchiveResult:
    """`inputs` and `pictures` in their folder, nothing there replaced; `move` removes the sources when all are there.

    The same file is never there twice. A source inside the queue's own work folder is left to the queue.

    Raises:
        VqError: input_missing, input_unreadable, media_failed, bad_output, disk_full, output_unavailable.
    """
    return await in_thread(partial(_archive, params, run))


def _archive(params: ArchiveParams, run: PhaseRun, stop: threading.Event) -> ArchiveResult:
    items = [*params.inputs, *(params.pictures or [])]
    if params.folder is None:
        folder = run.work_dir / "files"
        folder.mkdir()
        files = _filed(params, run, items, folder, {}, stop)
        path = folder / "clips.archive.json"
        write_list(path, _content(run, files))
        return ArchiveResult(files=files, hashes=_hashes(files), index=[MediaFile(path=str(path))])
    folder = _folder(params, params.folder)
    with writing_to(folder):
        remove_parts(folder, run.owner)
        path, known = read_list(folder, params.name or Path(items[0].path).stem, run.owner)
        files = _filed(params, run, items, folder, known, stop)
        write_list(path, _content(run, files))
        if params.mode == "move":
            _remove_sources(run, files)
    copy = run.work_dir / path.name
    copy.write_bytes(path.read_bytes())
    return ArchiveResult(file=MediaFile(path=str(copy)), files=files, hashes=_hashes(files))


def _content(run: PhaseRun, files: Sequence[ArchivedFile]) -> dict[str, Any]:
    """The list of what is where: paths are names beside it."""
    entries = [{**file.model_dump(exclude_none=True), "path": Path(file.path).name} for file in files]
    return {"made_by": run.owner, "files": entries}


def _folder(params: ArchiveParams, text: str) -> Path:
    folder = Path(text)
    if not folder.is_absolute():
        raise fail("media_failed.step", phase="archive", detail=f"folder {text} is not a whole path")
    if not folder.is_dir():
        raise fail("output_unavailable.folder", path=text, detail="it does not exist")
    if params.name:
        with writing_to(folder):
            folder = safe_join(folder, safe_file_name(params.name), may_link=True)
            folder.mkdir(exist_ok=True)
    return folder


def _filed(
    params: ArchiveParams,
    run: PhaseRun,
    items: Sequence[ArchiveItem],
    folder: Path,
    known: dict[str, Any],
    stop: threading.Event,
) -> list[ArchivedFile]:
    """Every item in the folder; one whose source is gone since is where the list of this run says."""
    moved = {entry["source"]: entry for entry in known.get("files", [])}
    total = sum(_size(Path(item.path)) for item in items) or 1
    done = 0

    def report(count: int) -> None:
        nonlocal done
        done += count
        run.report(min(1.0, done / total))

    filing = Filing(folder, run.owner, params.checksum, params.mode == "move", stop, report)
    files = []
    for place, item in enumerate(items):
        source = Path(item.path)
        entry = moved.get(item.path)
        if entry and not source.exists() and _is_whole(folder, entry):
            files.append(ArchivedFile.model_validate({**entry, "path": str(folder / entry["path"])}))
            continue
        require_regular(source)
        files.append(_entry(item, filing.file(source), _at(params.fingerprints, place)))
    return files


def _size(path: Path) -> int:
    """The bytes of a file, for the progress; what is wrong with one is said when its turn comes."""
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0


def _is_whole(folder: Path, entry: dict[str, Any]) -> bool:
    try:
        path = safe_join(folder, str(entry["path"]))
    except VqError:
        return False
    return path.is_file() and path.stat().st_size == int(entry["bytes"])


def _entry(item: ArchiveItem, filed: Filed, fingerprint: str | None) -> ArchivedFile:
    fields = item.model_dump(exclude={"path"})
    return ArchivedFile(
        **fields, path=str(filed.path), source=item.path, bytes=filed.size, sha256=filed.sha256,
        fingerprint=fingerprint,
    )  # fmt: skip


def _at(values: Sequence[str] | None, place: int) -> str | None:
    return values[place] if values and place < len(values) else None


def _remove_sources(run: PhaseRun, files: Sequence[ArchivedFile]) -> None:
    """The sources of all files, now that they are on the list; those of earlier phases go with the prompt's work."""
    own = run.work_dir.parent
    for file in files:
        source = Path(file.source)
        if not source.is_relative_to(own) and source != Path(file.path):
            source.unlink(missing_ok=True)


def _hashes(files: Sequence[ArchivedFile]) -> list[str]:
    return [file.sha256 for file in files if file.sha256]
