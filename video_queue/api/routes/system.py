"""The server about itself: versions and disks, health, statistics, doctor, ComfyUI's buttons."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Request, Response

from video_queue.api.bodies import ComfyAction
from video_queue.api.deps import CatalogueDep, ComfyServiceDep, DatabaseDep, SettingsDep, WorkflowServiceDep
from video_queue.api.resource import resource_router
from video_queue.db.soundness import read_soundness
from video_queue.db.statistics import read_statistics
from video_queue.domain.actions import require_known
from video_queue.domain.catalogue import fail
from video_queue.domain.comfy import COMFY_ACTIONS, INSTANCE_ACTIONS
from video_queue.domain.views import Page
from video_queue.services.comfyui import ComfyInfo
from video_queue.services.doctor.bundle import make_bundle, read_facts
from video_queue.services.doctor.check import Check
from video_queue.services.doctor.doctor import run_checks
from video_queue.services.pairing import Pairing, pairing
from video_queue.services.system_info import SystemInfo, system_info

router = resource_router("system")

_HEALTH_SECONDS = 5.0
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {}}, "description": "The archive"}
}


@router.get("/system", summary="Versions, home, ComfyUI, GPU, disk")
async def get_system(settings: SettingsDep, comfy: ComfyServiceDep) -> SystemInfo:
    """One look at the machine and the server."""
    return await asyncio.to_thread(system_info, settings, await comfy.info())


@router.get("/system/pairing", summary="How a phone comes in: the address, and a QR code with the token")
async def get_pairing(request: Request, settings: SettingsDep) -> Pairing:
    """404 while the server listens on this machine only."""
    server = request.scope.get("server")
    return await asyncio.to_thread(pairing, settings, server[1] if server else settings.server.port)


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


@router.get("/comfy", summary="ComfyUI: connection, process with its log, what can be done")
async def get_comfy(comfy: ComfyServiceDep) -> ComfyInfo:
    """As the worker sees it; `process` is null without `comfy.command`."""
    return await comfy.info()


@router.post("/comfy/actions", summary="Free memory, restart, start, stop or refresh ComfyUI")
async def act_on_comfy(body: ComfyAction, comfy: ComfyServiceDep) -> ComfyInfo:
    """`free` and `refresh` are done when this answers; the worker starts, stops or restarts it after that.

    `drain` lets an instance end what it renders and gives it nothing more, `pause` puts that back too, `resume` ends
    both.

    503 `comfy_unreachable` where it does not answer; 409 `invalid_state` without `comfy.command`, or for a ComfyUI that
    video_queue did not start.
    """
    require_known(body.action, (*COMFY_ACTIONS, *INSTANCE_ACTIONS))
    return await comfy.act(body.action, body.instance)
