"""ComfyUI as it is seen from outside the worker: its connection, its process with its log, and what can be asked of it.

The worker keeps the process; what is asked here is a row that it reads. Memory and models need no process of ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel

from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.comfy.process import ComfyLog, address_of, has_command
from video_queue.db import affinity, comfy_process, queue_state
from video_queue.db.comfy_process import ComfyProcessRow
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.comfy import INSTANCE_ACTIONS, ProcessState
from video_queue.domain.comfy_actions import comfy_actions
from video_queue.domain.states import DEFAULT_INSTANCE, Lane
from video_queue.domain.views import Action
from video_queue.services.clock import Clock
from video_queue.services.running_comfy import running_comfy
from video_queue.settings import Settings

_LOG_LINES = 20


class ComfyProcess(BaseModel):
    """The ComfyUI of `comfy.command`. `since` is of the state; `adopted`: an earlier vq started it.

    `message` says why it does not run; `log` are its last lines.
    """

    state: ProcessState
    pid: int | None
    since: str | None
    adopted: bool
    message: str
    log: list[str]


class ComfyInfo(BaseModel):
    """What is known of ComfyUI. `state`: connected, away, or unknown before anybody looked.

    `vram_total` are the bytes of its first device. `process` is null without `comfy.command`;
    `actions` are those of `POST /api/comfy/actions`. `instances` are all of them where there are several.
    """

    url: str | None
    instance: str = DEFAULT_INSTANCE
    state: Literal["connected", "away", "unknown"] = "unknown"
    paused: Literal["drain", "pause"] | None = None
    version: str | None = None
    device: str | None = None
    vram_total: int | None = None
    simulated: bool = False
    process: ComfyProcess | None = None
    actions: list[Action] = []
    instances: list[ComfyInfo] = []


def comfy_info(
    settings: Settings, lanes: Sequence[Mapping[str, Any]], instance: str | None = None
) -> ComfyInfo:
    """What the worker last found of an instance (None: the first one), from the lanes' rows."""
    instance = instance or settings.instance_names[0]
    rows = [lane for lane in lanes if lane["name"] == Lane.GPU and lane["instance"] == instance]
    detail, paused = (rows[0]["detail"], rows[0]["paused"]) if rows else (None, None)
    if detail is None:
        url = address_of(settings.comfy_of(instance))
        return ComfyInfo(url=url, instance=instance, paused=paused)
    return ComfyInfo(
        url=detail["url"],
        instance=instance,
        paused=paused,
        state="connected" if detail["connected"] else "away",
        version=detail.get("version"),
        device=detail.get("device"),
        vram_total=detail.get("vram_total"),
        simulated=bool(detail.get("simulated")),
    )


def comfy_is_connected(lanes: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the worker has a ComfyUI now."""
    return any(lane["name"] == Lane.GPU and lane["detail"] and lane["detail"]["connected"] for lane in lanes)


class ComfyService:
    """Reads what is known of ComfyUI, and does or requests what is asked of it."""

    def __init__(
        self,
        db: QueueDB,
        settings: Settings,
        clock: Clock,
        on_refresh: Callable[[], Awaitable[None]],
    ) -> None:
        self._db, self._settings, self._clock = db, settings, clock
        self._on_refresh = on_refresh

    async def info(self, instance: str | None = None) -> ComfyInfo:
        """Connection, process and possible actions of an instance; of the first one, with those of all, without.

        Raises:
            VqError: `not_found` for a name that is not set.
        """
        names = self._settings.instance_names
        if instance is not None and instance not in names:
            raise fail("not_found.instance", name=instance, names=", ".join(names))
        info = await self._info(instance or names[0])
        if instance is None and len(names) > 1:
            info.instances = [await self._info(name) for name in names]
        return info

    async def _info(self, instance: str) -> ComfyInfo:
        lanes, row = await self._db.read(_read, instance)
        info = comfy_info(self._settings, lanes, instance)
        keeps = has_command(self._settings.comfy_of(instance))
        # Free and refresh ask ComfyUI itself: it may be there though no worker is.
        answers = info.state == "connected" or row.state is ProcessState.OFF
        info.actions = comfy_actions(row.state, connected=answers, has_command=keeps)
        if keeps:
            info.process = _process(
                row, await asyncio.to_thread(ComfyLog(self._settings.logs_dir, instance).tail, _LOG_LINES)
            )
        return info

    async def act(self, action: str, instance: str | None = None) -> ComfyInfo:
        """Free its memory, read its models again, or let the worker start, stop, restart, drain, pause or resume it.

        Raises:
            VqError: `invalid_state` when that is not possible now; `comfy_unreachable` when it does not answer;
                `not_found` for a name that is not set.
        """
        info = await self.info(instance)
        name = info.instance
        if action in INSTANCE_ACTIONS:
            paused = None if action == "resume" else action
            await self._db.transact(queue_state.pause_instance, name, paused, self._clock.iso())
        elif action == "free":
            await self._free(name)
        elif action == "refresh":
            await self._refresh(name)
        else:
            [rule] = [rule for rule in info.actions if rule.name == action]
            if not rule.enabled:
                raise fail("invalid_state.comfy", action=action, reason=rule.reason)
            await self._db.transact(comfy_process.request_action, action, name)
        return await self.info(instance)

    async def _free(self, instance: str) -> None:
        async with running_comfy(self._settings, instance) as client:
            await client.free()
        await self._db.transact(affinity.forget_loaded, instance)

    async def _refresh(self, instance: str) -> None:
        async with running_comfy(self._settings, instance) as client:
            info, folders = await client.object_info(fresh=True), await client.folder_paths()
        catalogue = ComfyCatalogue(self._settings.catalogue_dir(instance))
        await asyncio.to_thread(catalogue.store, info, folders)
        await self._on_refresh()


def _read(conn: Connection, instance: str) -> tuple[list[dict[str, Any]], ComfyProcessRow]:
    return queue_state.read_lanes(conn), comfy_process.read_process(conn, instance)


def _process(row: ComfyProcessRow, log: list[str]) -> ComfyProcess:
    return ComfyProcess(
        state=row.state, pid=row.pid, since=row.since, adopted=row.adopted, message=row.message, log=log
    )
