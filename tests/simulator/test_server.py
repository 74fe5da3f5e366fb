"""The simulator over a real socket: what a client meets beyond the recorded conversations."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import numpy as np
import pytest
import websockets
from PIL import Image

from tests.simulator.media import gradient
from tests.simulator.serving import history_of, invert, restyled, serving, submit, trivial, until, watching
from video_queue.simulator.settings import DIALECTS


@pytest.mark.parametrize("version", sorted(DIALECTS))
def test_says_that_it_is_simulated(tmp_path: Path, version: str) -> None:
    async def scene() -> None:
        async with serving(tmp_path, version=version) as (_, client):
            system = (await client.get("/system_stats")).json()["system"]
            assert system["simulated"] is True
            assert system["comfyui_version"] == version
            assert "simulated" in (await client.get("/")).text

    asyncio.run(scene())


def test_restyles_a_loaded_picture_and_is_the_same_every_time(tmp_path: Path) -> None:
    async def scene() -> list[np.ndarray]:
        pictures = []
        async with serving(tmp_path) as (simulator, client), watching(simulator) as watcher:
            for seed, prefix in ((1, "a"), (1, "b"), (2, "c")):
                prompt_id = await submit(client, restyled(seed, prefix=prefix))
                await watcher.end_of(prompt_id)
                [file] = (await history_of(client, prompt_id))["outputs"]["10"]["images"]
                data = (await client.get("/view", params=file)).content
                pictures.append(np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=float))
        return pictures

    first, again, other = asyncio.run(scene())
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    source = np.asarray(gradient(256, 192), dtype=float)
    alike = np.corrcoef(first.mean(axis=2).ravel(), source.mean(axis=2).ravel())[0, 1]
    assert alike > 0.9, "the source's shapes are still there"


def test_a_saved_picture_carries_its_prompt(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as (simulator, client), watching(simulator) as watcher:
            extra = {"extra_pnginfo": {"workflow": {"id": "wf-1"}}}
            await watcher.end_of(await submit(client, invert(), extra_data=extra))
        with Image.open(tmp_path / "output/vq/invert_00001_.png") as image:
            assert '"LoadImage"' in image.info["prompt"]
            assert image.info["workflow"] == '{"id": "wf-1"}'

    asyncio.run(scene())


@pytest.mark.parametrize(("version", "count"), [("0.33.0", 3), ("0.3.64", 0)])
def test_previews_by_extra_data_only_in_the_newer_version(tmp_path: Path, version: str, count: int) -> None:
    async def scene() -> None:
        async with (
            serving(tmp_path, version=version) as (simulator, client),
            watching(simulator, flags=True) as watcher,
        ):
            asked = {"preview_method": "latent2rgb"}
            await watcher.end_of(await submit(client, restyled(), extra_data=asked))
            previews = [f for f in watcher.frames if isinstance(f, bytes)]
            assert len(previews) == count
            assert all(p[:4] == b"\0\0\0\4" for p in previews)

    asyncio.run(scene())


def test_a_sampler_can_be_interrupted_between_steps(tmp_path: Path) -> None:
    async def scene() -> None:
        async with (
            serving(tmp_path, seconds_per_step=0.01) as (simulator, client),
            watching(simulator) as watcher,
        ):
            prompt_id = await submit(client, restyled(steps=5000))
            await watcher.until("progress", value=2)
            await client.post("/interrupt", json={"prompt_id": prompt_id})
            assert (await watcher.until("execution_interrupted"))["node_type"] == "KSampler"
            await watcher.end_of(prompt_id)
            assert (await history_of(client, prompt_id))["status"]["completed"] is False
            await watcher.end_of(await submit(client, trivial()))

    asyncio.run(scene())


def test_free_empties_the_cache_once_nothing_runs(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as (simulator, client), watching(simulator) as watcher:
            await watcher.end_of(await submit(client, invert()))
            assert (await client.post("/free")).status_code == 500
            await client.post("/free", json={"unload_models": True, "free_memory": True})
            await until(lambda: simulator.state.queue.idle and not simulator.state.cache._results)
            await submit(client, invert())
            assert (await watcher.until("execution_cached"))["nodes"] == []
            assert (await watcher.until("executed"))["output"]["images"][0]["filename"] == "invert_00002_.png"

    asyncio.run(scene())


def test_the_cache_keeps_only_what_the_last_prompt_used(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as (simulator, client), watching(simulator) as watcher:
            cached = []
            for prompt in (invert(), invert(), trivial(), invert()):
                prompt_id = await submit(client, prompt)
                cached.append((await watcher.until("execution_cached"))["nodes"])
                await watcher.end_of(prompt_id)
            assert cached == [[], ["1", "2", "3"], [], []]

    asyncio.run(scene())


def test_history_is_paged_deleted_and_cleared(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as (simulator, client), watching(simulator) as watcher:
            ids = [await submit(client, trivial(n)) for n in range(4)]
            await watcher.end_of(ids[-1])
            assert list((await client.get("/history?max_items=2")).json()) == ids[2:]
            assert list((await client.get("/history?max_items=2&offset=0")).json()) == ids[:2]
            assert (await client.get("/history?max_items=abc")).status_code == 500
            await client.post("/history", json={"delete": [ids[0], "unknown"]})
            assert list((await client.get("/history")).json()) == ids[1:]
            await client.post("/history", json={"clear": True})
            assert (await client.get("/api/history")).json() == {}

    asyncio.run(scene())


def test_a_foreign_origin_is_refused(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as (simulator, client):
            for origin, status in (
                ("http://evil.example", 403),
                (simulator.url, 200),
                ("http://127.0.0.1", 200),
            ):
                assert (await client.get("/prompt", headers={"Origin": origin})).status_code == status

    asyncio.run(scene())


def test_no_frame_is_lost_when_many_prompts_are_queued_at_once(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as (simulator, client), watching(simulator) as watcher:
            ids = [await submit(client, trivial(n)) for n in range(50)]
            await watcher.end_of(ids[-1])
            starts = [f["data"]["prompt_id"] for f in watcher.frames if f["type"] == "execution_start"]
            assert starts == ids
            ran = (await client.get("/simulator/executions")).json()
            assert [(r["prompt_id"], r["node_id"]) for r in ran] == [(i, n) for i in ids for n in ("1", "2")]

    asyncio.run(scene())


def test_stopping_cuts_sockets_as_a_dying_process_would(tmp_path: Path) -> None:
    async def scene() -> None:
        async with serving(tmp_path) as (simulator, _):
            url = simulator.url.replace("http", "ws") + "/ws"
            socket = await websockets.connect(url, proxy=None)
            await socket.recv()
        with pytest.raises(websockets.ConnectionClosedError):
            await socket.recv()
        assert socket.close_code == 1006

    asyncio.run(scene())
