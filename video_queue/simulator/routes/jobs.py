"""/api/jobs and its cancel calls; no route at all in the older version."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from video_queue.simulator.jobs import BadJobQueryError, find_job, list_jobs
from video_queue.simulator.routes.answers import answer, plain
from video_queue.simulator.state import SimulatorState


def job_routes(state: SimulatorState) -> list[BaseRoute]:
    if not state.dialect.jobs_api:
        return []
    jobs = _Jobs(state)
    return [
        *plain("/api/jobs", jobs.list_all),
        *plain("/api/jobs/cancel", jobs.cancel_many, "POST"),
        *plain("/api/jobs/{job_id}", jobs.show),
        *plain("/api/jobs/{job_id}/cancel", jobs.cancel, "POST"),
        *plain("/api/assets", jobs.assets),
    ]


class _Jobs:
    def __init__(self, state: SimulatorState) -> None:
        self.state = state

    async def list_all(self, request: Request) -> Response:
        try:
            return answer(list_jobs(self.state.queue, self.state.history, request.query_params))
        except BadJobQueryError as problem:
            return answer({"error": str(problem)}, 400)

    async def show(self, request: Request) -> Response:
        job = find_job(self.state.queue, self.state.history, request.path_params["job_id"])
        return answer(job) if job else answer({"error": "Job not found"}, 404)

    async def cancel(self, request: Request) -> Response:
        cancelled = self._cancel(request.path_params["job_id"], announcements=2)
        return answer({"cancelled": cancelled})

    async def cancel_many(self, request: Request) -> Response:
        body = await request.json()
        ids = body.get("job_ids")
        if not isinstance(ids, list):
            return answer({"error": "job_ids must be a list"}, 400)
        invalid = [job_id for job_id in ids if not _is_uuid(job_id)]
        if invalid:
            return answer({"error": "job_ids contains invalid id(s)", "invalid_ids": invalid}, 400)
        cancelled = [self._cancel(job_id, announcements=1) for job_id in ids]
        return answer({"cancelled": any(cancelled)})

    async def assets(self, _: Request) -> Response:
        text = "Assets system is disabled. Start the server with --enable-assets to use this feature."
        return answer({"error": {"code": "SERVICE_DISABLED", "message": text, "details": {}}}, 503)

    def _cancel(self, job_id: str, announcements: int) -> bool:
        """Remove a pending job or interrupt the running one. The single call sends `status` twice."""
        if self.state.queue.delete(job_id):
            for _ in range(announcements):
                self.state.send_status()
            return True
        return self.state.interrupt(job_id)


def _is_uuid(text: Any) -> bool:
    try:
        uuid.UUID(text)
    except (ValueError, AttributeError, TypeError):
        return False
    return True
