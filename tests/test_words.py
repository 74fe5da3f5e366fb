"""Names are the field's plain words: what CONTRIBUTING.md lists under "instead of" is in no name of the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("video_queue", "tests", "benchmarks", "scripts")

# As one of the words of a name, wherever it stands.
WORDS = frozenset(
    [
        "affair",
        "anew",
        "bell",
        "bury",
        "corner",
        "crime",
        "demand",
        "door",
        "foresee",
        "foresees",
        "hear",
        "hears",
        "hurry",
        "mourn",
        "news",
        "pretence",
        "sealed",
        "settle",
        "settled",
        "settles",
        "somebody",
        "strokes",
        "whoever",
        "whom",
        "manager",
        "helper",
        "helpers",
        "handler",
        "handlers",
        "utils",
    ]
)
# As a whole name: a pronoun or a participle says nothing about what it stands for.
WHOLE = frozenset(
    [
        "made",
        "given",
        "found",
        "told",
        "wrong",
        "one",
        "who",
        "look",
        "tell",
        "in_hand",
        "take_over",
        "told_apart",
        "carry_out",
    ]
)
# Verbs with a better word, at the beginning of a name.
VERBS = frozenset(["look", "tell", "hear"])
# `path_utils` is inherited, `settle_seconds` public;
# `exception_handler` and the like are FastAPI's and the standard library's words.
ALLOWED = frozenset(
    [
        "settle_seconds",
        "path_utils",
        "test_path_utils",
        "add_exception_handler",
        "exception_handlers",
        "add_signal_handler",
        "remove_signal_handler",
        "StreamHandler",
        "FileHandler",
        "RotatingFileHandler",
        "BaseHTTPRequestHandler",
        "set_exception_handler",
        "call_exception_handler",
        "addHandler",
        "removeHandler",
    ]
)


def words_of(name: str) -> list[str]:
    """`PhaseRender`, `_phase_render` and `PHASE_RENDER` as `[phase, render]`."""
    return re.findall(r"[a-z0-9]+", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower())


def names_in(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that a module gives to something, with its line; the names of tests are sentences and left out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if not node.name.startswith(("test_", "Test")):
                yield node.name, node.lineno
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno


def is_refused(name: str) -> bool:
    """Whether the word list has a better name."""
    words = words_of(name)
    return name not in ALLOWED and (
        bool(WORDS & set(words)) or "_".join(words) in WHOLE or (len(words) > 1 and words[0] in VERBS)
    )


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_name_is_on_the_word_list(folder: str) -> None:
    refused = [
        f"{path.relative_to(ROOT)}:{line} {name}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name, line in [(path.stem, 1), *names_in(ast.parse(path.read_text("utf-8")))]
        if is_refused(name)
    ]
    assert refused == []


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("_bell", True),
        ("NewsReader", True),
        ("take_over", True),
        ("tell_prompt", True),
        ("found", True),
        ("found_files", False),
        ("lookup", False),
        ("lookahead", False),
        ("one", True),
        ("look_at", True),
    ],
)
def test_the_check_itself(name: str, refused: bool) -> None:
    assert is_refused(name) is refused
