"""What the comfy phases of a prompt rendered with, for its manifest: the graphs they sent, models, packs of nodes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from video_queue.comfy.loaded_models import LoadedModel, loaded_models
from video_queue.comfy.node_catalogue import Offer
from video_queue.comfy.node_packs import NodePack, packs_of
from video_queue.comfy.sent_graphs import SentGraph, sent_graph
from video_queue.db.model_files import FileState
from video_queue.domain.snapshot import LoadedWorkflow


@dataclass(frozen=True, slots=True)
class RenderedWith:
    """The models with the states of their files (None: not readable here, or changed since), and the packs of nodes."""

    models: Mapping[LoadedModel, FileState | None]
    packs: Collection[NodePack]

    @property
    def files(self) -> list[FileState]:
        """The model files that can be hashed."""
        return [state for state in self.models.values() if state]

    def model_entries(self, hashes: Mapping[FileState, str | None]) -> list[dict[str, Any]]:
        """The models as a manifest has them."""
        return [_model_entry(model, state, hashes) for model, state in self.models.items()]

    def pack_entries(self) -> list[dict[str, Any]]:
        """The packs as a manifest has them."""
        return [pack.model_dump(exclude={"changed"}) for pack in self.packs]


def add_graphs(
    entries: Iterable[dict[str, Any]], workflow: LoadedWorkflow, scope: Mapping[str, Any], offer: Offer
) -> RenderedWith:
    """Complete the entries of comfy phases by the graphs they sent. Blocking: looks for the files of models."""
    models: dict[LoadedModel, FileState | None] = {}
    packs: dict[str, NodePack] = {}
    for entry in entries:
        phase = workflow.definition.phase(entry["name"])
        if phase is None or phase.name not in workflow.graphs or entry["state"] == "skipped":
            continue
        sent = sent_graph(phase, workflow.graphs[phase.name], scope, lowered=_lowered(entry["arguments"]))
        entry["graph"], entry["items"] = sent.graph, sent.items
        models |= _models(sent, offer, entry["started_at"] or "")
        packs |= {pack.name: pack for pack in packs_of(sent.graph, offer.info, offer.packs)}
    return RenderedWith(models, packs.values())


def _lowered(arguments: Mapping[str, Any]) -> Collection[int]:
    """The items (0: a phase without) that were rendered with the values of `on_oom`."""
    return arguments.get("items", [0]) if "applied" in arguments else []


def _models(sent: SentGraph, offer: Offer, began: str) -> dict[LoadedModel, FileState | None]:
    models = loaded_models(sent.graph, [item["set"] for item in sent.items], offer.folders)
    return {model: _state(model.path, began) for model in models}


def _state(path: Path | None, began: str) -> FileState | None:
    """The file's size and time; None for one that was changed after the render began."""
    state = FileState.of(path) if path else None
    return state if state and state.modified_at <= began else None


def _model_entry(
    model: LoadedModel, state: FileState | None, hashes: Mapping[FileState, str | None]
) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": model.name,
        "folder": model.folder,
        "path": model.path and str(model.path),
    }
    if state is None:
        return entry
    return entry | {"bytes": state.bytes, "modified_at": state.modified_at, "sha256": hashes.get(state)}
