"""Batches: several submissions that are written together or not at all, and may come after one another.

A submission is named within its batch by its `key`, or as `#0` by its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Loc, Problem
from video_queue.domain.submission import Submission, job_references, parse_reference, texts_in, with_outputs
from video_queue.domain.views import Job

# The actions that are done to a batch: those that fit any of its jobs.
BATCH_ACTIONS = ("cancel", "retry", "hold", "release", "archive", "unarchive", "delete")
# A submission of a batch has this number and its place until its job has one.
PENDING = 10**14
_LOCAL_OUTPUTS = re.compile(r"^job:(#[0-9]{1,6}|[A-Za-z_][\w-]{0,99})$")
_Number = Annotated[int, Field(ge=1, lt=2**63)]
_Name = Annotated[str, Field(max_length=100)]


class BatchItem(Submission):
    """A submission of a batch: `after` and `inputs` (`job:KEY`) may name others of it, wherever they stand."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z_][\w-]{0,99}$")] | None = None
    after: list[_Number | _Name] = Field(default=[])  # type: ignore[assignment]


class NewBatch(BaseModel):
    """Submissions to be written in one transaction; the same `idempotency_key` gives the first batch."""

    model_config = ConfigDict(extra="forbid")

    submissions: Annotated[list[BatchItem], Field(min_length=1, max_length=1000)]
    name: Annotated[str, Field(max_length=300)] = ""
    idempotency_key: Annotated[str, Field(min_length=1, max_length=300)] | None = None


class Batch(BaseModel):
    """A batch with its jobs in the order of its submissions; a job that had been there before is `reused`.

    `reused` of the batch: the key was known. `warnings` are said once, in the answer to its submission.
    """

    id: int
    name: str
    created_at: str
    submitted_by: str
    reused: bool = False
    jobs: list[Job]
    warnings: list[Problem] = []


def numbered(batch: NewBatch) -> tuple[list[Submission], list[Problem]]:
    """The submissions with numbers from `PENDING` for each other's names; problems with names and circles."""
    names = {f"#{index}": PENDING + index for index in range(len(batch.submissions))}
    problems = []
    for index, item in enumerate(batch.submissions):
        if item.key in names:
            problems.append(problem("validation.batch_key", ("submissions", index, "key"), key=item.key))
        elif item.key:
            names[item.key] = PENDING + index
    submissions = []
    for index, item in enumerate(batch.submissions):
        problems += _unknown(item, names, index)
        submissions.append(_numbered(item, names))
    return submissions, problems or _circle(batch, submissions)


def _names_in(item: BatchItem) -> Iterator[tuple[str, str]]:
    """(field, name) of every submission that this one names."""
    yield from (("after", str(name)) for name in item.after if not str(name).isdecimal())
    for field in ("inputs", "rows"):
        matches = (_LOCAL_OUTPUTS.match(text) for text in texts_in(getattr(item, field)))
        yield from ((field, match[1]) for match in matches if match)


def _unknown(item: BatchItem, names: Mapping[str, int], index: int) -> list[Problem]:
    known = ", ".join(names)[:300]
    return [
        problem("validation.batch_name", ("submissions", index, field), name=name, known=known)
        for field, name in _names_in(item)
        if name not in names
    ]


def _numbered(item: BatchItem, names: Mapping[str, int]) -> Submission:
    fields: dict[str, Any] = {name: getattr(item, name) for name in Submission.model_fields}
    fields["after"] = [names.get(str(name)) or int(name) for name in item.after if _is_known(name, names)]
    texts = {f"job:{name}": [f"job:{number}"] for name, number in names.items()}
    return with_outputs(Submission.model_construct(**fields), texts)


def _is_known(name: int | str, names: Mapping[str, int]) -> bool:
    return str(name) in names or str(name).isdecimal()


def _circle(batch: NewBatch, submissions: list[Submission]) -> list[Problem]:
    """A problem where submissions wait for each other."""
    waits = {index: set(_places_before(item)) for index, item in enumerate(submissions)}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as error:
        circle: list[int] = error.args[1]
        chain = " -> ".join(batch.submissions[index].key or f"#{index}" for index in circle)
        where: Loc = ("submissions", circle[0], "after")
        return [problem("validation.batch_cycle", where, chain=chain)]
    return []


def _places_before(submission: Submission) -> Iterator[int]:
    numbers = [
        *submission.after,
        *(parse_reference(text.partition(":")[2])[0] for text in job_references(submission)),
    ]
    yield from (number - PENDING for number in numbers if number >= PENDING)
