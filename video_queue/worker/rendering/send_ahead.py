"""The next render is sent in the moment in which ComfyUI ends one, before the end is on record.

Between two renders lies then neither a commit nor a claim. The id was put on record before (`render_ahead`), so that
nothing which ComfyUI got is forgotten: the claim that follows begins under it, or it is unwanted like any other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from video_queue.comfy.client import Accepted, Frame, Outgoing, PreviewFrame, TextFrame
from video_queue.db import renders
from video_queue.db.claims import Claim, Upcoming
from video_queue.db.queue_db import QueueDB
from video_queue.worker.rendering.fetching import Fetches
from video_queue.worker.rendering.monitor import ComfyMonitor
from video_queue.worker.rendering.outgoing import graph_to_send, new_remote_id, with_our_data
from video_queue.worker.rendering.preparation import Key, Preparations, Prepared

# Ids put on record at a time, so that this costs next to nothing for each render.
_RESERVED = 16


# Claims remembered: more than several instances make between two reads of what is next.
_CLAIMS = 64


@dataclass(slots=True)
class TakenPrompts:
    """What each instance was sent ahead of its claim, and what it claimed: the others are not sent it.

    While one claims, it is not known what it gets: until then the others are sent nothing ahead.
    """

    by_instance: dict[str, int] = field(default_factory=dict)
    claimed: deque[tuple[str, Upcoming]] = field(default_factory=lambda: deque(maxlen=_CLAIMS))
    claiming: set[str] = field(default_factory=set)

    def by_others(self, instance: str) -> frozenset[int]:
        """What the other instances were sent."""
        return frozenset(prompt for name, prompt in self.by_instance.items() if name != instance)

    def next_for(self, instance: str, upcoming: Sequence[Upcoming]) -> Upcoming | None:
        """The first of what comes next that no other has, nor may be claiming just now."""
        if self.claiming - {instance}:
            return None
        sent, claimed = self.by_others(instance), {item for name, item in self.claimed if name != instance}
        return next((item for item in upcoming if item.id not in sent and item not in claimed), None)


@dataclass(slots=True)
class SentAhead:
    """A prompt that ComfyUI got ahead of its claim: the answer, and the frames that came for it meanwhile."""

    key: Key
    remote_id: str
    answer: asyncio.Future[Accepted]
    connections: int
    frames: list[Frame] = field(default_factory=list)
    disconnected: bool = False
    is_claimed: bool = False

    def on_frame(self, frame: Frame) -> None:
        """A frame came, of whatever prompt."""
        if isinstance(frame, TextFrame | PreviewFrame) and frame.prompt_id == self.remote_id:
            self.frames.append(frame)

    def on_disconnect(self) -> None:
        """The connection broke: frames were missed."""
        self.disconnected = True


class SendAhead:
    """Sends at most one prompt ahead. All calls from the worker's loop."""

    def __init__(
        self,
        db: QueueDB,
        monitor: ComfyMonitor,
        preparations: Preparations,
        fetches: Fetches,
        taken: TakenPrompts,
    ) -> None:
        self._db, self._monitor, self._preparations, self._fetches = db, monitor, preparations, fetches
        self._taken = taken
        self._ids: list[str] = []
        self._upcoming: Sequence[Upcoming] = ()
        self._outgoing: tuple[tuple[Key, int, str], Outgoing] | None = None
        self._ended = False
        self.sent: SentAhead | None = None

    async def reserve(self) -> None:
        """Put ids on record to send under, where few are left."""
        if not self._ids and not self._ended:
            ids = [new_remote_id() for _ in range(_RESERVED)]
            await self._db.transact(renders.reserve_ids, ids, self._monitor.instance)
            self._ids = ids

    def on_upcoming(self, upcoming: Sequence[Upcoming]) -> None:
        """What the gpu lane will claim next, as far as is known; nothing while it is to claim nothing."""
        self._upcoming = upcoming
        if prepared := self._next():
            self._request(prepared)

    @property
    def is_ready(self) -> bool:
        """Whether `send_next` would send something now."""
        has_room = self._fetches.has_room and self._monitor.connected
        return has_room and self.sent is None and self._next() is not None

    def send_next(self) -> None:
        """ComfyUI has ended the last render of a phase well: send what is prepared as the next."""
        prepared = self._next()
        if prepared is None or not self.is_ready:
            return
        outgoing = self._request(prepared)
        remote_id = self._ids.pop(0)
        answer = self._monitor.send(outgoing)
        self.sent = SentAhead(prepared.key, remote_id, answer, self._monitor.connections)
        self._taken.by_instance[self._monitor.instance] = prepared.claim.prompt_id
        self._monitor.listeners.append(self.sent)
        self._monitor.followed[remote_id] = ""

    def _next(self) -> Prepared | None:
        """What will be claimed next, where it stands ready to be sent under an id that is on record."""
        upcoming = self._taken.next_for(self._monitor.instance, self._upcoming)
        if upcoming is None or not self._ids or self._ended:
            return None
        sendable = self._preparations.sendable()
        return next((item for key, item in sendable.items() if key[:3] == upcoming), None)

    def _request(self, prepared: Prepared) -> Outgoing:
        """It as ComfyUI gets it under the next id; made once."""
        remote_id, unit = self._ids[0], prepared.unit
        made_for = (prepared.key, self._monitor.connections, remote_id)
        if self._outgoing and self._outgoing[0] == made_for:
            return self._outgoing[1]
        assert unit is not None
        place = (prepared.claim, prepared.phase.name, unit.item)
        graph = graph_to_send(unit.graph, *place, remote_id)
        outgoing = self._monitor.outgoing(graph, remote_id, with_our_data(*place))
        self._outgoing = (made_for, outgoing)
        return outgoing

    def take(self, remote_id: str) -> SentAhead | None:
        """What was sent under this id; from now on the caller hears its frames."""
        sent = self.sent
        if sent is None or sent.remote_id != remote_id:
            return None
        self._let_go()
        return sent

    def on_claiming(self) -> None:
        """The gpu lane claims: `on_claim` follows."""
        self._taken.claiming.add(self._monitor.instance)

    async def on_claim(self, claim: Claim | None) -> None:
        """What the gpu lane claimed: what was sent for another claim is unwanted."""
        sent = self.sent
        self._taken.claiming.discard(self._monitor.instance)
        if claim:
            upcoming = Upcoming(claim.prompt_id, claim.attempt, claim.phase_seq)
            self._taken.claimed.append((self._monitor.instance, upcoming))
        if sent is None:
            return
        self._taken.by_instance.pop(self._monitor.instance, None)
        if claim and claim.begun and claim.begun.remote_id == sent.remote_id:
            sent.is_claimed = True
            return
        self._let_go()
        self._monitor.followed.pop(sent.remote_id, None)
        if not sent.is_claimed:  # else its own row says what becomes of it
            await self._db.transact(renders.disown_ids, [sent.remote_id])

    async def end(self) -> None:
        """The worker ends: nothing more is sent, and what nobody claimed is unwanted."""
        self._ended = True
        await self.on_claim(None)
        ids, self._ids = self._ids, []
        await self._db.transact(renders.drop_ids, ids)

    def _let_go(self) -> None:
        if self.sent:
            self._monitor.listeners.remove(self.sent)
            self.sent = None
