"""Where a phase's own files are: a folder for each attempt, so that what still writes for an older one spoils nothing.

`work_root/JOB/INDEX/SEQ-PHASE.aATTEMPT`, with a folder in it for each item. Homes of before have folders without the
attempt: what was finished there counts as well.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from video_queue.db.claims import Claim
from video_queue.domain.workflow import Phase
from video_queue.system.files.durable import copy_file
from video_queue.system.files.path_utils import parts_below

_ATTEMPT = ".a"
# What a run before was writing last may be written still: so many files are copied, not moved.
_MAY_BE_OPEN = 4


def prompt_folder(work_root: Path, job_id: int, index: int) -> Path:
    """Where all working files of a prompt are."""
    return work_root / str(job_id) / str(index)


def phase_folder(work_root: Path, claim: Claim, phase: Phase) -> Path:
    """Where a phase's own files are written in this attempt."""
    name = f"{claim.phase_seq:02d}-{phase.name}{_ATTEMPT}{claim.attempt}"
    return prompt_folder(work_root, claim.job_id, claim.index) / name


def item_folder(folder: Path, number: int, edits: int) -> Path:
    """Where the files of an item (0: of a plain phase) are written; after `edits` of a review, beside those before."""
    name = f"{number:06d}-{edits}" if edits else f"{number:06d}"
    return folder / name if number else folder


def path_in_phase(path: Path, prompt: Path, seq: int) -> Path | None:
    """A path below the folder that an attempt at phase `seq` wrote into; None for a file from elsewhere."""
    below = parts_below(path, prompt)
    if not below or len(below) < 2 or not below[0].startswith(f"{seq:02d}-"):
        return None
    return Path(*Path(os.path.relpath(path, prompt)).parts[1:])


def without_attempt(folder: Path, phase: Path) -> Path:
    """A folder in that of a phase, or that itself, named for all attempts."""
    return phase.with_name(_stem(phase)) / folder.relative_to(phase)


def remove_earlier(folder: Path, phase: Path) -> None:
    """Remove what earlier attempts left of what is now made in `folder`: in the folder of the phase, or that itself."""
    for other in _of_earlier_attempts(folder, phase):
        shutil.rmtree(other, ignore_errors=True)


def take_earlier(folder: Path, phase: Path, name: str) -> Path:
    """The folder `name` in `folder`, made or with what earlier attempts left in theirs; nothing else stays of them."""
    kept = folder / name
    kept.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path != kept:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
    for other in _of_earlier_attempts(folder, phase):
        _move_files(other / name, kept)
        shutil.rmtree(other, ignore_errors=True)
    return kept


def _of_earlier_attempts(folder: Path, phase: Path) -> Iterator[Path]:
    """Never those of a later one: an attempt that is over may not have heard of it."""
    stem, own = _stem(phase), _attempt(phase)
    for path in [phase.with_name(stem), *phase.parent.glob(f"{stem}{_ATTEMPT}*")]:
        if _attempt(path) < own and path.is_dir():
            yield path / folder.relative_to(phase)


def _stem(phase: Path) -> str:
    return phase.name.rpartition(_ATTEMPT)[0] or phase.name


def _attempt(phase: Path) -> int:
    """0 for a folder of a home of before."""
    number = phase.name.rpartition(_ATTEMPT)[2]
    return int(number) if number.isdecimal() else 0


def _move_files(source: Path, target: Path) -> None:
    """Those that `target` does not have. A program that was not ended may go on writing into the last of them."""
    files = [path for path in source.rglob("*") if path.is_file()]
    files.sort(key=lambda path: path.stat().st_mtime_ns)
    closed = len(files) - _MAY_BE_OPEN
    for number, path in enumerate(files):
        new = target / path.relative_to(source)
        new.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError, FileExistsError):
            if number < closed and not new.exists():
                path.rename(new)
            else:
                changed = path.stat().st_mtime_ns
                copy_file(path, new)
                os.utime(new, ns=(changed, changed))
