"""Why a file of a watched folder is where it is: the rule that decided, and what would change that."""

from __future__ import annotations

from pathlib import Path

from video_queue.db.watches import WatchRow
from video_queue.domain.errors import VqError
from video_queue.domain.watches import FileState, Rule, WatchFile, WatchState, Why
from video_queue.services.watch.spec import WatchSpec, own_folders
from video_queue.services.watch.verdict import CHANGES
from video_queue.system.files.path_utils import lies_in


def unwatched(path: str) -> Why:
    """The answer for a file in no watched folder."""
    reason = "it does not lie in a watched folder"
    return Why(
        path=path, watch=None, state=None, rule="unwatched", reason=reason, change=CHANGES["unwatched"]
    )


def explain(spec: WatchSpec, path: str) -> Why:
    """The answer for a file of a watch that is not on record, from its name and size."""
    return _answer(spec.row, path, *_unrecorded(spec, path))


def recorded(row: WatchRow, path: str, file: WatchFile) -> Why:
    """The answer for a file of a watch from what is on record about it."""
    answer = _answer(row, path, file.state, file.rule, file.reason)
    answer.since, answer.next, answer.job_id = file.since, file.next, file.job_id
    if file.state is FileState.WAITING and not row.enabled:
        answer.rule, answer.reason, answer.next = "paused", "its watch is paused", None
    elif file.state is FileState.WAITING and row.state in (WatchState.AWAY, WatchState.FAILING):
        answer.rule, answer.reason = row.state.value, row.reason or "its watch cannot work"
    answer.change = CHANGES[answer.rule]
    return answer


def failing(row: WatchRow, path: str, error: VqError) -> Why:
    """The answer for a file that no scan put down, of a watch whose workflow cannot be read."""
    return _answer(row, path, FileState.WAITING, "failing", f"{error.message}. {error.hint}")


def _answer(row: WatchRow, path: str, state: FileState | None, rule: str, reason: str) -> Why:
    whole = str(Path(row.path, path))
    return Why(path=whole, watch=row.id, state=state, rule=rule, reason=reason, change=CHANGES[rule])


def _unrecorded(spec: WatchSpec, path: str) -> tuple[FileState | None, Rule, str]:
    """(state, rule, reason) of a file that no scan put down."""
    whole = spec.folder / path
    hidden = next((part for part in path.split("/")[:-1] if part.startswith(".")), None)
    if hidden:
        return FileState.IGNORED, "hidden", f"it lies in the hidden folder {hidden}"
    if any(lies_in(whole, folder) for folder in own_folders(spec.folder, spec.rules).values()):
        return FileState.IGNORED, "moved", "it lies in a folder for files that are finished with"
    if refusal := spec.refusal(path) or spec.names.refusal(path):
        return FileState.IGNORED, *refusal
    return _by_size(spec, whole)


def _by_size(spec: WatchSpec, whole: Path) -> tuple[FileState | None, Rule, str]:
    try:
        size = whole.stat().st_size
    except OSError:
        return None, "gone", "there is no such file"
    if not size:
        return FileState.IGNORED, "empty", "it is empty"
    if not spec.row.enabled:
        return FileState.WAITING, "paused", "its watch is paused"
    return FileState.WAITING, "ready", "it has not been seen by a scan yet"
