"""Batches over HTTP: several submissions at once, one key, one undo."""

from __future__ import annotations

from fastapi import Response

from video_queue.api.bodies import BatchAction
from video_queue.api.deps import AskerDep, BatchesDep, BatchId, ManyActionsDep
from video_queue.api.resource import resource_router
from video_queue.domain.batches import Batch, NewBatch
from video_queue.domain.views import ManyDone

router = resource_router("batches", "/batches")


@router.post(
    "", status_code=201, summary="Submit several jobs, all or none", responses={200: {"model": Batch}}
)
async def submit_batch(batch: NewBatch, batches: BatchesDep, asker: AskerDep, response: Response) -> Batch:
    """201 with the batch, or 200 with the one of the same key and body (`reused`).

    `after: ["KEY"]` (or `"#0"`) and the input `job:KEY` name other submissions of the batch.
    """
    submitted = await batches.submit(batch, asker)
    if submitted.reused:
        response.status_code = 200
    return submitted


@router.get("/{id}", summary="One batch with its jobs")
async def get_batch(batch_id: BatchId, batches: BatchesDep) -> Batch:
    """Its jobs in the order of its submissions."""
    return await batches.get(batch_id)


@router.post("/{id}/actions", summary="Cancel, hold, release, retry, archive or delete a batch's jobs")
async def act_on_batch(
    batch_id: BatchId, body: BatchAction, batches: BatchesDep, many: ManyActionsDep, asker: AskerDep
) -> ManyDone:
    """Done to all of its jobs for which it is possible now; 409 `invalid_state` where it is for none."""
    ids = await batches.jobs_that_can(batch_id, body.action)
    return await many.act_on(body.action, ids=ids, options=body, asker=asker)
