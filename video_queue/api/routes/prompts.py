"""Prompts (renders) over HTTP: read, edit, act, the log."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Query
from fastapi.responses import PlainTextResponse

from video_queue.api.bodies import PromptAction, PromptChanges
from video_queue.api.deps import AskerDep, JobActionsDep, JobEditsDep, LookupDep, PromptRef
from video_queue.api.resource import resource_router
from video_queue.domain.views import ParamsEdited, Prompt
from video_queue.services.jobs.logs import prompt_log

router = resource_router("prompts", "/prompts")


@router.get("/{id}", summary="One prompt with phases and artifacts")
async def get_prompt(prompt: PromptRef, lookup: LookupDep) -> Prompt:
    """By its number or as `JOB.INDEX`."""
    return await lookup.prompt(prompt)


@router.patch("/{id}", summary="Change rating, tags, note, or params if it has not begun")
async def edit_prompt(
    prompt: PromptRef, body: PromptChanges, lookup: LookupDep, edits: JobEditsDep, asker: AskerDep
) -> Prompt | ParamsEdited:
    """The prompt afterwards; with `params` whether it has them now."""
    return await edits.edit_prompt(await lookup.prompt_id(prompt), body.changes(), asker)


@router.post("/{id}/actions", summary="Cancel, retry, hold, release, skip, approve or reject a prompt")
async def act_on_prompt(
    prompt: PromptRef, body: PromptAction, lookup: LookupDep, actions: JobActionsDep, asker: AskerDep
) -> Prompt:
    """The prompt afterwards; 409 `invalid_state` when it is not possible now."""
    return await actions.prompt_action(await lookup.prompt_id(prompt), body.action, body, asker)


@router.get("/{id}/log", summary="A prompt's log, as text", response_class=PlainTextResponse)
async def get_prompt_log(
    prompt: PromptRef,
    lookup: LookupDep,
    phase: Annotated[str | None, Query(max_length=200)] = None,
    tail: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> PlainTextResponse:
    """Of one phase, and of that the last `tail` lines, if given."""
    path = await lookup.log_path(prompt)
    return PlainTextResponse(await asyncio.to_thread(prompt_log, path, phase, tail))
