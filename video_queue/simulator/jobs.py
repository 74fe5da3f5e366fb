"""The job view over queue and history that the newer version offers under /api/jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from video_queue.simulator.history import History
from video_queue.simulator.prompt_queue import PromptQueue, QueuedPrompt

STATES = ("pending", "in_progress", "completed", "failed", "cancelled")


class BadJobQueryError(ValueError):
    """A query value that is refused; the message is the answer's `error`."""


def list_jobs(queue: PromptQueue, history: History, query: Mapping[str, str]) -> dict[str, Any]:
    """One page of jobs and its `pagination`. Raises BadJobQueryError."""
    wanted = [state for state in query.get("status", "").split(",") if state]
    unknown = [state for state in wanted if state not in STATES]
    if unknown:
        text = f"Invalid status value(s): {', '.join(unknown)}. Valid values: {', '.join(STATES)}"
        raise BadJobQueryError(text)
    limit, offset = _page(query)
    jobs = [job for job in _all(queue, history) if not wanted or job["status"] in wanted]
    if "workflow_id" in query:
        jobs = [job for job in jobs if _workflow_id(job) == query["workflow_id"]]
    if query.get("sort_order", "desc") not in ("asc", "desc"):
        raise BadJobQueryError("sort_order must be 'asc' or 'desc'")
    jobs.sort(key=_sort_key(query), reverse=query.get("sort_order", "desc") == "desc")
    page = jobs[offset:] if limit is None else jobs[offset : offset + limit]
    pagination = {
        "offset": offset,
        "limit": limit,
        "total": len(jobs),
        "has_more": offset + len(page) < len(jobs),
    }
    return {"jobs": [_summary(job) for job in page], "pagination": pagination}


def find_job(queue: PromptQueue, history: History, job_id: str) -> dict[str, Any] | None:
    """One job whole, or None."""
    job = next((job for job in _all(queue, history) if job["id"] == job_id), None)
    return {k: v for k, v in job.items() if k != "_extra"} if job else None


def _all(queue: PromptQueue, history: History) -> Iterator[dict[str, Any]]:
    running, pending = queue.snapshot()
    yield from (_waiting(item, "in_progress") for item in running)
    yield from (_waiting(item, "pending") for item in pending)
    yield from (_finished(prompt_id, entry) for prompt_id, entry in reversed(history.page(None, -1).items()))


def _waiting(item: QueuedPrompt, status: str) -> dict[str, Any]:
    return {
        "id": item.prompt_id,
        "status": status,
        "priority": item.number,
        "create_time": item.extra_data.get("create_time"),
        "outputs_count": 0,
        "previewable_outputs_count": 0,
        "_extra": item.extra_data,
    }


def _finished(prompt_id: str, entry: dict[str, Any]) -> dict[str, Any]:
    number, _, prompt, extra, _ = entry["prompt"]
    messages = dict(entry["status"]["messages"])
    files = _files(entry["outputs"])
    job = {
        "id": prompt_id,
        "status": _state(entry["status"]["status_str"], messages),
        "priority": number,
        "create_time": extra.get("create_time"),
        "execution_start_time": entry["status"]["messages"][0][1]["timestamp"],
        "execution_end_time": entry["status"]["messages"][-1][1]["timestamp"],
    }
    if "execution_error" in messages:
        job["execution_error"] = messages["execution_error"]
    job |= {"outputs_count": len(files), "previewable_outputs_count": len(files)}
    if files:
        job["preview_output"] = next((f for f in files if f.get("type") == "output"), files[0])
    return {
        **job,
        "outputs": entry["outputs"],
        "execution_status": entry["status"],
        "workflow": {"prompt": prompt, "extra_data": extra},
        "_extra": extra,
    }


def _state(status: str, messages: Mapping[str, Any]) -> str:
    if status == "success":
        return "completed"
    return "cancelled" if "execution_interrupted" in messages else "failed"


def _files(outputs: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {**item, "nodeId": node_id, "mediaType": kind}
        for node_id, groups in outputs.items()
        for kind, items in groups.items()
        for item in items
        if isinstance(item, dict) and "filename" in item
    ]


def _summary(job: dict[str, Any]) -> dict[str, Any]:
    hidden = ("_extra", "outputs", "execution_status", "workflow")
    return {k: v for k, v in job.items() if k not in hidden}


def _workflow_id(job: dict[str, Any]) -> Any:
    return ((job["_extra"].get("extra_pnginfo") or {}).get("workflow") or {}).get("id")


def _sort_key(query: Mapping[str, str]) -> Any:
    by = query.get("sort_by", "created_at")
    if by == "created_at":
        return lambda job: job["create_time"] or 0
    if by == "execution_duration":
        return lambda job: job.get("execution_end_time", 0) - job.get("execution_start_time", 0)
    raise BadJobQueryError("sort_by must be 'created_at' or 'execution_duration'")


def _page(query: Mapping[str, str]) -> tuple[int | None, int]:
    limit = _integer(query, "limit") if "limit" in query else None
    offset = max(0, _integer(query, "offset")) if "offset" in query else 0
    if limit is not None and limit < 1:
        raise BadJobQueryError("limit must be a positive integer")
    return limit, offset


def _integer(query: Mapping[str, str], name: str) -> int:
    try:
        return int(query[name])
    except ValueError as problem:
        raise BadJobQueryError(f"{name} must be an integer") from problem
