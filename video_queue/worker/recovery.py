"""Putting a home in order before the first claim: what a crash, a kill or a power cut left behind.

In this order: end children that still live, roll publications forward, put what was running back into the queue,
remove staging folders that no publication needs.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path

from video_queue.db import (
    away_folders,
    children,
    events,
    job_lists,
    prompts,
    publications,
    queue_state,
    renders,
)
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.states import LaneState, PromptState
from video_queue.outputs.intent import Intent, dump_intent, load_intent
from video_queue.outputs.roll_forward import IntentLostError, abandon_intent, roll_forward
from video_queue.outputs.staging import OutputArea, discard_stale_staging
from video_queue.services.clock import Clock
from video_queue.system.files.answers import answers
from video_queue.system.processes.identity import end_if_same
from video_queue.worker.publishing import commit_publication

_LOG = logging.getLogger(__name__)


async def recover(db: QueueDB, clock: Clock, area: OutputArea, instances: Sequence[str]) -> None:
    """Leave nothing running, half published or orphaned. Safe to run at every start; quick when all is well."""
    await end_leftover_children(db)
    await _drop_damaged_intents(db)
    await _roll_publications_forward(db, clock)
    await db.transact(queue_state.set_instances, instances)
    await db.transact(_release_all, clock.iso())
    known = [Path(load_intent(text).staging) for _, _, _, text in await db.read(publications.list_intents)]
    folders = {area.output_root, *(Path(folder) for folder in await db.read(job_lists.output_folders))}
    # Asked at once: a dead share may hold many of them.
    for folder, is_there in zip(folders, await asyncio.gather(*map(answers, folders)), strict=True):
        if is_there:
            await asyncio.to_thread(_discard_staging, area, folder, known)


async def end_leftover_children(db: QueueDB) -> None:
    """End recorded children that are still the same processes: pid, start time and command must match."""
    for pid, started, command in await db.read(children.list_children):
        if await asyncio.to_thread(end_if_same, pid, started, command):
            _LOG.warning("ended a child of an earlier run: pid %d, %s", pid, command[:120])


async def _drop_damaged_intents(db: QueueDB) -> None:
    """A prompt whose intent cannot be read any more publishes again."""
    for prompt_id, _, _, text in await db.read(publications.list_intents):
        try:
            load_intent(text)
        except ValueError as error:
            _LOG.warning("prompt %d: what it was to publish cannot be read: %s", prompt_id, error)
            await db.transact(publications.drop_intent, prompt_id)


async def _roll_publications_forward(db: QueueDB, clock: Clock) -> None:
    for prompt_id, attempt, state, text in await db.read(publications.list_intents):
        if state == PromptState.QUEUED:
            continue  # it waits for its folder, and publishes when its turn comes
        try:
            if state == PromptState.RUNNING:
                intent = load_intent(text)
                if not await answers(Path(intent.staging).parent):
                    raise fail("output_unavailable.folder", path=intent.staging, detail="it does not answer")
                await _roll_forward(db, clock, prompt_id, attempt, intent)
            else:
                await asyncio.to_thread(abandon_intent, load_intent(text))
                await db.transact(publications.drop_intent, prompt_id)
        except IntentLostError:
            await db.transact(publications.drop_intent, prompt_id)
        except (VqError, OSError) as error:
            # The folder is away or full: the intent stays, its prompt is queued again and publishes later.
            _LOG.warning("prompt %d: its output waits to be published: %s", prompt_id, error)


async def _roll_forward(db: QueueDB, clock: Clock, prompt_id: int, attempt: int, intent: Intent) -> None:
    async def commit_intent(changed: Intent) -> None:
        await db.transact(publications.store_intent, prompt_id, attempt, dump_intent(changed))

    publication = await roll_forward(intent, commit_intent=commit_intent)
    phase = await db.read(publications.output_phase, prompt_id)
    await db.transact(commit_publication, prompt_id, attempt, phase, publication, clock.iso())


def _discard_staging(area: OutputArea, folder: Path, known: list[Path]) -> None:
    """A folder that cannot be read (its drive or share is away, no right to it) keeps what it has until later."""
    try:
        if folder.is_dir():
            discard_stale_staging(area.staging_root(folder), known)
    except OSError as error:
        _LOG.warning("staged files stay in %s, which cannot be read: %s", folder, error.strerror)


def _release_all(conn: Connection, now: str) -> None:
    for prompt_id, attempt in prompts.release_orphans(conn, now):
        prompts.requeue(conn, prompt_id, attempt, now)
    children.forget_children(conn)
    renders.disown_all_ids(conn)
    away_folders.probe_all(conn)
    queue_state.finish_pause(conn, now)
    queue_state.drop_countdown(conn, now)
    for lane in queue_state.read_lanes(conn):
        queue_state.set_lane(conn, lane["name"], LaneState.RUNNING, None, now, lane["instance"])
        if lane["detail"]:  # ComfyUI was not polled yet
            detail = {**lane["detail"], "connected": False}
            queue_state.set_lane_detail(conn, lane["name"], detail, lane["instance"])
    events.prune_events(conn)
