"""The pages of docs/ say what the code does: examples load, commands and settings exist, nothing is left out."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
import typer.main

from video_queue.cli import tree
from video_queue.domain.errors import ErrorCode
from video_queue.domain.events import EventType
from video_queue.domain.media.phases import PHASES, PhaseKind
from video_queue.domain.workflow import Parameter, ParameterType, Ui, Widget
from video_queue.services.workflows.workflow_service import WorkflowService
from video_queue.settings.models import known_keys
from video_queue.terminal import exit_codes

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md"])
OURS = [
    DOCS / name
    for name in (
        "workflow-files.md", "comfyui.md", "outputs.md", "command-line.md", "rest.md", "settings.md",
        "tutorial.md", "overnight.md", "phone.md", "compared.md", "several.md", "import.md", "new-job.md", "review.md",
        "viewer.md", "media-captions.md", "media-pictures.md", "media-sound.md", "media-timelines.md",
    )
]  # fmt: skip
_GRAPH = re.compile(r"`([\w.-]+\.api\.json)`:\n\n```json\n(.*?)```", re.DOTALL)
_SEPARATORS = {"|", "&&", "||", ";", "&"}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(page), re.DOTALL | re.MULTILINE)


def named_in(page: Path) -> set[str]:
    """Everything the page puts in backticks, and the words of it."""
    spans = re.findall(r"`([^`\n]+)`", text_of(page))
    return {word for span in spans for word in (span, *re.split(r"[\s,:{}()]+", span))}


def section(page: Path, heading: str) -> str:
    return text_of(page).partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_workflow_example_loads(page: Path, tmp_path: Path) -> None:
    for name, graph in _GRAPH.findall(text_of(page)):
        (tmp_path / name).write_text(graph, encoding="utf-8")
    examples = blocks(page, "yaml")
    for number, example in enumerate(examples):
        (tmp_path / f"example{number}.yaml").write_text(example, encoding="utf-8")
    infos = WorkflowService([tmp_path]).list()
    assert [problem.message for info in infos for problem in info.problems] == []
    assert len(infos) == len(examples)


def test_there_are_workflow_examples() -> None:
    assert len(blocks(DOCS / "workflow-files.md", "yaml")) >= 2


@cache
def command_tree() -> click.Group:
    """Every command and option of `vq`."""
    tree_of_vq: Any = typer.main.get_command(tree(""))
    return tree_of_vq  # type: ignore[no-any-return]  # typer brings its own click along, which mypy takes for another


def calls(page: Path) -> Iterator[list[str]]:
    """The words after each `vq` in shell blocks and backticks; assignments, pipes and comments taken apart."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    lines += re.findall(r"`(vq [a-z-][^`\n]*)`", text_of(page))
    for line in lines:
        words: list[str] = []
        for word in [*shlex.split(line, comments=True), ";"]:
            if word in _SEPARATORS:
                while words and "=" in words[0]:
                    words = words[1:]
                if words[:1] == ["vq"]:
                    yield words[1:]
                words = []
            else:
                words.append(word)


def wrong_with(words: list[str]) -> str:
    """What of a call does not exist; empty when all of it does."""
    command: Any = command_tree()
    options = set(_options(command))
    for word in words:
        if word.startswith("-") and word != "-":
            if word.partition("=")[0] not in options:
                return f"vq {' '.join(words)}: no option {word}"
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"vq {' '.join(words)}: no command {word}"
            command = command.commands[word]
            options |= set(_options(command))
    return ""


def _options(command: Any) -> Iterator[str]:
    yield "--help"
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_is_named_exists(page: Path) -> None:
    assert [problem for words in calls(page) if (problem := wrong_with(words))] == []


def test_a_wrong_call_would_be_found() -> None:
    assert wrong_with(["submit", "x", "--nosuch"])
    assert wrong_with(["workflow", "nosuch"])
    assert not wrong_with(["workflow", "check"])


def test_every_command_is_described() -> None:
    page = section(DOCS / "command-line.md", "Commands")
    groups: Any = command_tree().commands
    every = [
        f"{name} {inner}" if inner else name
        for name, command in groups.items()
        for inner in (getattr(command, "commands", None) or [""])
    ]
    assert [name for name in every if not re.search(rf"`vq {name}[ `]", page)] == []


def test_every_option_of_submit_is_described() -> None:
    submit = command_tree().commands["submit"]
    named = named_in(DOCS / "command-line.md")
    missing = [
        parameter.name
        for parameter in submit.params
        if parameter.param_type_name == "option"
        and parameter.name != "help"
        and not named & {*parameter.opts}
    ]
    assert missing == []


def test_every_exit_code_is_described() -> None:
    codes = {value for name, value in vars(exit_codes).items() if name.isupper() and isinstance(value, int)}
    rows = re.findall(r"^\| (\d+) \|", section(DOCS / "command-line.md", "Exit codes"), re.MULTILINE)
    assert {int(row) for row in rows} == codes


def test_every_setting_is_described_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \|", section(DOCS / "settings.md", "All keys"), re.MULTILINE)
    assert rows == known_keys()


def test_every_route_is_described() -> None:
    paths: dict[str, dict[str, Any]] = json.loads(text_of(DOCS / "openapi.json"))["paths"]
    rows = section(DOCS / "rest.md", "Routes").splitlines()
    missing = [
        f"{method} {path}"
        for path, methods in paths.items()
        for method in map(str.upper, methods)
        if not any(re.search(rf"`[A-Z]+ {re.escape(path)}`", row) and f"`{method}" in row for row in rows)
    ]
    assert missing == []
    named = re.findall(r"`[A-Z]+ (/api/[^`]*)`", "\n".join(rows))
    assert set(named) == set(paths)


def test_every_event_type_is_described() -> None:
    named = named_in(DOCS / "rest.md")
    assert {type_.value for type_ in EventType} - {EventType.PREVIEW} - named == set()


@pytest.mark.parametrize("name", [name for name, spec in PHASES.items() if spec.kind is PhaseKind.MEDIA])
def test_every_media_phase_is_described(name: str) -> None:
    page = section(DOCS / "workflow-files.md", "Media phases")
    item = re.split(r"\n(?=- |\n)", page.partition(f"\n- `{name}`:")[2])[0]
    parameters, results = re.split(r"\sGives\s", item)
    spec = PHASES[name]
    assert [key for key in spec.params.model_fields if f"`{key}`" not in parameters] == []
    shared = {"frame_count", "duration", "encoder_used", "warnings"}
    own = [key for key in spec.result.model_fields if f"`{key}`" not in results]
    assert set(own) <= (shared if shared <= set(spec.result.model_fields) else set())


def test_every_key_of_a_parameter_is_described() -> None:
    named = named_in(DOCS / "workflow-files.md")
    wanted = {*Parameter.model_fields, *Ui.model_fields, *map(str, ParameterType), *map(str, Widget)}
    assert wanted - named == set()


@pytest.mark.parametrize("page", OURS, ids=lambda page: page.name)
def test_lines_are_short_and_links_lead_somewhere(page: Path) -> None:
    text = text_of(page)
    assert [line for line in text.splitlines() if len(line) > 140] == []
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert (page.parent / target).exists(), target
    anchors = re.findall(r"\]\(([^)#]*)#([^)]+)\)", text)
    for name, anchor in anchors:
        headings = re.findall(r"^#+ (.*)$", text_of(page.parent / name if name else page), re.MULTILINE)
        assert anchor in {heading.lower().replace(" ", "-") for heading in headings}


def test_statuses_are_those_of_known_errors() -> None:
    codes = re.findall(r"`([a-z_]+)`", section(DOCS / "rest.md", "Errors").partition("| status |")[2])
    known = {code.value for code in ErrorCode}
    named = {code for code in codes if "_" in code or code in known}
    assert {code for code in named if not code.startswith("max_")} <= known


def test_every_place_that_the_architecture_names_exists() -> None:
    """A path with a folder in it is one of the package or of the repository."""
    spans = re.findall(r"`([\w.]+(?:/[\w.]+)*/?)`", text_of(DOCS / "architecture.md"))
    places = {span for span in spans if "/" in span and not span.endswith(".vq.json")} - {"NAME/"}
    folders = [ROOT, ROOT / "video_queue", *(ROOT / "video_queue").iterdir()]
    missing = [
        place
        for place in sorted(places)
        if not any((folder / suffixed).exists() for folder in folders for suffixed in (place, f"{place}.py"))
    ]
    assert missing == []
