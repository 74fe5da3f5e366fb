"""Every fault does what its line in the table says."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets

from tests.simulator.serving import history_of, invert, restyled, serving, submit, trivial, until, watching
from video_queue.simulator.faults import Faults, UnknownFaultError, parse_fault


async def _set(client: httpx.AsyncClient, **faults: Any) -> None:
    assert (await client.post("/simulator/faults", json=faults)).status_code == 200


def test_counted_and_lasting_faults() -> None:
    faults = Faults({"reject": 2, "garbage": True})
    assert [faults.use("reject") for _ in range(3)] == [True, True, False]
    assert [faults.use("garbage") for _ in range(3)] == [True] * 3
    faults.set("garbage", False)
    assert not faults.use("garbage")
    with pytest.raises(UnknownFaultError):
        faults.set("nonsense", True)


def test_a_count_down_strikes_once_at_its_end() -> None:
    faults = Faults({"die_in_prompt": 3})
    assert [faults.count_down("die_in_prompt") for _ in range(5)] == [False, False, True, False, False]


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("zombie", ("zombie", True)),
        ("slow=0.5", ("slow", 0.5)),
        ("node_error=KSampler", ("node_error", "KSampler")),
        ("reject=2", ("reject", 2)),
    ],
)
def test_parse_fault(text: str, parsed: tuple[str, Any]) -> None:
    assert parse_fault(text) == parsed


def test_an_unknown_fault_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as (_, client):
            answer = await client.post("/simulator/faults", json={"nonsense": 1})
            assert answer.status_code == 400
            assert "zombie" in answer.json()["known"]

    asyncio.run(scene())


def test_reject_refuses_and_garbage_queues_all_the_same(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as (simulator, client), watching(simulator) as watcher:
            await _set(client, reject=1)
            body = {"prompt": trivial(), "client_id": "A"}
            assert (await client.post("/prompt", json=body)).status_code == 400
            await _set(client, garbage=1)
            answer = await client.post("/prompt", json=body)
            assert (answer.status_code, answer.headers["content-type"][:10]) == (500, "text/plain")
            done = await watcher.until("execution_success")
            assert (await client.get("/simulator/executions")).json()[-1]["prompt_id"] == done["prompt_id"]

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"node_error": "KSampler"}, "RuntimeError"),
        ({"oom": True}, "torch.OutOfMemoryError"),
        ({"oom_above": 1000}, "torch.OutOfMemoryError"),
    ],
)
def test_a_node_fails(tmp_path: Path, fault: dict[str, Any], kind: str) -> None:
    async def scene() -> None:
        async with serving(tmp_path, faults=fault) as (simulator, client), watching(simulator) as watcher:
            prompt_id = await submit(client, restyled())
            error = await watcher.until("execution_error")
            assert (error["exception_type"], error["node_type"]) == (kind, "KSampler")
            await watcher.end_of(prompt_id)
            assert (await history_of(client, prompt_id))["status"]["status_str"] == "error"

    asyncio.run(scene())


def test_empty_outputs(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            serving(tmp_path, faults={"empty_outputs": True}) as (simulator, client),
            watching(simulator) as watcher,
        ):
            prompt_id = await submit(client, invert())
            await watcher.end_of(prompt_id)
            assert (await history_of(client, prompt_id))["outputs"] == {"3": {"images": []}}
            assert not list((tmp_path / "output").rglob("*.png"))

    asyncio.run(scene())


def test_a_fault_about_a_graph_leaves_the_others_alone(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as (simulator, client), watching(simulator) as watcher:
            about = {"value": True, "graph": "second", "posts": 1}
            await _set(client, interrupted=about)
            ended = []
            for prefix in ("first", "second", "second"):
                graph = invert()
                graph["3"]["inputs"]["filename_prefix"] = prefix
                prompt_id = await submit(client, graph)
                await watcher.end_of(prompt_id)
                ended.append((await history_of(client, prompt_id))["status"]["status_str"])
            assert ended == ["success", "error", "success"]

    asyncio.run(scene())


def test_a_zombie_accepts_and_starts_nothing_until_it_is_cured(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            serving(tmp_path, faults={"zombie": True}) as (simulator, client),
            watching(simulator) as watcher,
        ):
            prompt_id = await submit(client, trivial())
            queue = (await client.get("/queue")).json()
            assert (queue["queue_running"], queue["queue_pending"][0][1]) == ([], prompt_id)
            await _set(client, zombie=False)
            await watcher.end_of(prompt_id)

    asyncio.run(scene())


def test_forget_loses_running_queued_and_finished_prompts_without_a_frame(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            serving(tmp_path, faults={"hold_nodes": True}) as (simulator, client),
            watching(simulator) as watcher,
        ):
            lost = [await submit(client, trivial(n)) for n in range(3)]
            await watcher.until("executing", node="1")
            await _set(client, forget=True)
            await _set(client, hold_nodes=False)
            await until(lambda: not simulator.state.queue.remaining())
            assert (await client.get("/history")).json() == {}
            await watcher.end_of(await submit(client, trivial(9)))
            ended = [f["data"]["prompt_id"] for f in watcher.frames if f["type"] == "execution_success"]
            assert not set(ended) & set(lost)

    asyncio.run(scene())


def test_socket_silent_sends_nothing(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path, faults={"socket_silent": True}) as (simulator, client):
            url = simulator.url.replace("http", "ws") + "/ws?clientId=A"
            async with websockets.connect(url, proxy=None) as socket:
                prompt_id = await submit(client, trivial())
                await until(lambda: simulator.state.history.get(prompt_id))
                await (await socket.ping())
                await _set(client, socket_silent=False)
                await submit(client, trivial(1))
                assert '"queue_remaining": 1' in str(await socket.recv())

    asyncio.run(scene())


def test_down_cuts_and_refuses_and_comes_back_on_the_same_port(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as (simulator, client), watching(simulator) as watcher:
            await _set(client, down=0.3)
            with pytest.raises(websockets.ConnectionClosedError):
                await watcher.until("never")
            async with httpx.AsyncClient(base_url=simulator.url, trust_env=False) as other:
                with pytest.raises(httpx.TransportError):
                    await other.get("/prompt")
                while True:
                    try:
                        answer = await other.get("/prompt")
                        break
                    except httpx.TransportError:
                        await asyncio.sleep(0.01)
                assert answer.status_code == 200

    asyncio.run(scene())


def test_drop_sockets_leaves_http_alone(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as (simulator, client), watching(simulator) as watcher:
            await _set(client, drop_sockets=True)
            with pytest.raises(websockets.ConnectionClosedError):
                await watcher.until("never")
            assert watcher.socket.close_code == 1006
            assert (await client.get("/prompt")).status_code == 200

    asyncio.run(scene())


def test_hold_nodes_lets_nodes_pass_one_by_one(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            serving(tmp_path, faults={"hold_nodes": True}) as (simulator, client),
            watching(simulator) as watcher,
        ):
            prompt_id = await submit(client, invert())
            for node_id in ("1", "2", "3"):
                await watcher.until("executing", node=node_id)
                assert (await client.get("/simulator/state")).json()["running"] == prompt_id
                await client.post("/simulator/step")
            await watcher.end_of(prompt_id)

    asyncio.run(scene())


def test_late_history(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            serving(tmp_path, faults={"late_history": 0.2}) as (simulator, client),
            watching(simulator) as watcher,
        ):
            prompt_id = await submit(client, trivial())
            await watcher.until("execution_success")
            assert (await client.get(f"/history/{prompt_id}")).json() == {}
            await watcher.end_of(prompt_id)
            assert (await history_of(client, prompt_id))["status"]["completed"] is True

    asyncio.run(scene())


def test_death_in_a_prompt_looks_like_a_dead_process(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            serving(tmp_path, faults={"die_in_prompt": 2}) as (simulator, client),
            watching(simulator) as watcher,
        ):
            await watcher.end_of(await submit(client, trivial()))
            await submit(client, invert())
            with pytest.raises(websockets.ConnectionClosedError):
                await watcher.until("execution_success")

    asyncio.run(scene())
