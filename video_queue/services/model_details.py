"""What is known of ComfyUI's models: from their files where those can be read here, else from ComfyUI itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from video_queue.comfy.client import ComfyAnswerError, ComfyClient, ComfyGoneError
from video_queue.comfy.model_files import ModelFile, describe_models, parse_metadata
from video_queue.comfy.model_folders import SOURCE_FOLDERS
from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.domain.errors import VqError
from video_queue.services.running_comfy import running_comfy
from video_queue.settings import Settings

_ASKED_AT_ONCE = 20
_SECONDS = 3.0


class ModelDetails:
    """Describes models of an option source; what ComfyUI says of one is kept until this process ends."""

    def __init__(self, settings: Settings, catalogue: ComfyCatalogue) -> None:
        self._settings, self._catalogue = settings, catalogue
        self._asked: dict[tuple[str, str], dict[str, Any]] = {}

    async def describe(self, source: str, names: Sequence[str], *, connected: bool) -> list[ModelFile]:
        """Each model with what is known of it. Of those that are not on this machine ComfyUI is asked for a few."""
        offer = await asyncio.to_thread(self._catalogue.offer)
        models = await asyncio.to_thread(describe_models, source, names, offer.folders)
        away = [model.value for model in models if model.bytes is None]
        if connected and away:
            await self._ask(source, away)
        return [model.model_copy(update=self._asked.get((source, model.value), {})) for model in models]

    async def _ask(self, source: str, names: Sequence[str]) -> None:
        unknown = [name for name in names if (source, name) not in self._asked][:_ASKED_AT_ONCE]
        if not unknown:
            return
        with suppress(TimeoutError, VqError):
            async with asyncio.timeout(_SECONDS), running_comfy(self._settings) as client:
                await asyncio.gather(*(self._ask_one(client, source, name) for name in unknown))

    async def _ask_one(self, client: ComfyClient, source: str, name: str) -> None:
        with suppress(ComfyGoneError, ComfyAnswerError):
            metadata = await client.model_metadata(SOURCE_FOLDERS[source], name)
            self._asked[source, name] = parse_metadata(metadata)
