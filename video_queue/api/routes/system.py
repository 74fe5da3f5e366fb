"""The server about itself: versions and disks, health, statistics, doctor, ComfyUI's buttons."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Response

from video_queue.api.bodies import ComfyAction
from video_queue.api.deps import CatalogueDep, DatabaseDep, SettingsDep, WorkflowServiceDep
from video_queue.api.resource import resource_router
from video_queue.comfy.client import DEFAULT_URLS
from video_queue.db import queue_state
from video_queue.db.soundness import read_soundness
from video_queue.db.statistics import read_statistics
from video_queue.domain.catalogue import fail
from video_queue.domain.views import Page
from video_queue.services.doctor.bundle import make_bundle, read_facts
from video_queue.services.doctor.check import Check
from video_queue.services.doctor.doctor import run_checks
from video_queue.services.system_info import SystemInfo, comfy_info, system_info

router = resource_router("system")

_HEALTH_SECONDS = 5.0
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {}}, "description": "The archive"}
}


@router.get("/system", summary="Versions, home, ComfyUI, GPU, disk")
async def get_system(settings: SettingsDep, db: DatabaseDep) -> SystemInfo:
    """One look at the machine and the server."""
    comfy = comfy_info(settings, await db.read(queue_state.read_lanes))
    return await asyncio.to_thread(system_info, settings, comfy)


@router.get("/system/health", summary="200 while the server can do its work, else 503")
async def get_health(db: DatabaseDep) -> dict[str, str]:
    """Asks the database."""
    try:
        async with asyncio.timeout(_HEALTH_SECONDS):
            soundness = await db.read(read_soundness)
    except TimeoutError:
        raise fail("internal.database") from None
    if soundness.problems:
        raise fail("internal.damaged", path=str(db.path), detail=soundness.problems[0])
    return {"status": "ok"}


@router.get("/stats", summary="Throughput, phase medians, failures")
async def get_stats(db: DatabaseDep) -> dict[str, Any]:
    """Counts of everything; figures of the newest prompts."""
    return await db.read(read_statistics)


@router.get("/doctor", summary="Checks, each with what to do")
async def get_doctor(
    settings: SettingsDep, workflows: WorkflowServiceDep, catalogue: CatalogueDep, db: DatabaseDep
) -> Page[Check]:
    """In the order in which trouble should be put right."""
    return Page[Check](items=await run_checks(settings, workflows, catalogue, db))


@router.get("/doctor/bundle", summary="What a bug report needs, as one archive", response_class=Response,
            responses=_ZIP)  # fmt: skip
async def get_bundle(
    settings: SettingsDep, workflows: WorkflowServiceDep, catalogue: CatalogueDep, db: DatabaseDep
) -> Response:
    """Checks, versions, counts, settings and the end of the log; secrets and the user's folder are masked."""
    checks = await run_checks(settings, workflows, catalogue, db)
    facts = await db.read(read_facts)
    archive = await asyncio.to_thread(make_bundle, settings, checks, facts)
    return Response(archive, media_type="application/zip")


@router.post("/comfy/actions", summary="Free memory, restart, start, stop or refresh ComfyUI")
async def act_on_comfy(body: ComfyAction, settings: SettingsDep) -> dict[str, str]:
    """503 `comfy_unreachable` while no ComfyUI is connected."""
    urls = (settings.comfy.url,) if settings.comfy.url else DEFAULT_URLS
    raise fail("comfy_unreachable.none", urls=", ".join(urls), action=body.action)
