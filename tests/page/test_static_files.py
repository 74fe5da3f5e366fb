"""The files of the page, without a browser: vendored ones as published, nothing from other hosts, small and plain."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import video_queue
from video_queue.api.page import as_sent

STATIC = Path(video_queue.__file__).parent / "static"
VENDOR = STATIC / "vendor"
OWN = sorted(path for path in STATIC.rglob("*") if path.is_file() and VENDOR not in path.parents)
TEXTS = [path for path in OWN if path.suffix != ".png"]
MODULES = [path for path in OWN if path.suffix == ".js"]
_IMPORT = re.compile(r"""\b(?:from|import)\s*["']([\w@./-]+)["']""")
_LATER = re.compile(r"""\bimport\(["']([\w@./-]+)["']\)""")
_LAZY = re.compile(
    r"""\bimport\(["']([\w@./-]+)["']\)\.then\(\(module\) => module\.\w+\)((?:, "[a-z]+")*)\)"""
)
# Who may import whom: a folder imports from those after it and from itself. "" is app.js, which puts the page together.
_LAYERS = ({""}, {"views"}, {"review"}, {"viewer"}, {"jobs", "forms"}, {"ui"}, {"state"}, {"lib"})
_ADDRESS = re.compile(r"""https?://[^\s"'`)<>]+""")
_NAMESPACES = (
    "http://www.w3.org/1998/Math/MathML",
    "http://www.w3.org/1999/xhtml",
    "http://www.w3.org/2000/svg",
)


@pytest.mark.parametrize("folder", [VENDOR, Path(__file__).parent / "vendor"], ids=["page", "tests"])
def test_vendored_files_are_those_of_the_lock(folder: Path) -> None:
    entries = json.loads((folder / "vendor.lock.json").read_text("utf-8"))["files"]
    there = {path.name for path in folder.iterdir()} - {"vendor.lock.json"}
    assert {entry["file"] for entry in entries} == there
    for entry in entries:
        assert hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], entry[
            "file"
        ]
        assert entry["version"]
        assert entry["licence"]


@pytest.mark.parametrize("path", [*TEXTS, *sorted(VENDOR.glob("*.mjs"))], ids=lambda path: path.name)
def test_nothing_is_fetched_from_other_hosts(path: Path) -> None:
    urls = _ADDRESS.findall(path.read_text("utf-8"))
    assert [url for url in urls if url not in _NAMESPACES] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(STATIC)))
def test_user_text_has_no_way_to_become_markup(path: Path) -> None:
    text = path.read_text("utf-8")
    for way in (
        "innerHTML",
        "outerHTML",
        "dangerouslySetInnerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
    ):
        assert way not in text


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(STATIC)))
def test_a_module_begins_with_its_purpose_and_stays_small(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert lines[0].startswith("// ")
    assert len(lines) <= 250


def test_what_is_sent_lacks_comments_only() -> None:
    for path in MODULES:
        lines = path.read_text("utf-8").split("\n")
        for line, sent in zip(lines, gzip.decompress(as_sent(path)).decode().split("\n"), strict=True):
            assert line == sent or line.strip().startswith(("//", "/**", "*")), path.name


def test_imports_lead_to_files() -> None:
    named = import_map()
    for path in MODULES:
        text = path.read_text("utf-8")
        for target in _IMPORT.findall(text) + _LATER.findall(text):
            assert resolve(path, target, named).is_file(), f"{path.name} imports {target}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(STATIC)))
def test_imports_run_downwards_only(path: Path) -> None:
    for target in own_imports(path):
        there, here = folder_of(target), folder_of(path)
        assert here == there or layer_of(here) < layer_of(there), target.name


def test_no_module_imports_itself_through_others() -> None:
    order = TopologicalSorter({path: own_imports(path) for path in MODULES})
    order.prepare()  # raises CycleError, which names the circle


def test_the_first_load_is_small() -> None:
    """What the queue needs before it can be seen, each file gzipped by itself."""
    assert weight(first_load()) <= 52_000


def test_what_says_that_the_server_is_away_needs_no_server() -> None:
    assert STATIC / "jobs" / "strips.js" in first_load()


def test_what_the_first_screen_needs_is_asked_for_at_once() -> None:
    """Named in index.html: found one after the other, each level of imports costs a round."""
    named = re.findall(r'rel="modulepreload" href="/([^"]+)"', (STATIC / "index.html").read_text("utf-8"))
    assert {STATIC / name for name in named} == imported(STATIC / "app.js") - {STATIC / "app.js"}


def test_each_view_that_is_opened_later_is_small() -> None:
    """What was not there before: the modules that a view imports, and its style sheets."""
    first, afterwards = first_load(), STATIC / "afterwards.js"
    assert weight(imported(afterwards) - first) <= 15_000
    there = first | imported(afterwards)
    weights = {
        path.name: weight({*(STATIC / "styles" / f"{name}.css" for name in names), *imported(path)} - there)
        for path, names in later_views().items()
    }
    assert len(weights) > 10
    assert {name: size for name, size in weights.items() if size > 15_000} == {}


def test_the_whole_page_is_small() -> None:
    """All views together, as they are sent; charts come with the view that draws them."""
    texts = {path for path in STATIC.rglob("*") if path.suffix in (".js", ".mjs", ".css", ".html", ".svg")}
    assert weight({path for path in texts if "uplot" not in path.name.lower()}) <= 240_000


def weight(files: set[Path]) -> int:
    """What they weigh as they are sent."""
    return sum(len(as_sent(path)) for path in files)


def first_load() -> set[Path]:
    """Everything that the page asks for by itself."""
    return {STATIC / "index.html", STATIC / "theme.js", STATIC / "app.css"} | imported(STATIC / "app.js")


def imported(path: Path) -> set[Path]:
    """A module with all that it imports at once."""
    files: set[Path] = set()
    named, waiting = import_map(), [path]
    while waiting:
        path = waiting.pop()
        if path not in files:
            files.add(path)
            waiting += [resolve(path, target, named) for target in _IMPORT.findall(path.read_text("utf-8"))]
    return files


def later_views() -> dict[Path, list[str]]:
    """The modules that are fetched when they are needed, with the names of the style sheets that come with them."""
    views: dict[Path, list[str]] = {}
    for path in MODULES:
        text = path.read_text("utf-8")
        for target in _LATER.findall(text):
            views.setdefault(resolve(path, target, {}), [])
        for target, names in _LAZY.findall(text):
            views[resolve(path, target, {})] += re.findall(r'"([a-z]+)"', names)
    return views


def own_imports(path: Path) -> list[Path]:
    """The modules that a module imports, at once or later, without the vendored ones."""
    text = path.read_text("utf-8")
    targets = [resolve(path, target, import_map()) for target in _IMPORT.findall(text) + _LATER.findall(text)]
    return [target for target in targets if VENDOR not in target.parents]


def folder_of(path: Path) -> str:
    """The folder of the page that a module is in; "" for the page's own."""
    return str(path.parent.relative_to(STATIC)).removeprefix(".")


def layer_of(folder: str) -> int:
    """How far down a folder is."""
    return next(depth for depth, layer in enumerate(_LAYERS) if folder in layer)


def import_map() -> dict[str, str]:
    """The bare names that index.html explains."""
    index = (STATIC / "index.html").read_text("utf-8")
    script = re.search(r'<script type="importmap">(.*?)</script>', index, re.DOTALL)
    assert script
    imports: dict[str, str] = json.loads(script[1])["imports"]
    return imports


def resolve(path: Path, target: str, named: dict[str, str]) -> Path:
    """The file that `target` means inside the module `path`."""
    if target.startswith("."):
        return (path.parent / target).resolve()
    return STATIC / named[target].lstrip("/")
