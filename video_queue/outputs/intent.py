"""What is about to be published, as it is stored before the first name is given, and what came of it.

An intent holds all that `roll_forward` needs to bring one output (a file, or the folder of a set) and its manifest
from the staging folder to their final names after any crash.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from video_queue.domain.views import FileFacts
from video_queue.outputs.manifest import manifest_path, manifest_text
from video_queue.outputs.naming import free_name
from video_queue.outputs.publish_method import PublishMethod

# Reservations are dated in the years 2001 to 2033, on even seconds (what FAT can hold), as no new file is.
_MARKS_FROM = 1_000_000_000
_MARKS = 500_000_000


class IntentFile(FileFacts):
    """One staged file: `member` is its name inside a set's folder, empty for an output of one file."""

    member: str
    source: str
    kind: str


class Intent(BaseModel):
    """One publication to be. All paths are absolute; `manifest` is its body, without the artifacts."""

    model_config = ConfigDict(frozen=True)

    version: int = 1
    prompt_id: int
    job_id: int
    attempt: int
    staging: str
    staged: str
    stem: str
    ext: str
    is_set: bool
    final: str
    method: PublishMethod
    manifest_method: PublishMethod
    files: list[IntentFile]
    manifest: dict[str, Any]

    @property
    def final_path(self) -> Path:
        """The name that the output will have."""
        return Path(self.final)

    @property
    def manifest_path(self) -> Path:
        """The name that its manifest will have."""
        return manifest_path(self.final_path)

    @property
    def manifest_text(self) -> str:
        """The manifest, artifacts named as they will be found beside it."""
        return manifest_text(self.manifest, [self._artifact(file) for file in self.files])

    @property
    def mark(self) -> int:
        """The modification time (s) of our reservations: the same for every version of this publication."""
        key = f"{self.staging}\0{self.files[0].sha256}".encode()
        return _MARKS_FROM + int.from_bytes(hashlib.sha256(key).digest()[:6], "big") % _MARKS * 2

    def renamed(self) -> Intent:
        """The same publication under the next name that is free now.

        Raises:
            OSError: if the folder cannot be read.
        """
        final = free_name(self.final_path.parent, self.stem, self.ext)
        return self.model_copy(update={"final": str(final)})

    def path_of(self, file: IntentFile, unit: Path) -> Path:
        """Where `file` is when the output is at `unit` (staged or final)."""
        return unit / file.member if self.is_set else unit

    def publication(self) -> Publication:
        """What there is when everything is done."""
        files = [self._published(file) for file in self.files]
        return Publication(files=files, manifest_path=str(self.manifest_path))

    def _published(self, file: IntentFile) -> PublishedFile:
        path = self.path_of(file, self.final_path)
        return PublishedFile(path=str(path), **file.model_dump(exclude={"member"}))

    def _artifact(self, file: IntentFile) -> dict[str, Any]:
        name = f"{self.final_path.name}/{file.member}" if self.is_set else self.final_path.name
        # Never in another order: a manifest is known as ours by its exact text.
        first = {"name": name, "kind": file.kind, "bytes": file.bytes, "sha256": file.sha256}
        return first | file.model_dump(mode="json", exclude={"member", "source"})


class PublishedFile(FileFacts):
    """One file under its final name. `source` is the phase's working file it came from (empty when skipped)."""

    source: str
    path: str
    kind: str


class Publication(BaseModel):
    """The outputs of a prompt on disk. `skipped`: they were there already, made by an earlier prompt."""

    model_config = ConfigDict(frozen=True)

    files: list[PublishedFile]
    manifest_path: str
    skipped: bool = False


def dump_intent(intent: Intent) -> str:
    """The intent as JSON text, for its row."""
    return intent.model_dump_json()


def load_intent(text: str) -> Intent:
    """The intent of a row."""
    return Intent.model_validate_json(text)
