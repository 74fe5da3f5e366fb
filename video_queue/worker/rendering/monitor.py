"""The one connection to ComfyUI of a worker: polled until it answers, and again whenever it breaks.

While ComfyUI is away the gpu lane waits; nothing fails and no attempt is used. Media work goes on.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from video_queue.comfy.client import (
    DEFAULT_URLS,
    Accepted,
    ComfyAnswerError,
    ComfyClient,
    ComfyGoneError,
    ComfySocket,
    Frame,
    Outgoing,
    connect_socket,
    find_comfy,
)
from video_queue.comfy.folders import ComfyFolders, find_folders
from video_queue.comfy.graph import Graph
from video_queue.comfy.input_folder import InputFolder
from video_queue.comfy.node_catalogue import ComfyCatalogue, Offer
from video_queue.comfy.node_packs import CUSTOM_NODES, read_packs
from video_queue.comfy.process import address_of
from video_queue.db import affinity, events, gpu_need, placement, queue_state
from video_queue.db.connection import Connection
from video_queue.db.queue_db import QueueDB
from video_queue.domain.events import EventType
from video_queue.domain.states import DEFAULT_INSTANCE, Lane, LaneState
from video_queue.services.clock import Clock
from video_queue.settings import Settings
from video_queue.worker.execution.reuse_key import Program

_POLL_SECONDS = 0.5
_CONNECTED, _DISCONNECTED = EventType.COMFY_CONNECTED, EventType.COMFY_DISCONNECTED
_LOG = logging.getLogger(__name__)


class Listener(Protocol):
    """What follows a prompt now."""

    def on_frame(self, frame: Frame) -> None:
        """A frame came."""

    def on_disconnect(self) -> None:
        """The connection broke; frames were missed, and those of this prompt will not come again."""


class ComfyMonitor:
    """Keeps the connection. All calls from the worker's loop."""

    def __init__(
        self,
        db: QueueDB,
        settings: Settings,
        clock: Clock,
        inputs: InputFolder,
        instance: str = DEFAULT_INSTANCE,
    ) -> None:
        self._db, self._clock, self._inputs = db, clock, inputs
        self._instances = settings.instance_names
        self.instance, self._comfy = instance, settings.comfy_of(instance)
        self.catalogue = ComfyCatalogue(settings.catalogue_dir(instance))
        self.client: ComfyClient | None = None
        self.folders = ComfyFolders(None, None)
        self.version = ""
        # As it was seen last, by this process or an earlier one.
        self.program = Program("", catalogue=self.catalogue)
        self.detail: dict[str, Any] = {}
        self.client_id = ""
        # How often a connection was made: when it grew, frames may have been missed.
        self.connections = 0
        # The one after which ComfyUI was ended here: what rendered then did not kill it.
        self.ended_connection = -1
        self.listeners: list[Listener] = []
        # Prompts being sent, by id: not there yet, and not gone either.
        self.sending: dict[str, asyncio.Future[Accepted]] = {}
        # Prompts being followed, by id, with the older client id they were sent with, if any.
        self.followed: dict[str, str] = {}
        self.polled = asyncio.Event()
        self._connected = asyncio.Event()
        self._older: asyncio.Task[None] | None = None
        self._older_id = ""
        self._published: bool | None = None

    @property
    def connected(self) -> bool:
        """Whether the socket is open."""
        return self._connected.is_set()

    @property
    def urls(self) -> str:
        """Where ComfyUI is polled, for error texts."""
        return address_of(self._comfy) or " and ".join(DEFAULT_URLS)

    async def offer(self) -> Offer:
        """What it has, as it said with the last connection."""
        return await asyncio.to_thread(self.catalogue.offer)

    async def until_connected(self, seconds: float) -> bool:
        """Wait for the connection, at most so long; whether it is there."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._connected.wait()
        return self.connected

    def outgoing(self, graph: Graph, remote_id: str, extra_data: dict[str, Any]) -> Outgoing:
        """A prompt to `send` over this connection.

        Raises:
            ComfyGoneError: there is none.
        """
        if self.client is None:
            raise ComfyGoneError(self.urls)
        return self.client.outgoing(
            graph, prompt_id=remote_id, client_id=self.client_id, extra_data=extra_data
        )

    def send(self, outgoing: Outgoing) -> asyncio.Future[Accepted]:
        """Send a prompt; the answer. When the caller is cancelled the sending goes on.

        A prompt must be there before it can be cancelled.

        Raises:
            ComfyGoneError: there is no connection.
        """
        if self.client is None:
            raise ComfyGoneError(self.urls)
        sending = self.sending[outgoing.prompt_id] = asyncio.ensure_future(self.client.submit(outgoing))

        def sent(_: asyncio.Future[Accepted]) -> None:
            del self.sending[outgoing.prompt_id]
            if not sending.cancelled():
                sending.exception()  # the queue shows whether it got there

        sending.add_done_callback(sent)
        return sending

    def listen_as(self, client_id: str) -> None:
        """Pass on the frames of what was sent with an older client id, too; until `listen_as` is called with none."""
        if client_id and client_id == self._older_id and self._older and not self._older.done():
            return
        before, self._older, self._older_id = self._older, None, client_id
        if before:
            before.cancel()
        if client_id:
            self._older = asyncio.create_task(self._listen_as(client_id, before))

    async def _listen_as(self, client_id: str, before: asyncio.Task[None] | None) -> None:
        if before:  # a socket that closes late deafens a newer one of the same client id
            await asyncio.wait([before])
        with suppress(ComfyGoneError):
            socket = await connect_socket(self.client.url if self.client else self.urls, client_id)
            try:
                async for frame in socket.frames():
                    self._pass_on(frame)
            finally:
                await socket.close()

    async def run(self) -> None:
        """Connect, listen, connect again; until cancelled."""
        if self.instance == DEFAULT_INSTANCE:
            version, folder = await self._db.read(gpu_need.last_comfy)
            self.program = Program(version, Path(folder) if folder else None, self.catalogue)
        try:
            while True:
                socket = await self._connect()
                if socket is None:
                    await self._publish_state(connected=False)
                    self.polled.set()
                    await asyncio.sleep(_POLL_SECONDS)
                    continue
                try:
                    self._connected.set()
                    await self._publish_state(connected=True)
                    self.polled.set()
                    async for frame in socket.frames():
                        self._pass_on(frame)
                finally:
                    self._connected.clear()
                    self.listen_as("")
                    for listener in self.listeners:
                        listener.on_disconnect()
                    await socket.close()
        finally:
            client, self.client = self.client, None
            if client:
                await client.close()

    def _pass_on(self, frame: Frame) -> None:
        for listener in self.listeners:
            pass_on(frame, listener)

    async def _connect(self) -> ComfySocket | None:
        try:
            if self.client is None or not await self._still_there(self.client):
                if self.client:
                    await self.client.close()
                self.client = await find_comfy(address_of(self._comfy))
            if self.client is None:
                return None
            return await self._open(self.client)
        except (ComfyGoneError, ComfyAnswerError):
            return None

    async def _open(self, client: ComfyClient) -> ComfySocket:
        socket = await connect_socket(client.url)
        try:
            await self._get_ready(client)
        except BaseException:
            await socket.close()
            raise
        self.client_id, self.connections = socket.client_id, self.connections + 1
        return socket

    async def _still_there(self, client: ComfyClient) -> bool:
        with suppress(ComfyGoneError, ComfyAnswerError):
            return "exec_info" in await client.exec_info()
        return False

    async def _get_ready(self, client: ComfyClient) -> None:
        """Read its folders and version, and what it offers."""
        self.folders = await find_folders(client, self._comfy, self._inputs.subfolder)
        self._inputs.attach(client, self.folders.input)
        queue = await client.queue()
        if not queue.running and not queue.pending:  # what waits there may need files of an earlier process
            await asyncio.to_thread(self._inputs.sweep, self._clock.now())
        stats = await _read_stats(client)
        system = stats.get("system")
        self.version = str(system.get("comfyui_version", "")) if isinstance(system, dict) else ""
        self.detail = _described(client.url, stats)
        folder = str(self.folders.input) if self.folders.input else None
        if self.instance == DEFAULT_INSTANCE:
            await self._db.transact(gpu_need.remember_comfy, self.version, folder)
        try:
            info, folders = await client.object_info(fresh=True), await client.folder_paths()
            before = await asyncio.to_thread(self.catalogue.load)
            await asyncio.to_thread(self.catalogue.store, info, folders)
            if before != info and len(self._instances) > 1:
                await self._db.transact(placement.forget_places, self._instances)
            await asyncio.to_thread(self._store_packs, folders)
        except (ComfyAnswerError, OSError) as error:  # it can render all the same
            _LOG.warning("what ComfyUI offers could not be kept: %s", error)
        self.program = Program(self.version, self.folders.input, self.catalogue)

    def _store_packs(self, folders: dict[str, list[str]]) -> None:
        """ComfyUI loads them once, at its start."""
        self.catalogue.store_packs(read_packs(folders.get(CUSTOM_NODES, ())))

    async def _publish_state(self, *, connected: bool) -> None:
        """Let the lane run or wait by what was seen now, and append an event where that changed."""
        if not connected and self._published is False:
            return
        changed, first = self._published is not connected, self._published is None
        url = self.client.url if self.client else self.urls
        detail = self.detail if connected else {"url": url}
        event = None if not changed else _CONNECTED if connected else None if first else _DISCONNECTED
        await self._db.transact(_write_state, self.instance, connected, detail, event, self._clock.iso())
        self._published = connected
        if changed:
            _LOG.info("ComfyUI %s at %s", "answers" if connected else "does not answer", url)


def pass_on(frame: Frame, listener: Listener) -> None:
    """Give a frame to a listener. Nothing that a custom node sends breaks the connection or a render."""
    try:
        listener.on_frame(frame)
    except Exception:  # noqa: BLE001 - whatever the listener makes of it, the next frame counts
        _LOG.exception("a frame of ComfyUI was left out")


async def _read_stats(client: ComfyClient) -> dict[str, Any]:
    """Versions and devices; empty where it does not tell: it can render all the same."""
    try:
        return await client.system_stats()
    except ComfyAnswerError as error:
        _LOG.warning("ComfyUI does not say what it is: %s", error)
        return {}


def _described(url: str, stats: dict[str, Any]) -> dict[str, Any]:
    """What is shown of a ComfyUI: where, which version, on what device, and whether it is simulated."""
    system, devices = stats.get("system"), stats.get("devices")
    known = system if isinstance(system, dict) else {}
    first = devices[0] if isinstance(devices, list) and devices and isinstance(devices[0], dict) else {}
    return {
        "url": url,
        "version": str(known.get("comfyui_version", "")),
        "simulated": bool(known.get("simulated", False)),
        "device": str(first.get("name", "")),
        "vram_total": first.get("vram_total"),
    }


def _write_state(
    conn: Connection,
    instance: str,
    connected: bool,
    detail: dict[str, Any],
    event: EventType | None,
    now: str,
) -> None:
    queue_state.set_lane_detail(conn, Lane.GPU, {"connected": connected, **detail}, instance)
    if connected:
        queue_state.end_comfy_wait(conn, now, "comfy_unreachable", instance=instance)
    else:
        queue_state.set_lane(conn, Lane.GPU, LaneState.WAITING, "comfy_unreachable", now, instance)
        affinity.forget_loaded(conn, instance)
    if event:
        which: dict[str, Any] = {} if instance == DEFAULT_INSTANCE else {"instance": instance}
        events.append_event(conn, event, now, **detail, **which)
