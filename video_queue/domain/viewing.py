"""What the viewer shows: an output with its neighbours, a sheet to scrub, a proxy, a job as a grid (docs/rest.md)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from video_queue.domain.states import PromptState
from video_queue.domain.views import Artifact


class FrameRun(BaseModel):
    """The numbered pictures of one render, shown as one clip: its `first` artifact, and how many there are."""

    first: int
    frames: int


class OutputView(BaseModel):
    """One output, and what stands beside it in its job.

    `render` is `12.3`. `playable` says that browsers play or show the file as it is; else `/proxy` makes a form that
    they do. `before` says that the render has a picture to compare with. `run` is given for one of many numbered
    pictures; `previous` and `next` lie outside it.
    """

    artifact: Artifact
    render: str
    playable: bool
    before: bool
    run: FrameRun | None = None
    previous: int | None = None
    next: int | None = None


class ScrubSheet(BaseModel):
    """A clip over time in one picture at `url`: `count` cells of `width` x `height` pixels, `columns` in a row.

    `frames` are the numbers of the frames in the cells.
    """

    url: str
    columns: int
    count: int
    width: int
    height: int
    frames: list[int]


class Proxy(BaseModel):
    """A form of an output that browsers play, and how far it is: `progress` is 0..1 while it is made.

    It is `original` where the file itself plays. `url` is where it is once it is `ready`.
    """

    state: Literal["original", "waiting", "making", "ready", "failed"]
    progress: float = 0.0
    message: str = ""
    url: str | None = None


MatrixCell = tuple[int, int, int, int, PromptState, int | None, int | None, bool]


class Matrix(BaseModel):
    """A job as a grid: one block per input, its varied values down, its seeds across.

    Each cell is `[index, block, row, column, state, artifact, rating, rejected]`, where block, row and column count
    from 0. `inputs` are the paths of the blocks. `complete` is false where the job has more renders than are given.
    """

    job_id: int
    name: str
    workflow: str
    varied: list[str]
    blocks: list[str]
    inputs: list[str | None]
    rows: list[dict[str, Any]]
    columns: list[int | str | None]
    cells: list[MatrixCell]
    complete: bool


class FutureMatrix(BaseModel):
    """The renders that a submission would come to, as the grid that its job would be (see `Matrix`).

    Each cell is `[index, block, row, column]`. `complete` is false where there would be more renders than are given.
    """

    varied: list[str]
    blocks: list[str]
    inputs: list[str | None]
    rows: list[dict[str, Any]]
    columns: list[int | str | None]
    cells: list[tuple[int, int, int, int]]
    complete: bool
