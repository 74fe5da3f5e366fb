"""The package's plan, read from its code: no import circles, a thin tie from worker to services, HTTP in few places.

Every import counts, also those inside functions and those for types only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import video_queue

PACKAGE = Path(video_queue.__file__).parent
FILES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}
DEEPEST = max(module.count(".") for module in FILES)
NAMES_FROM_SERVICES = 30
SPEAKS_HTTP = (
    "video_queue.comfy.client",
    "video_queue.simulator",
    "video_queue.terminal.client",
)


def imported_names(module: str) -> Iterator[str]:
    """Every name a module imports, with its module before it."""
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


IMPORTS = {module: list(imported_names(module)) for module in FILES}


def module_of(name: str) -> str | None:
    """The module of the package that an imported name belongs to, or None."""
    parent = name.rpartition(".")[0]
    return name if name in FILES else parent if parent in FILES else None


def file_graph() -> dict[str, set[str]]:
    """The modules that each module imports."""
    graph: dict[str, set[str]] = {module: set() for module in FILES}
    for module, names in IMPORTS.items():
        graph[module] = {target for name in names if (target := module_of(name)) and target != module}
    return graph


def package_graph(depth: int) -> dict[str, set[str]]:
    """The same between packages, names cut after `depth` dots; a package and what lies in it are no pair."""
    graph: dict[str, set[str]] = {}
    for module, targets in file_graph().items():
        for target in targets:
            ends = [".".join(name.split(".")[: depth + 1]) for name in (module, target)]
            if not within(ends[0], ends[1]) and not within(ends[1], ends[0]):
                graph.setdefault(ends[0], set()).add(ends[1])
    return graph


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """One circle of the graph, each entry imported by the next; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_file_imports_itself_by_way_of_others() -> None:
    assert circle(file_graph()) == []


@pytest.mark.parametrize("depth", range(1, DEEPEST + 1))
def test_no_package_imports_itself_by_way_of_others(depth: int) -> None:
    assert circle(package_graph(depth)) == []


def test_a_circle_is_seen() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert set(circle(graph)) == {"a", "b", "c"}


def test_the_worker_takes_few_names_from_the_services() -> None:
    names = [
        f"{module}: {name}"
        for module in FILES
        if within(module, "video_queue.worker")
        for name in IMPORTS[module]
        if within(name, "video_queue.services")
    ]
    assert len(names) <= NAMES_FROM_SERVICES, "\n".join(names)


def test_http_is_spoken_by_the_clients_only() -> None:
    """Towards ComfyUI and a running server alone, and by the stand-in. Import contracts see no module of `http`."""
    spoken = [
        f"{module}: {name}"
        for module, names in IMPORTS.items()
        for name in names
        if within(name, "http.client") or within(name, "urllib.request")
        if not any(within(module, allowed) for allowed in SPEAKS_HTTP)
    ]
    assert spoken == []


def test_no_function_and_no_file_grows_beyond_what_is_read_at_a_glance() -> None:
    """A function of 45 lines or a file of 400 is two."""
    too_long = []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text("utf-8")
        name = str(path.relative_to(PACKAGE))
        too_long += [name] if len(text.splitlines()) > 400 else []
        too_long += [
            f"{name}: {node.name}"
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and (node.end_lineno or 0) - node.lineno >= 45
        ]
    assert too_long == []
