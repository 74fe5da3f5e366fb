"""One workflow file with its graphs, read and checked: a definition, or the problems with their lines.

`workflow_service` keeps the files of all folders up to date.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from video_queue.domain.catalogue import did_you_mean, problem
from video_queue.domain.errors import Loc, Problem, VqError
from video_queue.domain.workflow import InputSpec, Output, Parameter, Phase, Ui, WorkflowDefinition
from video_queue.services.workflows.definition_checks import check_definition
from video_queue.services.workflows.yaml_source import YamlSource, read_yaml
from video_queue.system.files.safe_join import safe_join

_MAX_YAML = 1 << 20
_MAX_GRAPH = 32 << 20
Signature = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class WorkflowFile:
    """A file that was read. `definition` is None where its shape is wrong; with any problem it must not run.

    `signature` changes with the file and its graphs.
    """

    path: Path
    name: str
    title: str
    description: str
    definition: WorkflowDefinition | None
    graphs: dict[str, dict[str, Any]]
    problems: list[Problem]
    signature: Signature


@dataclass(slots=True)
class _Reading:
    """A file while it is read: each finding becomes a problem with its line."""

    path: Path
    source: YamlSource = field(default_factory=YamlSource)
    problems: list[Problem] = field(default_factory=list)

    def add(self, where: Loc, detail: str, line: int | None = None) -> None:
        line = line or self.source.line_of(where)
        key = ".".join(str(part) for part in where) or "the file"
        values = {"file": self.path.name, "line": line, "key": key, "detail": detail.rstrip(".")}
        self.problems.append(problem("validation.workflow_file", (self.path.name, line, key), **values))


def signature_of(path: Path, graphs: Mapping[str, Path] | None = None) -> Signature:
    """Modification time and size of a file and of its graphs; zeros for a missing file."""
    return tuple(_stamp(str(file)) for file in (path, *(graphs or {}).values()))


def _stamp(path: str) -> tuple[str, int, int]:
    try:
        status = os.stat(path)  # noqa: PTH116 - called for every workflow at each submission
    except (OSError, ValueError):
        return path, 0, 0
    return path, status.st_mtime_ns, status.st_size


def is_current(file: WorkflowFile) -> bool:
    """Whether the file and its graphs are still what was read."""
    return all(_stamp(name) == (name, mtime, size) for name, mtime, size in file.signature)


def read_workflow_file(path: Path) -> WorkflowFile:
    """Read `path` and the graphs it names. Never raises: `problems` say file, line and key."""
    before = signature_of(path)
    reading = _Reading(path)
    data = _plain_data(reading)
    raw = data if isinstance(data, dict) else {}
    definition = _definition(raw, reading) if raw else None
    graphs: dict[str, dict[str, Any]] = {}
    signature = before
    if definition is not None:
        places = {phase.name: path.parent / phase.graph for phase in definition.phases if phase.graph}
        signature = before + signature_of(path, places)[1:]
        graphs = _graphs(definition, reading)
        _check(definition, graphs, reading)
    return WorkflowFile(
        path=path,
        name=definition.name if definition else str(raw.get("name") or path.stem),
        title=definition.title if definition else str(raw.get("title") or ""),
        description=definition.description if definition else str(raw.get("description") or ""),
        definition=definition,
        graphs=graphs,
        problems=sorted(reading.problems, key=lambda item: item.loc[1]),
        signature=signature,
    )


def read_graph_alone(path: Path) -> WorkflowFile:
    """A JSON file that no workflow names: with the one problem that it has no workflow file, if it is a graph."""
    signature = signature_of(path)
    graph, detail = read_graph(path.parent, path.name)
    alone = problem("validation.graph_alone", (path.name,), file=path.name, path=str(path))
    problems = [alone] if graph or "UI format" in detail else []
    return WorkflowFile(path, path.name, path.name, "", None, {}, problems, signature)


def _plain_data(reading: _Reading) -> Any:
    """The file's data; syntax errors and duplicate keys become problems."""
    try:
        if reading.path.stat().st_size > _MAX_YAML:
            reading.add((), f"the file is larger than {_MAX_YAML} bytes")
            return None
        text = reading.path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reading.add((), f"the file is not UTF-8: byte {error.start}")
        return None
    except OSError as error:
        reading.add((), f"the file cannot be read: {error.strerror}")
        return None
    reading.source = read_yaml(text)
    for where, line, detail in reading.source.problems:
        reading.add(where, detail, line)
    if not isinstance(reading.source.data, dict) and not reading.problems:
        reading.add((), "a workflow is a mapping with name and phases")
    return reading.source.data


def _definition(raw: dict[str, Any], reading: _Reading) -> WorkflowDefinition | None:
    try:
        return WorkflowDefinition.model_validate({"name": reading.path.stem, **raw})
    except ValidationError as error:
        for item in error.errors():
            if item["type"] == "default_factory_not_called":
                continue
            where = _place(item["loc"], raw)
            key = str(item["loc"][-1]) if item["loc"] else ""
            if item["type"] == "extra_forbidden":
                reading.add(where, f"unknown key{_did_you_mean(key, where)}")
            elif item["type"] == "missing":
                reading.add(where[:-1] if where[-1:] == (key,) else where, f"{key} is missing")
            else:
                reading.add(where, item["msg"].removeprefix("Value error, "))
    return None


def _place(loc: Loc, raw: Any) -> Loc:
    """A pydantic location as the file's keys: names of union members (`spec`, `list[str]`) are left out."""
    where: list[str | int] = []
    here = raw
    for position, step in enumerate(loc):
        inner = _inner(here, step)
        if inner is not None:
            here = inner[0]
        elif position < len(loc) - 1:
            continue
        elif not isinstance(here, dict):
            break
        where.append(step)
    return tuple(where)


def _inner(here: Any, step: str | int) -> tuple[Any] | None:
    """What `step` leads to, or None where it leads nowhere."""
    if isinstance(here, dict):
        return (here[step],) if step in here else None
    fits = isinstance(here, list) and isinstance(step, int) and step < len(here)
    return (here[step],) if fits else None


def _did_you_mean(key: str, where: Loc) -> str:
    """The nearest key that the model at this place knows."""
    model: type[BaseModel] = WorkflowDefinition
    if len(where) > 1:
        parts: dict[str, type[BaseModel]] = {
            "phases": Phase,
            "parameters": Parameter,
            "output": Output,
            "inputs": InputSpec,
        }
        model = Ui if "ui" in where[:-1] else parts.get(str(where[0]), WorkflowDefinition)
    known = [info.alias or name for name, info in model.model_fields.items()]
    return did_you_mean(key, known) or f" (known are {', '.join(known)})"


def _graphs(definition: WorkflowDefinition, reading: _Reading) -> dict[str, dict[str, Any]]:
    """Phase name to graph, for those that can be read."""
    graphs = {}
    for index, phase in enumerate(definition.phases):
        if phase.graph is None:
            continue
        graph, detail = read_graph(reading.path.parent, phase.graph)
        if graph is None:
            reading.add(("phases", index, "graph"), detail)
        else:
            graphs[phase.name] = graph
    return graphs


def read_graph(folder: Path, name: str) -> tuple[dict[str, Any] | None, str]:
    """(the graph in API format that `folder` holds under `name`, "") or (None, the problem)."""
    if "/" in name or "\\" in name:
        return None, f"{name} must be a plain file name beside the workflow file"
    try:
        path = safe_join(folder, name, may_link=True)
        if path.stat().st_size > _MAX_GRAPH:
            return None, f"{name} is larger than {_MAX_GRAPH} bytes"
        graph = json.loads(path.read_bytes().decode("utf-8-sig"), parse_constant=_refuse_constant)
    except VqError as error:
        return None, error.message
    except FileNotFoundError:
        return None, f"{name} does not exist"
    except OSError as error:
        return None, f"{name} cannot be read: {error.strerror}"
    except (ValueError, RecursionError) as error:
        return None, f"{name} is not valid JSON: {error}"
    if isinstance(graph, dict) and isinstance(graph.get("nodes"), list):
        menu = "export it with ComfyUI's menu: Workflow, Export (API)"
        return None, f"{name} is in ComfyUI's UI format; {menu}"
    if not isinstance(graph, dict) or not graph or not all(_is_node(node) for node in graph.values()):
        return None, f"{name} is not a graph in ComfyUI's API format"
    return graph, ""


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _is_node(node: Any) -> bool:
    return (
        isinstance(node, dict)
        and isinstance(node.get("class_type"), str)
        and isinstance(node.get("inputs", {}), dict)
    )


def _check(definition: WorkflowDefinition, graphs: dict[str, dict[str, Any]], reading: _Reading) -> None:
    for finding in check_definition(definition, graphs):
        reading.add(finding.where, finding.detail)
