"""The client against the stand-in over real sockets, in both versions' manners."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from video_queue.comfy.client import (
    ComfyAnswerError,
    ComfyClient,
    ComfyGoneError,
    ComfyRefusalError,
    ComfySocket,
    NodeTextFrame,
    PreviewFrame,
    TextFrame,
    connect_socket,
    find_comfy,
    parse_frame,
)
from video_queue.simulator import ComfySimulator, SimulatorSettings

VERSIONS = pytest.mark.parametrize("version", ["0.33.0", "0.3.64"])
SIZE = {"width": 16, "height": 16, "batch_size": 1, "color": 7}
TRIVIAL = {
    "1": {"class_type": "EmptyImage", "inputs": SIZE},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "vq/t"}},
}


@asynccontextmanager
async def talking(base: Path, version: str) -> AsyncIterator[tuple[ComfySimulator, ComfyClient, ComfySocket]]:
    simulator = ComfySimulator(SimulatorSettings(base, version=version))
    url = await simulator.start()
    client = ComfyClient(url)
    try:
        socket = await connect_socket(url)
        yield simulator, client, socket
        await socket.close()
    finally:
        await client.close()
        await simulator.stop()


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await work()

    asyncio.run(bounded())


async def end_of(socket: ComfySocket, prompt_id: str) -> list[TextFrame]:
    """The prompt's frames up to its last."""
    frames = []
    async for frame in socket.frames():
        if isinstance(frame, TextFrame) and frame.prompt_id == prompt_id:
            frames.append(frame)
            if frame.type == "executing" and frame.data["node"] is None:
                return frames
    raise AssertionError("the socket closed")


async def sent(client: ComfyClient, socket: ComfySocket, graph: dict[str, Any] = TRIVIAL) -> str:
    prompt_id = str(uuid.uuid4())
    await client.submit(
        client.outgoing(graph, prompt_id=prompt_id, client_id=socket.client_id, extra_data={"mine": 1})
    )
    return prompt_id


@VERSIONS
def test_a_prompt_from_submit_to_file(tmp_path: Path, version: str) -> None:
    async def work() -> None:
        async with talking(tmp_path / "comfy", version) as (_, client, socket):
            prompt_id = await sent(client, socket)
            frames = await end_of(socket, prompt_id)
            assert frames[0].type == "execution_start"
            entry = await client.history(prompt_id)
            assert entry is not None
            assert entry.success
            [image] = entry.outputs["2"]["images"]
            target = tmp_path / "got.png"
            place = {"filename": image["filename"], "subfolder": image["subfolder"], "type_": image["type"]}
            await client.view(**place, target=target)
            assert target.read_bytes()[:4] == b"\x89PNG"
            with pytest.raises(FileNotFoundError):
                await client.view(filename="none.png", subfolder="", type_="output", target=target)
            assert (await client.queue()).holds(prompt_id) is False
            assert await client.history(str(uuid.uuid4())) is None

    run(work)


@VERSIONS
def test_cancel_touches_only_its_own(tmp_path: Path, version: str) -> None:
    async def work() -> None:
        async with talking(tmp_path / "comfy", version) as (simulator, client, socket):
            simulator.set_fault("hold_nodes", True)
            running, waiting, other = [await sent(client, socket) for _ in range(3)]
            while not (await client.queue()).runs(running):  # noqa: ASYNC110 -- ComfyUI sets no event here
                await asyncio.sleep(0.005)
            await client.cancel(waiting)
            assert [item.prompt_id for item in (await client.queue()).pending] == [other]
            await client.cancel(str(uuid.uuid4()))
            await client.cancel(running)
            simulator.set_fault("hold_nodes", False)
            frames = await end_of(socket, running)
            assert "execution_interrupted" in [frame.type for frame in frames]
            assert "execution_success" in [frame.type for frame in await end_of(socket, other)]
            entry = await client.history(running)
            assert entry is not None
            assert (entry.success, entry.message("execution_interrupted") is None) == (False, False)

    run(work)


@VERSIONS
def test_refusals_and_answers_that_cannot_be_read(tmp_path: Path, version: str) -> None:
    async def work() -> None:
        async with talking(tmp_path / "comfy", version) as (simulator, client, socket):
            negative = {**TRIVIAL, "1": {"class_type": "EmptyImage", "inputs": {**SIZE, "width": -5}}}
            with pytest.raises(ComfyRefusalError) as refused:
                await sent(client, socket, negative)
            assert list(refused.value.node_errors) == ["1"]
            simulator.set_fault("garbage", 1)
            with pytest.raises(ComfyAnswerError, match="500"):
                await sent(client, socket)

    run(work)


@VERSIONS
def test_facts_and_uploads(tmp_path: Path, version: str) -> None:
    async def work() -> None:
        async with talking(tmp_path / "comfy", version) as (simulator, client, _):
            assert "LoadImage" in await client.object_info()
            assert await client.object_info() is await client.object_info()
            assert await client.models("loras")
            assert await client.models("no-such-folder") == []
            assert (await client.system_stats())["system"]["comfyui_version"] == version
            assert await client.upload_limit() > 2**20
            assert "checkpoints" in await client.folder_paths()
            await client.free()
            (tmp_path / "a.bin").write_bytes(b"one")
            assert await client.upload(tmp_path / "a.bin", name="x.bin", subfolder="vq/me") == "vq/me/x.bin"
            (tmp_path / "a.bin").write_bytes(b"two")
            assert await client.upload(tmp_path / "a.bin", name="x.bin", subfolder="vq/me") == "vq/me/x.bin"
            assert (simulator.state.folders.base / "input/vq/me/x.bin").read_bytes() == b"two"

    run(work)


def test_only_a_comfyui_is_found(tmp_path: Path) -> None:
    async def work() -> None:
        async def other_program(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(other_program, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        assert await find_comfy(f"http://127.0.0.1:{port}") is None
        server.close()
        await server.wait_closed()
        assert await find_comfy(f"http://127.0.0.1:{port}") is None
        with pytest.raises(ComfyGoneError):
            await connect_socket(f"http://127.0.0.1:{port}")
        async with talking(tmp_path / "comfy", "0.33.0") as (simulator, _, __):
            client = await find_comfy(simulator.url)
            assert client is not None
            await client.close()

    run(work)


def test_every_connection_has_a_client_id_of_its_own(tmp_path: Path) -> None:
    async def work() -> None:
        async with talking(tmp_path / "comfy", "0.33.0") as (simulator, _, socket):
            second = await connect_socket(simulator.url)
            assert socket.client_id != second.client_id
            simulator.set_fault("drop_sockets", True)
            assert [frame async for frame in second.frames() if not isinstance(frame, TextFrame)] == []

    run(work)


def test_binary_frames() -> None:
    about = json.dumps({"node_id": "3", "prompt_id": "p", "image_type": "image/png"}).encode()
    word = (4).to_bytes(4, "big")
    assert parse_frame(b"\0\0\0\1\0\0\0\1jpeg") == PreviewFrame("image/jpeg", b"jpeg")
    assert parse_frame(b"\0\0\0\1\0\0\0\2png") == PreviewFrame("image/png", b"png")
    assert parse_frame(b"\0\0\0\3\0\0\0\2" + b"10hello") == NodeTextFrame("10", "hello")
    described = word + len(about).to_bytes(4, "big") + about + b"png"
    assert parse_frame(described) == PreviewFrame("image/png", b"png", "p", "3")


@pytest.mark.parametrize(
    "message",
    ["", "no json", "[]", '{"type": 3}', b"", b"\0\0", b"\0\0\0\1\0\0\0\7x",
     b"\0\0\0\4\0\0\1\0{}", b"\0\0\0\4\0\0\0\2[]", b"\0\0\0\x63abcd"],
)  # fmt: skip
def test_frames_that_cannot_be_read_are_passed_over(message: str | bytes) -> None:
    assert parse_frame(message) is None
