"""Prompts that wait say what ComfyUI would refuse of them, once it is back."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from tests.worker.conftest import Queue
from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.db import events
from video_queue.domain.events import Event, EventType
from video_queue.wiring import Services, beside_worker

TEXT = """
parameters:
  lora: {type: choice, options_source: loras}
  seed: {type: seed}
phases:
  - {name: draw, uses: comfy, graph: pick.draw.api.json, set: {"1.inputs.lora_name": "{{ params.lora }}"}}
"""
GRAPH = {"1": {"class_type": "LoraLoader", "inputs": {"lora_name": "x", "strength": 1}}}


def offer(cache: Path, *loras: str) -> None:
    """ComfyUI answered with these LoRAs."""
    declared = {"input": {"required": {"lora_name": [list(loras), {}]}}, "output_node": True}
    ComfyCatalogue(cache).store({"LoraLoader": declared})


async def comes_back(services: Services) -> None:
    """ComfyUI is connected; wait until the prompts were checked."""
    subscription = services.feed.subscribe()
    await services.db.transact(events.append_event, EventType.COMFY_CONNECTED, services.clock.iso())
    async with asyncio.timeout(60):
        while True:
            item = await subscription.get()
            if isinstance(item, Event) and item.type == EventType.JOB_UPDATED:
                break
    subscription.close()


def test_prompts_that_would_be_refused_say_so_until_the_model_is_there(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home")
    queue.workflow("pick", TEXT)
    (queue.settings.workflows_dir / "pick.draw.api.json").write_text(json.dumps(GRAPH))
    job = queue.submit(workflow="pick", sweep={"lora": ["ink.safetensors", "oil.safetensors"]}, seeds=2)
    messages: list[list[str | None]] = []

    async def follow(services: Services) -> None:
        async with beside_worker(services, watching=False, on_dead=lambda: None):
            for loras in (["ink.safetensors", "oils.safetensors"], ["ink.safetensors", "oil.safetensors"]):
                offer(queue.settings.cache_dir, *loras)
                await comes_back(services)
                messages.append([prompt.message for prompt in (await services.lookup.prompts(job.id)).items])

    queue.ask(follow)
    before, after = messages
    assert before[:2] == [None, None]
    assert all(text and "no model lora_name='oil.safetensors'" in text for text in before[2:])
    assert all(
        text and text.startswith("ComfyUI would refuse it: ") and "oils.safetensors" in text
        for text in before[2:]
    )
    assert after == [None] * 4


def test_a_job_with_damaged_values_keeps_no_other_from_being_told(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "home")
    queue.workflow("pick", TEXT)
    (queue.settings.workflows_dir / "pick.draw.api.json").write_text(json.dumps(GRAPH))
    damaged, job = (queue.submit(workflow="pick", params={"lora": lora}) for lora in ("ink", "oil"))
    queue.execute(f"UPDATE job SET params = '{{' WHERE id = {damaged.id}")
    offer(queue.settings.cache_dir, "oils.safetensors")
    queue.ask(lambda services: services.waiting_checks.check())
    [prompt] = queue.prompts(job.id)
    assert prompt.message is not None
    assert prompt.message.startswith("ComfyUI would refuse it: ")
