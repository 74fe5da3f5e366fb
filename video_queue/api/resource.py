"""The router of one resource, below `/api`."""

from __future__ import annotations

from fastapi import APIRouter

from video_queue.api.errors import ErrorBody


def resource_router(tag: str, path: str = "") -> APIRouter:
    """A router with everything that its routes share, so that an app takes them as they are.

    FastAPI's `include_router` would make all of them a second time, with the first request to each app (0.2 s).
    """
    return APIRouter(
        prefix=f"/api{path}",
        tags=[tag],
        responses={
            "4XX": {"model": ErrorBody, "description": "Refused, with the reason"},
            "5XX": {
                "model": ErrorBody,
                "description": "Not now: ComfyUI, a disk or the database is away or full",
            },
        },
        generate_unique_id_function=lambda route: route.name,
    )
