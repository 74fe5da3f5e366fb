"""Models whose files are not on this machine: ComfyUI says what their headers hold."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.comfy.models import make_models, seen_comfy
from video_queue.comfy.model_files import ModelFile
from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.services.model_details import ModelDetails
from video_queue.settings import load_settings
from video_queue.simulator.server import ComfySimulator
from video_queue.simulator.settings import SimulatorSettings


def test_comfyui_describes_models_that_only_it_can_read(tmp_path: Path) -> None:
    async def describe() -> tuple[list[ModelFile], ...]:
        simulator = ComfySimulator(SimulatorSettings(tmp_path / "comfy", loras=("far.safetensors",)))
        settings = load_settings(tmp_path / "home", {"comfy.url": await simulator.start()}, {})
        seen_comfy(settings.cache_dir, make_models(tmp_path / "models"))
        details = ModelDetails(settings, ComfyCatalogue(settings.cache_dir))
        names = ["far.safetensors", "ink.safetensors", "gone.safetensors"]
        away = await details.describe("loras", names, connected=False)
        asked = await details.describe("loras", names, connected=True)
        await simulator.stop()
        return away, asked, await details.describe("loras", names, connected=True)

    away, asked, kept = asyncio.run(describe())
    assert [model.title for model in away] == ["", "Ink", ""]
    assert [model.title for model in asked] == ["far", "Ink", ""]
    assert asked[0].base_model == "simulated"
    assert kept == asked
