"""What waits for a person to judge, as the page shows it (docs/rest.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel

from video_queue.domain.review import is_file, is_range

ItemsOf = Literal["files", "scenes", "spans", "texts", "values"]


class ReviewFile(BaseModel):
    """A file that is judged, or that what is judged is a part of. `playable`: browsers play or show it as it is.

    Its forms are at `url`: `/file` (what browsers play), `/proxy` (how far that is), `/picture?frame=` and `/peaks`;
    `key` changes with its content.
    """

    name: str
    kind: Literal["video", "image", "audio"]
    width: int | None = None
    height: int | None = None
    frames: int | None = None
    fps: float | None = None
    duration: float | None = None
    sound: bool = False
    playable: bool = False
    url: str
    key: str


class ReviewEntry(BaseModel):
    """One item of a review as it came, what was decided of it so far, and its file where it is one that can be seen."""

    item: Any
    decision: dict[str, Any] | None = None
    file: ReviewFile | None = None


class ReviewView(BaseModel):
    """A prompt at its review: what its items are, each as an entry, and the file that scenes, spans and texts are of.

    `cut` says that what is approved is taken out (silences). `between` and `problem` as in the phase's result.
    `waiting` counts all prompts in review, `next` is the one after this.
    """

    prompt_id: int
    job_id: int
    index: int
    phase: str
    of: ItemsOf
    cut: bool = False
    entries: list[ReviewEntry]
    source: ReviewFile | None = None
    between: list[str] = []
    problem: str | None = None
    waiting: int
    next: int | None = None


def kind_of_items(items: Sequence[Any]) -> ItemsOf:
    """What all items are."""
    if items and all(is_file(item) for item in items):
        return "files"
    if items and all(is_range(item) for item in items):
        return "scenes"
    if not items or not all(_is_span(item) for item in items):
        return "values"
    return "texts" if all(isinstance(item.get("text"), str) for item in items) else "spans"


def _is_span(item: Any) -> bool:
    times = (item.get("start"), item.get("end")) if isinstance(item, dict) else ()
    return bool(times) and all(isinstance(time, int | float) and not isinstance(time, bool) for time in times)
