"""Which jobs a request means: the fields of a query or body, and words as they are typed, as one filter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from video_queue.db.job_lists import JobFilter
from video_queue.domain.actions import JobNumber
from video_queue.domain.filter_words import filter_query, split_words
from video_queue.domain.moments import Moment, iso, local_as_utc, moment_before
from video_queue.domain.states import JobState

Section = Literal["needs", "now", "next", "ended"]
_Name = Annotated[str, Field(max_length=300)]


class ActionFilter(BaseModel):
    """Which jobs: all that match every field given; `words` are typed ones (docs/rest.md)."""

    model_config = ConfigDict(extra="forbid")

    state: JobState | list[JobState] | None = None
    workflow: _Name | None = None
    tag: _Name | None = None
    q: _Name | None = None
    since: _Name | None = None
    cause: _Name | None = None
    words: _Name | None = None
    section: Section | None = None
    created_before: Moment | None = None
    up_to: JobNumber | None = None
    without: Annotated[list[JobNumber], Field(max_length=10_000)] = []
    archived: bool = False
    batch: JobNumber | None = None

    def as_filter(self) -> JobFilter:
        """The same for the list of jobs."""
        fields = self.model_dump(exclude={"words", "state", "created_before", "without"})
        states = self.state if isinstance(self.state, list) else [self.state] if self.state else []
        before = iso(self.created_before) if self.created_before else None
        more = {"state": tuple(states), "created_before": before, "without": tuple(self.without)}
        return job_filter({**fields, **more}, self.words)


def job_filter(fields: Mapping[str, Any], words: str | None) -> JobFilter:
    """The filter of `fields`, which are those of JobFilter, and of typed words, whose states hold besides.

    Raises:
        VqError: `validation.filter`, `validation.moment`.
    """
    typed = filter_query(split_words(words or ""))
    query = {**fields, **typed, "within": tuple(typed.get("state", ()))}
    query["state"] = tuple(fields.get("state") or ())
    if query.get("since"):
        begin = moment_before(query["since"], datetime.now())  # noqa: DTZ005 - the machine's time, as people mean it
        query["since"] = iso(local_as_utc(begin))
    return JobFilter(**query)
