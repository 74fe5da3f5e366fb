"""A queue as one file: what waits in one home, to be worked on in another.

The file is a ZIP archive of `queue.json` (a QueueFile), `documents/HASH.json` (snapshots of workflows and their graphs)
and, where inputs are packed, `inputs/N/...`: the files below the folder of that number.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from video_queue.domain.actions import JobNumber
from video_queue.domain.errors import Problem
from video_queue.domain.media.captions import CaptionStyle
from video_queue.domain.plan import PromptPlan
from video_queue.domain.states import HeldReason, RunOrder
from video_queue.domain.submission import Submission

# Grows with every change of QueueFile that an older video_queue would not understand.
FORMAT = 1
QUEUE_NAME = "queue.json"
Then = Literal["nothing", "hold", "cancel"]
Path = Annotated[str, Field(max_length=4096)]
_Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Rating = Annotated[int, Field(ge=0, le=5)]
_Count = Annotated[int, Field(ge=0, lt=2**63)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MovedPrompt(_Part):
    """A prompt that had not begun: `index` is its place in its job there, `plan` what it was to do."""

    index: JobNumber
    plan: PromptPlan
    seed: Annotated[str, Field(pattern=r"^[0-9]{1,20}$")] | None = None
    held: HeldReason | None = None
    tags: list[str] = []
    note: str = ""
    rating: _Rating | None = None


class MovedJob(_Part):
    """A job with those of its prompts that had not begun; an `unexpanded` one gets its prompts later.

    `params` and `resolution` are what the submission came to. `whole`: it is all of that submission, as submitted.
    """

    number: JobNumber
    name: str
    workflow_hash: _Hash
    submission: Submission
    params: dict[str, Any]
    resolution: str | None = None
    run_order: RunOrder
    rating: _Rating | None = None
    whole: bool
    unexpanded: bool = False
    batch: JobNumber | None = None
    prompts: list[MovedPrompt] = []


class MovedBatch(_Part):
    """A batch that some of the jobs were submitted in."""

    number: JobNumber
    name: str = ""


class PackedFile(_Part):
    """An input in the archive under `name` (`inputs/1/a/b.mp4`)."""

    name: Annotated[str, Field(pattern=r"^inputs/[1-9][0-9]{0,9}/.", max_length=5000)]
    bytes: _Count
    sha256: _Hash


class QueueFile(_Part):
    """What a queue file says: the jobs in the queue's order, the folders that its packed inputs lay in, and the
    artist's own caption styles that the jobs name."""

    format: Literal[1] = 1
    id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    exported_at: str
    exported_by: str
    system: Literal["posix", "windows"]
    jobs: Annotated[list[MovedJob], Field(min_length=1)]
    batches: list[MovedBatch] = []
    folders: list[Path] = []
    files: list[PackedFile] = []
    styles: Annotated[dict[str, CaptionStyle], Field(max_length=1000)] = {}


class ExportOptions(_Part):
    """Where the file goes (null: into the home, to be fetched), whether inputs are packed, what becomes of the jobs."""

    path: Path | None = None
    with_inputs: bool = False
    then: Then = "nothing"


class Exported(BaseModel):
    """The file that was written: how many jobs, prompts and packed inputs are in it, which caption styles, and what
    stays out of it."""

    id: str
    path: str
    bytes: int
    jobs: list[int]
    prompts: int
    files: int
    file_bytes: int
    styles: list[str] = []
    then: Then
    warnings: list[Problem]


class ImportOptions(_Part):
    """Which file; folders of there as they are here (`maps`); whether the jobs arrive held; or only what would come."""

    path: Path
    maps: Annotated[dict[Path, Path], Field(max_length=1000)] = {}
    output_dir: Path | None = None
    held: bool = False
    dry_run: bool = False


class ImportedJob(BaseModel):
    """A job by its `number` there and its `id` here (null in a dry run); `reused`: it was here already."""

    number: int
    id: int | None
    name: str
    workflow: str
    prompts: int
    held: bool
    reused: bool = False


class Imported(BaseModel):
    """What came of a queue file, or would in a dry run: with `problems` nothing is written.

    `missing` are folders as they were there, to be mapped; `styles` the caption styles that are new here.
    """

    id: str
    exported_at: str
    dry_run: bool
    jobs: list[ImportedJob]
    files: int
    file_bytes: int
    styles: list[str] = []
    problems: list[Problem]
    warnings: list[Problem]
    missing: list[str] = []
