"""The server about itself: versions and disks, health, statistics, doctor, ComfyUI's buttons."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter

from video_queue.api.bodies import ComfyAction
from video_queue.api.deps import Catalogue, Database, PublishMethod, SettingsNow, Workflows
from video_queue.db import queue_state
from video_queue.db.statistics import read_statistics
from video_queue.domain.catalogue import fail
from video_queue.domain.views import Page
from video_queue.services.doctor import COMFY_URLS, Check, nodes_missing, run_checks
from video_queue.services.system_info import SystemInfo, comfy_info, system_info

router = APIRouter(tags=["system"])

_HEALTH_SECONDS = 5.0


@router.get("/system", summary="Versions, home, ComfyUI, GPU, disk")
async def get_system(settings: SettingsNow, db: Database) -> SystemInfo:
    """One look at the machine and the server."""
    comfy = comfy_info(settings, await db.read(queue_state.read_lanes))
    return await asyncio.to_thread(system_info, settings, comfy)


@router.get("/system/health", summary="200 while the server can do its work, else 503")
async def get_health(db: Database) -> dict[str, str]:
    """Asks the database."""
    try:
        await asyncio.wait_for(db.read(lambda conn: conn.execute("SELECT 1").fetchone()), _HEALTH_SECONDS)
    except TimeoutError:
        raise fail("internal.database") from None
    return {"status": "ok"}


@router.get("/stats", summary="Throughput, phase medians, failures")
async def get_stats(db: Database) -> dict[str, Any]:
    """Counts of everything; figures of the newest prompts."""
    return await db.read(read_statistics)


@router.get("/doctor", summary="Checks, each with what to do")
async def get_doctor(
    settings: SettingsNow, workflows: Workflows, catalogue: Catalogue, method: PublishMethod
) -> Page[Check]:
    """In the order in which trouble should be put right."""
    found = await asyncio.to_thread(workflows.list)
    broken = [(Path(info.source).name, info.problems[0].message) for info in found if info.problems]
    missing = await asyncio.to_thread(nodes_missing, workflows, catalogue)
    checks = partial(
        run_checks, settings, broken_workflows=broken, missing_nodes=missing, publish_method=method
    )
    return Page[Check](items=await asyncio.to_thread(checks))


@router.post("/comfy/actions", summary="Free memory, restart, start, stop or refresh ComfyUI")
async def act_on_comfy(body: ComfyAction, settings: SettingsNow) -> dict[str, str]:
    """503 `comfy_unreachable` while no ComfyUI is connected."""
    urls = (settings.comfy.url,) if settings.comfy.url else COMFY_URLS
    raise fail("comfy_unreachable.none", urls=", ".join(urls), action=body.action)
