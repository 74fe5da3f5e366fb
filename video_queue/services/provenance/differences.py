"""What a render that is replayed meets now and did not meet then: other programs, other models, other nodes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping

import video_queue
from video_queue.comfy.loaded_models import loaded_models
from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.comfy.node_packs import NodePack, packs_of
from video_queue.db import model_files, queue_state
from video_queue.db.model_files import FileState
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Problem
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.media.ffmpeg_binary import locate, version_line
from video_queue.outputs.manifest import SCHEMA_VERSION, Manifest, ManifestPack
from video_queue.services.comfyui import comfy_info
from video_queue.settings import Settings

_NAMES = {"video_queue": "video_queue", "ffmpeg": "ffmpeg", "comfyui": "ComfyUI"}


class Differences:
    """Compares a record with the programs, models and nodes of today."""

    def __init__(self, db: QueueDB, settings: Settings, comfy: ComfyCatalogue) -> None:
        self._db, self._settings, self._comfy = db, settings, comfy

    async def of(self, record: Manifest, workflow: LoadedWorkflow) -> list[Problem]:
        """A warning for everything that is another now and may make another output."""
        tools = await self._tools(workflow)
        files, packs = await asyncio.to_thread(self._loaded, record)
        hashes = await self._db.read(model_files.known_hashes, files.values())
        return [
            *_programs(record.tools, tools),
            *_models(record, files, hashes),
            *_packs(record, packs),
            *_of_the_record(record),
        ]

    def _loaded(self, record: Manifest) -> tuple[dict[str, FileState], list[NodePack]]:
        """(the files of today of the models that the recorded graphs name, the packs of nodes they need)."""
        offer = self._comfy.offer()
        files, packs = dict[str, FileState](), list[NodePack]()
        for phase in record.phases if record.models or record.node_packs else ():
            graph = phase.graph or {}
            for model in loaded_models(graph, [item.set for item in phase.items], offer.folders):
                if model.path is not None and (state := FileState.of(model.path)):
                    files[f"{model.folder}/{model.name}"] = state
            packs += packs_of(graph, offer.info, offer.packs)
        return files, packs

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


def _models(
    record: Manifest, files: Mapping[str, FileState], hashes: Mapping[FileState, str | None]
) -> Iterator[Problem]:
    """Models of the same name with other contents; where no hash is known, with another size or time."""
    for model in record.models:
        now = files.get(f"{model.folder}/{model.name}")
        if now is None or model.bytes is None:
            continue
        sha256 = hashes.get(now)
        if sha256 and model.sha256:
            same = sha256 == model.sha256
        else:
            same = (now.bytes, now.modified_at) == (model.bytes, model.modified_at)
        if not same:
            yield problem("validation.replay_model", ("models", model.name), name=model.name, path=now.path)


def _packs(record: Manifest, packs: Iterable[NodePack]) -> Iterator[Problem]:
    now = {pack.name: pack for pack in packs}
    for pack in record.node_packs:
        other = now.get(pack.name)
        if other and (other.version, other.commit) != (pack.version, pack.commit):
            values = {"tool": pack.name, "then": _version(pack), "now": _version(other)}
            yield problem("validation.replay_tool", ("node_packs", pack.name), **values)


def _version(pack: ManifestPack | NodePack) -> str:
    return " ".join(part[:12] for part in (pack.version, pack.commit) if part) or "unknown"


def _of_the_record(record: Manifest) -> Iterator[Problem]:
    if record.schema_version > SCHEMA_VERSION:
        yield problem("validation.replay_newer", ("schema_version",), version=record.schema_version)
    for index, item in enumerate(record.inputs):
        if item.changed_since:
            yield problem("validation.replay_input", ("inputs", index), path=item.path)
    for phase in record.phases:
        if "applied" in phase.arguments:
            yield problem("validation.replay_lowered", ("phases", phase.name), phase=phase.name)
