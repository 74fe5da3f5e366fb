"""Events over socket and server-sent events: hello, replay, live, nothing lost or doubled, resets, an end."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

import video_queue
from tests.api.running import RunningApi, running_api
from video_queue.api.streams import Streams, _next
from video_queue.db.events import append_event, prune_events
from video_queue.domain.events import Event
from video_queue.services.event_feed import EventFeed, Preview, Subscription


def append_events(api: RunningApi, count: int = 1) -> None:
    """Commit events."""

    def write(conn: Any) -> None:
        for number in range(count):
            append_event(conn, "notification", "2030-01-01T00:00:00.000Z", number=number)

    api.transact(write)


def receive(socket: ClientConnection) -> dict[str, Any]:
    """The next text frame."""
    event: dict[str, Any] = json.loads(socket.recv(20))
    return event


def ids_until(socket: ClientConnection, last: int) -> list[int]:
    """The ids of all events up to `last`."""
    seen: list[int] = []
    while not seen or seen[-1] < last:
        event = receive(socket)
        if event["id"] is not None:
            seen.append(event["id"])
    return seen


def test_hello_then_live(api: RunningApi) -> None:
    append_events(api, 3)
    with connect(api.socket_url) as socket:
        hello = receive(socket)
        assert (hello["id"], hello["type"]) == (None, "hello")
        assert hello["data"] == {"last_id": 3, "version": video_queue.__version__}
        append_events(api)
        event = receive(socket)
        assert (event["id"], event["type"], event["data"]) == (4, "notification", {"number": 0})
        assert set(event) == {"id", "type", "at", "job_id", "prompt_id", "data"}


@pytest.mark.parametrize("after", [0, 1, 1200, 2499, 2500])
def test_replay_then_live_without_gap_or_double(api: RunningApi, after: int) -> None:
    """Events are committed all the while that a reader connects, replays and goes live."""
    append_events(api, 2500)

    def talk() -> None:
        for _ in range(100):
            append_events(api, 7)

    talker = threading.Thread(target=talk)
    talker.start()
    with connect(f"{api.socket_url}?after={after}") as socket:
        assert receive(socket)["type"] == "hello"
        assert ids_until(socket, 3200) == list(range(after + 1, 3201))
    talker.join()


def test_many_readers_see_the_same(api: RunningApi) -> None:
    with ExitStack() as readers:
        sockets = [readers.enter_context(connect(f"{api.socket_url}?after=0")) for _ in range(50)]
        for socket in sockets:
            assert receive(socket)["type"] == "hello"
        append_events(api, 20)
        for socket in sockets:
            assert ids_until(socket, 20) == list(range(1, 21))


def test_a_reader_that_fell_behind_misses_nothing(api: RunningApi) -> None:
    """The feed drops what a slow reader does not take; the table has it."""

    async def follow() -> list[int]:
        stream = Streams(api.services.db, api.services.feed, api.services.clock).follow(0)
        assert (await anext(stream)) is not None
        for _ in range(4):
            await api.services.db.transact(_append_many, 8000)
        await asyncio.sleep(0)
        return [
            item.id
            async for item in _first(stream, 32_000)
            if isinstance(item, Event) and item.id is not None
        ]

    assert api.call(follow()) == list(range(1, 32_001))


def _append_many(conn: Any, count: int) -> None:
    for _ in range(count):
        append_event(conn, "notification", "2030-01-01T00:00:00.000Z")


async def _first(stream: AsyncIterator[Any], count: int) -> AsyncIterator[Any]:
    async for piece in stream:
        yield piece
        count -= 1
        if not count:
            return


def test_an_id_that_is_no_longer_kept_is_reset(api: RunningApi) -> None:
    append_events(api, 100)
    api.transact(prune_events, 10)
    for after in (0, 50, 89, 101, 2**62):
        with connect(f"{api.socket_url}?after={after}") as socket:
            assert receive(socket)["type"] == "hello"
            reset = receive(socket)
            assert (reset["type"], reset["id"], reset["data"]["last_id"]) == ("reset", None, 100)
    for after in (90, 95, 100):
        with connect(f"{api.socket_url}?after={after}") as socket:
            assert receive(socket)["type"] == "hello"
            append_events(api)
            assert receive(socket)["id"] == after + 1
            api.transact(lambda conn: conn.execute("DELETE FROM event WHERE id > 100"))
            api.transact(
                lambda conn: conn.execute("UPDATE sqlite_sequence SET seq = 100 WHERE name = 'event'")
            )


def test_transient_events_and_previews(api: RunningApi) -> None:
    picture = bytes(range(256))
    progress = Event(
        type="prompt.progress", at="2030-01-01T00:00:00.000Z", prompt_id=5, data={"progress": 0.5}
    )
    with connect(api.socket_url) as socket:
        receive(socket)
        api.services.feed.announce((progress, Preview(prompt_id=5, mime="image/webp", data=picture)))
        event = receive(socket)
        assert (event["id"], event["type"], event["prompt_id"]) == (None, "prompt.progress", 5)
        frame = socket.recv(20)
        assert isinstance(frame, bytes)
        length = int.from_bytes(frame[:4], "big")
        assert json.loads(frame[4 : 4 + length]) == {"prompt_id": 5, "mime": "image/webp"}
        assert frame[4 + length :] == picture


def test_what_a_client_sends_is_not_read(api: RunningApi) -> None:
    with connect(api.socket_url) as socket:
        receive(socket)
        socket.send("x" * 1000)
        socket.send(b"\0" * 1000)
        append_events(api)
        assert receive(socket)["type"] == "notification"
    with connect(api.socket_url) as socket:
        receive(socket)
        socket.send("x" * 200_000)
        with pytest.raises(ConnectionClosed):
            socket.recv(20)


@pytest.mark.parametrize("after", ["x", "-1", "1.5", str(2**63), "1e3"])
def test_a_broken_after_is_refused(shared_api: RunningApi, shared_client: httpx.Client, after: str) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(f"{shared_api.socket_url}?after={after}"):
        pass
    assert refused.value.response.status_code == 422
    assert json.loads(refused.value.response.body or b"")["error"]["code"] == "validation"
    answer = shared_client.get("/api/events", params={"after": after})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation")


def test_readers_that_leave_are_forgotten(api: RunningApi) -> None:
    for _ in range(5):
        with connect(api.socket_url) as socket:
            receive(socket)
        with api.client() as client, client.stream("GET", "/api/events") as stream:
            next(stream.iter_lines())

    async def all_gone() -> None:
        async with asyncio.timeout(20):
            while api.services.feed._subscriptions:
                progress = Event(type="prompt.progress", at="")
                api.services.feed.announce((progress,))
                await asyncio.sleep(0.01)

    api.call(all_gone())


def test_a_reader_ends_that_is_cancelled_at_the_moment_of_an_event() -> None:
    async def read(subscription: Subscription) -> None:
        while True:
            await _next(subscription, 60)

    async def main() -> None:
        subscription = EventFeed().subscribe()
        task = asyncio.create_task(read(subscription))
        for _ in range(3):
            await asyncio.sleep(0)
        subscription._put((Event(type="prompt.progress", at=""),))
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=5)
        assert done

    asyncio.run(main())


def messages(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    """Server-sent events as field by name; comments are left out."""
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield fields
            fields = {}


def test_server_sent_events(api: RunningApi) -> None:
    append_events(api, 5)
    with api.client() as client, client.stream("GET", "/api/events", params={"after": 3}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        received = messages(stream.iter_lines())
        hello = next(received)
        assert (hello["event"], "id" in hello) == ("hello", False)
        assert [next(received)["id"] for _ in range(2)] == ["4", "5"]
        append_events(api)
        live = next(received)
        assert (live["id"], live["event"]) == ("6", "notification")
        assert json.loads(live["data"])["id"] == 6


def test_a_browser_resumes_by_its_last_event_id(api: RunningApi) -> None:
    append_events(api, 5)
    with (
        api.client(**{"Last-Event-ID": "4"}) as client,
        client.stream("GET", "/api/events?after=1") as stream,
    ):
        received = messages(stream.iter_lines())
        assert [next(received)["event"], next(received)["id"]] == ["hello", "5"]


def test_open_streams_do_not_keep_the_server(tmp_path: Path) -> None:
    with ExitStack() as clients:
        with running_api(tmp_path / "home") as api:
            socket = clients.enter_context(connect(api.socket_url))
            receive(socket)
            client = clients.enter_context(api.client())
            stream = clients.enter_context(client.stream("GET", "/api/events"))
            next(stream.iter_lines())
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(20)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code in (1001, 1012)


def test_a_job_is_announced(api: RunningApi, client: httpx.Client) -> None:
    with connect(api.socket_url) as socket:
        receive(socket)
        job = client.post("/api/jobs", json={"workflow": "draw"}).json()
        event = receive(socket)
        assert (event["type"], event["job_id"]) == ("job.created", job["id"])
