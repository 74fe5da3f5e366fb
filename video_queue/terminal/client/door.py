"""What a command can ask for, whoever answers: the server over HTTP, or the services in this process.

Answers are the JSON of CONTRACT section 5. References are `12` for a job and `12.3` for a prompt.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

Json = dict[str, Any]


class Door(Protocol):
    """The verbs of the command line. Every one raises VqError; `close` lets go of what was opened."""

    serves: bool
    """Whether somebody behind this door works the queue."""

    def submit(self, submission: Json) -> Json:
        """A Job; `reused` when it was there already."""

    def preview(self, submission: Json) -> Json:
        """What `submit` would make; writes nothing."""

    def jobs(self, query: Json) -> Json:
        """A page of jobs with `counts`; `query` as in GET /api/jobs."""

    def job(self, job_id: str) -> Json:
        """One job."""

    def prompt(self, reference: str) -> Json:
        """One prompt."""

    def prompts(self, job_id: str, state: str | None = None) -> Iterator[Json]:
        """All prompts of a job."""

    def outputs(self, job_id: str) -> Iterator[Json]:
        """All published artifacts of a job."""

    def log(self, reference: str, phase: str | None = None, tail: int | None = None) -> str:
        """The log of a job or prompt."""

    def act(self, reference: str, action: str, options: Json) -> Json:
        """The job or prompt after an action."""

    def act_on(self, action: str, references: list[str], options: Json) -> Json:
        """`{done, refused}` of one action on many."""

    def edit(self, reference: str, changes: Json) -> Json:
        """The answer to changed fields of a job or prompt."""

    def queue(self) -> Json:
        """The queue at a glance."""

    def pause(self, options: Json) -> Json:
        """The queue, paused; `options` are `mode` and `until`."""

    def resume(self) -> Json:
        """The queue, going on."""

    def workflows(self) -> list[Json]:
        """Every workflow with its problems."""

    def workflow(self, name: str) -> Json:
        """One definition."""

    def preset(self, workflow: str, name: str) -> Json:
        """One preset of a workflow."""

    def schema(self, name: str) -> Json:
        """The JSON Schema of a workflow's parameters."""

    def close(self) -> None:
        """Let go of connections and locks."""
