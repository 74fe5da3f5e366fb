"""What a render that is replayed meets now and did not meet then: other programs, other models, other nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import video_queue
from video_queue.db import queue_state
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Problem
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.media.ffmpeg_binary import locate, version_line
from video_queue.outputs.manifest import SCHEMA_VERSION, Manifest
from video_queue.services.comfyui import comfy_info
from video_queue.settings import Settings

_NAMES = {"video_queue": "video_queue", "ffmpeg": "ffmpeg", "comfyui": "ComfyUI"}


class Differences:
    """Compares a record with the programs of today."""

    def __init__(self, db: QueueDB, settings: Settings) -> None:
        self._db, self._settings = db, settings

    async def of(self, record: Manifest, workflow: LoadedWorkflow) -> list[Problem]:
        """A warning for everything that is another now and may make another output."""
        tools = await self._tools(workflow)
        return [*_programs(record.tools, tools), *_of_the_record(record)]

    async def _tools(self, workflow: LoadedWorkflow) -> dict[str, str | None]:
        """The versions of the programs that this workflow runs; null where one is not known now."""
        tools: dict[str, str | None] = {"video_queue": video_queue.__version__}
        if workflow.graphs:
            lanes = await self._db.read(queue_state.read_lanes)
            tools["comfyui"] = comfy_info(self._settings, lanes).version
        if len(workflow.graphs) < len(workflow.definition.phases):
            tools["ffmpeg"] = await asyncio.to_thread(lambda: version_line(locate(self._settings.ffmpeg)))
        return tools


def _programs(then: Mapping[str, str | None], now: Mapping[str, str | None]) -> Iterator[Problem]:
    for tool, version in now.items():
        before = then.get(tool)
        if version and before and version != before:
            values = {"tool": _NAMES[tool], "then": before, "now": version}
            yield problem("validation.replay_tool", ("tools", tool), **values)


def _of_the_record(record: Manifest) -> Iterator[Problem]:
    if record.schema_version > SCHEMA_VERSION:
        yield problem("validation.replay_newer", ("schema_version",), version=record.schema_version)
    for index, item in enumerate(record.inputs):
        if item.changed_since:
            yield problem("validation.replay_input", ("inputs", index), path=item.path)
    for phase in record.phases:
        if "applied" in phase.arguments:
            yield problem("validation.replay_lowered", ("phases", phase.name), phase=phase.name)
