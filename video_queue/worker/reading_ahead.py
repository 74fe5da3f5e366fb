"""Reading files of prompts that are not claimed yet: a death of the process then counts for those prompts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from video_queue.db import prompts
from video_queue.db.queue_db import QueueDB


@asynccontextmanager
async def reading_ahead(db: QueueDB, prompt_ids: Collection[int]) -> AsyncIterator[None]:
    """Mark prompts while their files are read, for what a death of the process means (`db/prompts.py`)."""
    try:
        await db.transact(prompts.set_prefetching, prompt_ids, True)
        yield
    finally:
        await db.transact(prompts.set_prefetching, prompt_ids, False)
