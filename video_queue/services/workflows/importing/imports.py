"""Imports: what an artist has (a workflow of ComfyUI, or a file it made) as a draft, and the draft as a workflow.

The file is only read. The draft says where it came from, with its SHA-256; whatever else such a file may hold (phases,
filters, commands) is not taken over.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field

from video_queue.comfy.importing.source import MAX_TEXT, GraphSource, read_text, read_texts
from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import Problem, ProblemsError, VqError
from video_queue.domain.workflow import NAME_PATTERN
from video_queue.media.embedded import embedded_texts
from video_queue.services.asker import COMMAND_LINE, Asker
from video_queue.services.running_comfy import find_object_info
from video_queue.services.workflows.importing.draft_yaml import draft_yaml
from video_queue.services.workflows.importing.storing import store_workflow
from video_queue.services.workflows.importing.touching import Touched, touched_by
from video_queue.services.workflows.named_paths import require_allowed_literals
from video_queue.services.workflows.workflow_files import WorkflowFile, read_graph, read_workflow_file
from video_queue.services.workflows.workflow_service import WorkflowService
from video_queue.settings import Settings
from video_queue.system.files.durable import hash_file
from video_queue.system.files.path_utils import normalize_input_path

_PASTED = "pasted"
_HEAD = 4096
_BLANK = b"\xef\xbb\xbf \t\r\n"
# Also of what is no graph, so that the refusal speaks of JSON.
_JSON_BEGINNINGS = (b"{", b"[", b"")
_SUFFIXES = re.compile(r"(\.(render|ui|api|app))*\.\w{1,5}$")


class DraftBody(BaseModel):
    """A draft as the caller changed it: its YAML, or else its `definition`; the graphs by phase, and where from."""

    yaml: str | None = None
    definition: dict[str, Any] = {}
    graphs: dict[str, dict[str, Any]] = {}
    source: Annotated[str, Field(max_length=300)] = ""
    sha256: Annotated[str, Field(max_length=64)] = ""


class ImportedWorkflow(BaseModel):
    """A draft: `definition` and `yaml` say the same, `graphs` are by phase name.

    `problems` are why it would not work as it is, `warnings` what to look at, `touches` what it would read, write and
    start; `saved` is the file, once it is stored.
    """

    name: str
    definition: dict[str, Any]
    graphs: dict[str, dict[str, Any]]
    yaml: str
    problems: list[Problem]
    warnings: list[Problem]
    touches: Touched = Touched()
    source: str = ""
    sha256: str = ""
    saved: str | None = None


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a graph was read: shown name, hash of what was read, and the graph's own file if it lies with the
    artist's workflows already."""

    name: str
    sha256: str
    graph_file: str = ""


class Imports:
    """Makes drafts and stores them among the artist's own workflows."""

    def __init__(self, settings: Settings, workflows: WorkflowService, comfy: ComfyCatalogue) -> None:
        self._settings, self._workflows, self._comfy = settings, workflows, comfy
        self._folder = settings.workflows_dir

    async def learn_nodes(self) -> None:
        """Ask the ComfyUI that runs for its nodes, if none was ever seen: ranges and choices come from them."""
        if await asyncio.to_thread(self._comfy.load) is None:
            with suppress(VqError):
                info = await find_object_info(self._settings)
                await asyncio.to_thread(self._comfy.store, info)

    def read_file(self, text: str, asker: Asker, name: str | None = None) -> ImportedWorkflow:
        """The draft of the file at a path.

        Raises:
            VqError: path_not_allowed, input_missing, input_unreadable, validation.import_*.
        """
        path = normalize_input_path(text).absolute()
        if asker.guard:
            asker.guard(path)
        return self.read_upload(path, name)

    def read_upload(self, path: Path, name: str | None = None) -> ImportedWorkflow:
        """The draft of a file that may be read. Raises like `read_file`."""
        source, sha256 = _read(path)
        lies_there = path.parent == self._folder and read_graph(path.parent, path.name)[0] == source.api
        return self._draft(source, _Origin(path.name, sha256, path.name if lies_there else ""), name)

    def read_pasted(self, text: str, name: str | None = None) -> ImportedWorkflow:
        """The draft of a text: a graph or an editor's workflow as JSON.

        Raises:
            VqError: validation.import_*.
        """
        sha256 = hashlib.sha256(text.encode(errors="replace")).hexdigest()
        return self._draft(read_text(text), _Origin(_PASTED, sha256), name)

    def revise(self, body: DraftBody, name: str | None = None) -> ImportedWorkflow:
        """A draft that the caller changed, checked again.

        Raises:
            VqError: validation.import_name.
        """
        text = body.yaml
        if text is None:
            named = {**body.definition, "name": _checked_name(name or str(body.definition.get("name")))}
            graph = next(iter(body.graphs.values()), {})
            text = draft_yaml(
                _with_graph_names(named), heading=_heading(body.source, body.sha256), graph=graph
            )
        elif name:
            text = re.sub(r"(?m)^name:.*$", f"name: {_checked_name(name)}", text, count=1)
        return self._answer(_checked(text, body.graphs), text, body.graphs, [], [])

    def save(
        self, imported: ImportedWorkflow, *, force: bool, asker: Asker = COMMAND_LINE
    ) -> ImportedWorkflow:
        """Store a draft as NAME.yaml with its graphs, all or nothing.

        Raises:
            VqError: invalid_state.workflow_exists (not with `force`), validation.import_name, disk_full.write.
            ProblemsError: the draft's definition is no workflow, or names files that the asker may not.
        """
        if not imported.definition:
            raise ProblemsError(imported.problems)
        require_allowed_literals(imported.definition, asker.guard)
        graphs = {
            phase["graph"]: imported.graphs[phase["name"]]
            for phase in imported.definition["phases"]
            if "graph" in phase and phase["name"] in imported.graphs
        }
        name, text = imported.name, imported.yaml
        path = store_workflow(self._folder, self._workflows, name, text, graphs, force=force)
        return imported.model_copy(update={"saved": str(path)})

    def _draft(self, source: GraphSource, origin: _Origin, name: str | None) -> ImportedWorkflow:
        from video_queue.services.workflows.importing import drafting  # loaded with the first import

        info = self._comfy.load()
        name = _checked_name(name) if name else _name_of(origin.name)
        draft, warnings = drafting.draft_from(source, info, name)
        if origin.graph_file:
            draft.definition["phases"][0]["graph"] = origin.graph_file
        heading = _heading(origin.name, origin.sha256)
        text = draft_yaml(draft.definition, heading=heading, graph=draft.graph)
        file = _checked(text, draft.graphs)
        warnings += drafting.refused_by_comfy(file, draft, info)
        answer = self._answer(file, text, draft.graphs, draft.problems, warnings)
        return answer.model_copy(update={"source": origin.name, "sha256": origin.sha256})

    def _answer(
        self,
        file: WorkflowFile,
        text: str,
        graphs: dict[str, dict[str, Any]],
        problems: list[Problem],
        warnings: list[Problem],
    ) -> ImportedWorkflow:
        known = file.definition
        definition = known.model_dump(mode="json", by_alias=True, exclude_defaults=True) if known else {}
        return ImportedWorkflow(
            name=file.name,
            definition=definition,
            graphs=graphs,
            yaml=text,
            problems=[*problems, *file.problems],
            warnings=warnings,
            touches=touched_by(definition, graphs),
        )


_INVITATION = "Change titles, ranges and defaults as you like; docs/workflow-files.md explains every key."


def _read(path: Path) -> tuple[GraphSource, str]:
    """The graph in a file, and the file's SHA-256."""
    try:
        if not path.is_file():
            raise fail("input_missing.file", path=str(path))
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if head.lstrip(_BLANK)[:1] in _JSON_BEGINNINGS:
            return _read_json(path), hash_file(path)
        source = read_texts(embedded_texts(path))
    except OSError as error:
        detail = error.strerror or str(error)
        raise fail("input_unreadable.path", path=str(path), detail=detail) from error
    if source.is_empty:
        detail = f"{path.name} carries no workflow; another program may have taken it out"
        raise fail("validation.import_graph", detail=detail)
    return source, hash_file(path)


def _read_json(path: Path) -> GraphSource:
    if path.stat().st_size > MAX_TEXT:
        raise fail("validation.import_graph", detail=f"{path.name} is larger than {MAX_TEXT} bytes")
    try:
        return read_text(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise fail("validation.import_graph", detail=f"{path.name} is not UTF-8") from None


def _checked(text: str, graphs: dict[str, dict[str, Any]]) -> WorkflowFile:
    """The draft read and checked as a workflow file, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="vq-") as place:
        path = Path(place) / "draft.yaml"
        path.write_text(text, "utf-8")
        file = read_workflow_file(path)
        for phase in file.definition.phases if file.definition else ():
            if phase.graph and phase.name in graphs and Path(phase.graph).name == phase.graph:
                (Path(place) / phase.graph).write_text(json.dumps(graphs[phase.name]), "utf-8")
        return replace(read_workflow_file(path), path=Path("draft.yaml"))


def _heading(source: str, sha256: str) -> list[str]:
    """The first comment: where the draft came from, and that it is there to be changed."""
    return [f"Made from {source} (sha256 {sha256}).", _INVITATION] if source else [_INVITATION]


def _with_graph_names(definition: dict[str, Any]) -> dict[str, Any]:
    """The definition with its graphs named after it."""
    name = definition["name"]
    phases = [
        {**phase, "graph": f"{name}.{phase.get('name')}.api.json"} if phase.get("uses") == "comfy" else phase
        for phase in definition.get("phases", ())
        if isinstance(phase, dict)
    ]
    return {**definition, "phases": phases}


def _checked_name(name: str) -> str:
    if not re.fullmatch(NAME_PATTERN, name) or len(name) > 100:
        raise fail("validation.import_name", name=name[:100], example=_name_of(name))
    return name


def _name_of(file_name: str) -> str:
    """A workflow's name from that of a file: `My Flow.api.json` as my-flow."""
    stem = _SUFFIXES.sub("", file_name)
    name = re.sub(r"[^a-z0-9_]+", "-", stem.lower()).strip("-_")[:60].strip("-_")
    return name or "workflow"
