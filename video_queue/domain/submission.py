"""The Submission: the same object for REST, CLI, watch folders and the browser (docs/rest.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from video_queue.domain.catalogue import fail
from video_queue.domain.moments import Moment
from video_queue.domain.states import RunOrder

# Lists of up to so many values are whole in a list of jobs; of longer ones the first are given.
_WHOLE_LIST, _FIRST = 20, 3
JOB_OUTPUTS = re.compile(r"^(job:[0-9]{1,18}|prompt:[0-9]{1,18}(\.[0-9]{1,18})?)$")


class Submission(BaseModel):
    """What is to be done: a workflow, its inputs and values, and how to queue it.

    `inputs` holds paths (or `job:12`, `prompt:12.3`), objects by slot, or is one mapping of lists by slot.
    """

    model_config = ConfigDict(extra="forbid")

    workflow: str
    inputs: list[str | dict[str, str | list[str]]] | dict[str, str | list[str]] = []
    input_dir: str | None = None
    recursive: bool = False
    glob: str | None = None
    rows: list[dict[str, Any]] = []
    params: dict[str, Any] = {}
    sweep: dict[str, list[Any]] = {}
    seeds: int | str | list[int | str] | None = None
    resolution: str | None = None
    flip: bool = False
    output_dir: str | None = None
    if_exists: Literal["version", "skip"] = "version"
    review: bool = False
    run_order: RunOrder | None = None
    name: str = ""
    tags: list[str] = []
    note: str = ""
    priority: Annotated[int, Field(ge=-(2**31), lt=2**31)] = 0
    front: bool = False
    held: bool = False
    not_before: Moment | None = None
    after: list[Annotated[int, Field(ge=1, lt=2**63)]] = []
    limit: Annotated[int, Field(ge=1, lt=2**63)] | None = None
    dedupe: bool = True
    reuse: bool = True
    idempotency_key: str | None = None


def brief_submission(submission: Mapping[str, Any]) -> dict[str, Any]:
    """A submission for a list of jobs: its long lists are `{count, first}`, with the first three values."""
    brief = dict(submission)
    for key in ("inputs", "rows", "sweep"):
        value = brief.get(key)
        if isinstance(value, list):
            brief[key] = _brief(value)
        elif isinstance(value, Mapping):
            brief[key] = {name: _brief(inner) for name, inner in value.items()}
    return brief


def _brief(value: Any) -> Any:
    if isinstance(value, list) and len(value) > _WHOLE_LIST:
        return {"count": len(value), "first": value[:_FIRST]}
    return value


def job_references(submission: Submission) -> list[str]:
    """The inputs that are other jobs' outputs: `job:12`, `prompt:12.3` or `prompt:345`."""
    inputs = [text for text in texts_in(submission.inputs) if JOB_OUTPUTS.match(text)]
    columns = (value for row in submission.rows for value in row.values())
    return inputs + [text for text in columns if isinstance(text, str) and JOB_OUTPUTS.match(text)]


def texts_in(value: Any) -> Iterator[str]:
    """Every text anywhere in `value`, but the keys of mappings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from texts_in(inner)


def with_outputs(submission: Submission, outputs: Mapping[str, list[str]]) -> Submission:
    """`submission` with each of its `job_references` replaced by the paths that are its outputs."""

    def replaced(value: Any) -> Any:
        if isinstance(value, list):
            parts = (
                outputs.get(item, [item]) if isinstance(item, str) else [replaced(item)] for item in value
            )
            return [item for part in parts for item in part]
        if isinstance(value, Mapping):
            return {key: replaced(inner) for key, inner in value.items()}
        files = outputs.get(value) if isinstance(value, str) else None
        return value if files is None else files if len(files) != 1 else files[0]

    changed = {"inputs": replaced(submission.inputs), "rows": [replaced(row) for row in submission.rows]}
    return submission.model_copy(update=changed)


def renumbered(submission: Submission, numbers: Mapping[int, int]) -> Submission:
    """`submission` with other numbers of the jobs that it comes after or whose outputs it takes."""
    texts = {}
    for text in job_references(submission):
        kind, _, name = text.partition(":")
        number, index = parse_reference(name)
        if (kind == "job" or index is not None) and number in numbers:
            texts[text] = [f"{kind}:{numbers[number]}" + ("" if index is None else f".{index}")]
    after = [numbers.get(number, number) for number in submission.after]
    return with_outputs(submission, texts).model_copy(update={"after": after})


_REFERENCE = re.compile(r"^(\d{1,15})(?:\.(\d{1,15}))?$")


def parse_reference(text: str) -> tuple[int, int | None]:
    """`12` as (12, None), `12.3` as (12, 3).

    Raises:
        VqError: `validation` for anything else.
    """
    match = _REFERENCE.match(text)
    if not match:
        raise fail("validation.id", value=text)
    return int(match[1]), int(match[2]) if match[2] else None
