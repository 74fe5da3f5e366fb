"""Rolling a committed intent forward: the same steps the first time and after a crash at any point of them.

Every step checks first what is there. A name that is not ours is never touched: the next version is published.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from video_queue.outputs.intent import Intent, Publication
from video_queue.outputs.publish_method import (
    Checkpoint,
    PublishMethod,
    is_reserved,
    no_checkpoint,
    publish_file,
    replace_reserved,
)
from video_queue.outputs.staging import remove_staging_folder
from video_queue.system.files.durable import hash_file, sync_file, sync_folder, writing_to

_STAGED_MANIFEST = "manifest.vq.json"


CommitIntent = Callable[[Intent], Awaitable[None]]


class NameTakenError(Exception):
    """The final name, or that of its manifest, is not ours any more."""


class IntentLostError(Exception):
    """Neither the staged output nor the published one is there: publish again from the working files."""


async def roll_forward(
    intent: Intent, *, commit_intent: CommitIntent, checkpoint: Checkpoint = no_checkpoint
) -> Publication:
    """Finish a committed intent from whatever point it was left at; doing it again changes nothing.

    A name that was taken meanwhile stays as it is: the next version is committed as the intent, then published.

    Raises:
        IntentLostError: staged and published files are both gone; publish again from the working files.
        VqError: `disk_full.write`, `output_unavailable.folder` (wait, and call again), `bad_output.write`.
    """
    while True:
        try:
            return await asyncio.to_thread(_apply, intent, checkpoint)
        except NameTakenError:
            intent = await asyncio.to_thread(_next_version, intent)
            await commit_intent(intent)
            checkpoint("intent again")


def abandon_intent(intent: Intent) -> None:
    """Give an intent up: its reservations and staged files are removed, published files stay."""
    for path in (intent.final_path, intent.manifest_path):
        _release(path, intent.mark)
    remove_staging_folder(Path(intent.staging))


def _apply(intent: Intent, checkpoint: Checkpoint) -> Publication:
    """Publish what is staged, then its manifest, and clear the staging folder away. Idempotent.

    Raises:
        NameTakenError: the output waits in the staging folder again; nothing of ours is left under the name.
        IntentLostError: there is nothing to publish.
        VqError: `disk_full.write`, `output_unavailable.folder`, `bad_output.write`.
    """
    folder = intent.final_path.parent
    with writing_to(folder):
        _make_folder(intent)
        _publish_output(intent, checkpoint)
        sync_folder(folder)
        checkpoint("published")
        try:
            _publish_manifest(intent, checkpoint)
        except NameTakenError:
            intent.final_path.rename(_staging(intent) / Path(intent.staged).name)
            checkpoint("withdrawn")
            raise
        sync_folder(folder)
        checkpoint("manifest")
        remove_staging_folder(Path(intent.staging))
        checkpoint("cleared")
    return intent.publication()


def _next_version(intent: Intent) -> Intent:
    with writing_to(intent.final_path.parent):
        return intent.renamed()


def _make_folder(intent: Intent) -> None:
    """The output's folder; made again below the root it is staged in, never below one that is away.

    Away is not the same as lost: it raises FileNotFoundError.
    """
    folder, root = intent.final_path.parent, Path(intent.staging).parents[2]
    if folder.is_relative_to(root) and root.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
    folder.stat()


def _publish_output(intent: Intent, checkpoint: Checkpoint) -> None:
    staged, final = Path(intent.staged), intent.final_path
    if os.path.lexists(staged):
        _move(staged, final, intent.method, intent.mark, checkpoint)
    elif not _is_published(intent):
        raise IntentLostError(str(final))


def _is_published(intent: Intent) -> bool:
    """Whether all files of the intent are under their final names, by size and sha256."""
    final = intent.final_path
    if final.is_symlink() or final.is_dir() != intent.is_set:
        return False
    for file in intent.files:
        path = intent.path_of(file, final)
        if not path.is_file() or path.stat().st_size != file.bytes or hash_file(path) != file.sha256:
            return False
    return True


def _publish_manifest(intent: Intent, checkpoint: Checkpoint) -> None:
    final, text = intent.manifest_path, intent.manifest_text.encode()
    if final.is_file() and not final.is_symlink() and final.read_bytes() == text:
        return
    staged = stage_manifest(intent)
    checkpoint("manifest staged")
    _move(staged, final, intent.manifest_method, intent.mark, checkpoint)


def stage_manifest(intent: Intent) -> Path:
    """Write the manifest into the staging folder, synced; called before the intent is committed, so that a full
    disk is noticed while nothing is visible, and again where it is gone or the name has changed.
    """
    staged, text = _staging(intent) / _STAGED_MANIFEST, intent.manifest_text.encode()
    if staged.is_file() and staged.read_bytes() == text:
        return staged
    staged.unlink(missing_ok=True)  # never written through: an earlier try may have linked it
    staged.write_bytes(text)
    sync_file(staged)
    return staged


def _move(staged: Path, final: Path, method: PublishMethod, mark: int, checkpoint: Checkpoint) -> None:
    """Publish, going on from what an earlier try left: a link beside the staged name, or a reservation."""
    try:
        if method is PublishMethod.LINK and _is_same_file(staged, final):
            staged.unlink()
        elif method is PublishMethod.RESERVE and is_reserved(final, mark):
            replace_reserved(staged, final, mark)
        else:
            publish_file(staged, final, method, mark=mark, checkpoint=checkpoint)
    except FileExistsError as error:
        raise NameTakenError(str(final)) from error
    except OSError:
        _release(final, mark)  # what cannot be filled is not left lying empty under the name
        raise


def _release(final: Path, mark: int) -> None:
    with contextlib.suppress(OSError):
        if is_reserved(final, mark):
            final.rmdir() if final.is_dir() else final.unlink()


def _is_same_file(staged: Path, final: Path) -> bool:
    try:
        return os.path.samestat(staged.lstat(), final.lstat())
    except FileNotFoundError:
        return False


def _staging(intent: Intent) -> Path:
    """The publication's staging folder; made again where it was cleared away before the manifest was there."""
    folder = Path(intent.staging)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from error
    return folder
