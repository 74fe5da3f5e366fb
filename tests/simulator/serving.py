"""A simulator in this event loop, a client for it, and prompts to send: what the socket tests share."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import websockets

from tests.simulator.media import fill_inputs
from video_queue.simulator import ComfySimulator, SimulatorSettings

Prompt = dict[str, Any]


@contextlib.asynccontextmanager
async def serving(base: Path, **settings: Any) -> AsyncIterator[tuple[ComfySimulator, httpx.AsyncClient]]:
    """A running simulator with the usual input files, and an HTTP client of it."""
    fill_inputs(base / "input")
    simulator = ComfySimulator(SimulatorSettings(base, **settings))
    url = await simulator.start()
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as client:
            yield simulator, client
    finally:
        await simulator.stop()


@dataclass
class Watcher:
    """A websocket and the texts that came over it."""

    socket: websockets.ClientConnection
    frames: list[Any] = field(default_factory=list)

    async def next(self) -> Any:
        async with asyncio.timeout(20):
            message = await self.socket.recv()
        frame = message if isinstance(message, bytes) else json.loads(message)
        self.frames.append(frame)
        return frame

    async def until(self, kind: str, **data: Any) -> Any:
        """Read on to the first frame of this type with these values; returns its data."""
        while True:
            frame = await self.next()
            if isinstance(frame, bytes) or frame["type"] != kind:
                continue
            if all(frame["data"].get(name) == value for name, value in data.items()):
                return frame["data"]

    async def end_of(self, prompt_id: str) -> None:
        await self.until("executing", node=None, prompt_id=prompt_id)

    def kinds(self) -> list[str]:
        return [f["type"] for f in self.frames if not isinstance(f, bytes)]


@contextlib.asynccontextmanager
async def watching(
    simulator: ComfySimulator, client_id: str = "A", flags: bool = False
) -> AsyncIterator[Watcher]:
    """A websocket under a client id that has got its first status (and feature_flags)."""
    url = simulator.url.replace("http", "ws") + f"/ws?clientId={client_id}"
    async with websockets.connect(url, proxy=None, max_size=None) as socket:
        watcher = Watcher(socket)
        await watcher.until("status")
        if flags:
            data = {"supports_preview_metadata": True}
            await socket.send(json.dumps({"type": "feature_flags", "data": data}))
            await watcher.until("feature_flags")
        yield watcher


async def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds that the worker thread brings about."""
    while not condition():  # noqa: ASYNC110 -- a thread sets no asyncio event
        await asyncio.sleep(0.001)


async def submit(client: httpx.AsyncClient, prompt: Prompt, **more: Any) -> str:
    """POST a prompt as client A; returns its id."""
    answer = await client.post("/prompt", json={"prompt": prompt, "client_id": "A", **more})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["prompt_id"])


async def history_of(client: httpx.AsyncClient, prompt_id: str) -> dict[str, Any]:
    entry: dict[str, Any] = (await client.get(f"/history/{prompt_id}")).json()[prompt_id]
    return entry


def invert(prefix: str = "vq/invert", image: str = "photo.png") -> Prompt:
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": image}},
        "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": prefix}},
    }


def restyled(seed: int = 1, steps: int = 3, denoise: float = 0.5, prefix: str = "vq/styled") -> Prompt:
    """LoadImage, VAEEncode, KSampler, VAEDecode, SaveImage with a LoRA."""
    base = ["4", 0]
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": "photo.png"}},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "simulated-base.safetensors"}},
        "5": {
            "class_type": "LoraLoaderModelOnly",
            "inputs": {"model": base, "lora_name": "oil-paint.safetensors", "strength_model": 0.8},
        },
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "an oil painting", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}},
        "8": {"class_type": "VAEEncode", "inputs": {"pixels": ["1", 0], "vae": ["4", 2]}},
        "3": {
            "class_type": "KSampler",
            "inputs": {
                "model": ["5", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["8", 0],
                "seed": seed, "steps": steps, "cfg": 7.0, "sampler_name": "euler", "scheduler": "normal",
                "denoise": denoise,
            },
        },
        "9": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "10": {"class_type": "SaveImage", "inputs": {"images": ["9", 0], "filename_prefix": prefix}},
    }  # fmt: skip


def trivial(color: int = 0) -> Prompt:
    size = {"width": 16, "height": 16, "batch_size": 1, "color": color}
    return {
        "1": {"class_type": "EmptyImage", "inputs": size},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
