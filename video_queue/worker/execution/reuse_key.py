"""What a phase is made from, as one key: equal keys give equal files.

A key covers the phase's kind, its graph, its arguments resolved, the program that runs it, and every file among them
(an input by path and `Mark`, a file of an earlier phase by that phase's key, a file in ComfyUI's input folder, a model
that the graph loads), the versions of the packs of custom nodes that the graph needs, and the engines and models that
recognise speech.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from video_queue.comfy.loaded_models import loaded_models, model_marks
from video_queue.comfy.named_files import UnknownFileError, named_files
from video_queue.comfy.node_catalogue import ComfyCatalogue, Offer
from video_queue.comfy.node_packs import packs_of
from video_queue.domain.errors import VqError
from video_queue.domain.snapshot import LoadedWorkflow
from video_queue.domain.workflow import Phase
from video_queue.media.speech.identity import engines_of
from video_queue.media.text.besides import read_besides
from video_queue.system.files.path_utils import Mark, mark_of, parts_below
from video_queue.worker.execution.arguments import phase_arguments

# Part of every key: raise it when drivers begin to make other files from the same arguments.
_VERSION = 3


@dataclass(frozen=True, slots=True)
class Program:
    """What runs a phase: ffmpeg or ComfyUI with its version; of ComfyUI its input folder where that is on this machine,
    and the catalogue that knows its models and nodes; of ffmpeg the folder of the artist's caption styles.
    """

    version: str
    input_folder: Path | None = None
    catalogue: ComfyCatalogue | None = None
    caption_styles: Path | None = None


class UnknownContentError(Exception):
    """A file whose content nothing vouches for."""


def reuse_key(
    phase: Phase,
    workflow: LoadedWorkflow,
    scope: Mapping[str, Any],
    program: Program,
    own: Path,
    keys: Mapping[int, str],
) -> str | None:
    """The key of a phase; None where nothing vouches for the content of one of its files.

    `own` is the prompt's work folder, `keys` are those of its finished phases by number.
    """
    try:
        content = phase_content(phase, workflow, scope)
        files = _named_files(phase, workflow, content["arguments"], program.input_folder)
        comfy = _models_and_nodes(phase, workflow, content["arguments"], program.catalogue)
        engines = _engines(phase, content["arguments"])
        if besides := _besides(phase, content["arguments"], program.caption_styles):
            content["besides"] = besides
        parts = [_VERSION, program.version, files, comfy, _Fingerprints(own, keys).of(content), *engines]
        text = json.dumps(parts, sort_keys=True, allow_nan=False)
    except (VqError, UnknownContentError, UnknownFileError, OSError, ValueError, TypeError):
        return None
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def phase_content(phase: Phase, workflow: LoadedWorkflow, scope: Mapping[str, Any]) -> dict[str, Any]:
    """All that a phase's files rest on: its kind, its graph, and the arguments of every item.

    Raises:
        VqError: when a reference leads nowhere.
    """
    return {
        "uses": phase.uses,
        "graph": workflow.graph_hashes.get(phase.name),
        "for_each": phase.for_each is not None,
        "arguments": phase_arguments(phase, scope),
    }


def _named_files(
    phase: Phase, workflow: LoadedWorkflow, arguments: list[dict[str, Any]], folder: Path | None
) -> dict[str, Mark]:
    if phase.name not in workflow.graphs:
        return {}
    return named_files(workflow.graphs[phase.name], [item["set"] for item in arguments], phase.files, folder)


def _models_and_nodes(
    phase: Phase, workflow: LoadedWorkflow, arguments: list[dict[str, Any]], catalogue: ComfyCatalogue | None
) -> list[Any]:
    if phase.name not in workflow.graphs:
        return []
    graph, offer = workflow.graphs[phase.name], catalogue.offer() if catalogue else Offer()
    models = loaded_models(graph, [item["set"] for item in arguments], offer.folders)
    packs = packs_of(graph, offer.info, offer.packs)
    return [model_marks(models, offer), [pack.model_dump() for pack in packs]]


def _besides(phase: Phase, arguments: list[dict[str, Any]], styles: Path | None) -> list[Any]:
    """What is read of files that the arguments of the items do not hold: it may be changed under its name."""
    return [part for item in arguments for part in read_besides(phase.uses, item["with"], styles)]


def _engines(phase: Phase, arguments: list[dict[str, Any]]) -> list[Any]:
    """The engines that items are given to; they stand for the folder of a model among the arguments, too."""
    engines = []
    for item in arguments:
        if identity := engines_of(phase.uses, item["with"]):
            item["with"] = {key: value for key, value in item["with"].items() if key != "model"}
            engines.append(identity)
    return engines


class _Fingerprints:
    """What stands for each file of one prompt's phases. Every path is looked up once."""

    def __init__(self, own: Path, keys: Mapping[int, str]) -> None:
        self._own, self._keys = own, keys
        self._known: dict[str, Any] = {}

    def of(self, value: Any) -> Any:
        """`value` with every file in it replaced by what stands for its content."""
        if isinstance(value, Mapping):
            return {str(key): self.of(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(inner) for inner in value]
        if not isinstance(value, str) or not os.path.isabs(value):  # noqa: PTH117 - every text of long lists
            return value
        if value not in self._known:
            self._known[value] = self._fingerprint(value)
        return self._known[value]

    def _fingerprint(self, text: str) -> Any:
        path = Path(text)
        if below := parts_below(path, self._own):
            phase, *rest = below
            key = self._keys.get(int(phase.partition("-")[0]))
            if key is None:
                raise UnknownContentError(text)
            return ["made by", key, *rest]
        try:
            mark = mark_of(text)
        except (FileNotFoundError, NotADirectoryError):
            return text  # a text that only looks like a path
        if not path.is_file():
            raise UnknownContentError(text)
        return ["file", text, *mark]
