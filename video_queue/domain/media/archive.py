"""Parameters and results of `media.archive`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from video_queue.domain.media.values import PhaseParams, PhaseResult, as_list
from video_queue.domain.views import MediaFile


def _as_file(value: Any) -> Any:
    return {"path": value} if isinstance(value, str) else value


def _as_files(value: Any) -> Any:
    """Files and lists of files as one list of files."""
    if value is None:
        return None
    return [_as_file(item) for entry in as_list(value) for item in as_list(entry)]


class ArchiveItem(MediaFile):
    """A file and where it comes from: frames `start_frame` up to, not including, `end_frame` of its `parent`."""

    path: Annotated[str, Field(min_length=1)]
    parent: str | None = None
    start_frame: int | None = None
    end_frame: int | None = None
    name: str | None = None


ArchiveItems = Annotated[
    list[ArchiveItem], BeforeValidator(_as_files), Field(min_length=1, max_length=100_000)
]


class ArchiveParams(PhaseParams):
    """Files into `folder` (or its subfolder `name`); without a folder they are what the workflow can publish.

    `fingerprints` are those of `inputs`, in their order; `pictures` are put there too.
    """

    inputs: ArchiveItems
    pictures: ArchiveItems | None = None
    fingerprints: list[str] | None = None
    folder: str | None = None
    name: Annotated[str, Field(max_length=200)] | None = None
    mode: Literal["copy", "move"] = "copy"
    checksum: bool = True


class ArchivedFile(ArchiveItem):
    """Where a file lies now; `source` is where it was."""

    source: str = ""
    bytes: int = 0
    sha256: str | None = None
    fingerprint: str | None = None


class ArchiveResult(PhaseResult):
    """`hashes` are in the order of `files`. `file` is the list of them as JSON; without a folder it is in `index`."""

    file: MediaFile | None = None
    files: list[ArchivedFile] = []
    hashes: list[str] = []
    index: list[MediaFile] = []
    warnings: list[str] = []
