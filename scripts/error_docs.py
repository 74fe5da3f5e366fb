"""Writes docs/errors.md from the catalogue: `python scripts/error_docs.py`. A test compares the two."""

from __future__ import annotations

import string
from itertools import groupby
from pathlib import Path

from video_queue.domain.errors import ENVIRONMENT, TRANSIENT, ErrorCode
from video_queue.domain.texts import TEXTS

TARGET = Path(__file__).parents[1] / "docs" / "errors.md"
HEAD = """# Errors

Every error has a stable code, says what is wrong, and says what to do. REST answers
`{"error": {"code", "message", "hint", "details"}}`; `vq` prints the message and the hint and ends with the code's
exit status.
Several problems of one submission come together under `details.problems`, each with its place (`loc`).

This page is written from the catalogue by `python scripts/error_docs.py`. Words in *italics* are filled in.
"""


def render() -> str:
    """The whole page."""
    parts = [HEAD]
    ordered = sorted(TEXTS.items(), key=lambda entry: list(ErrorCode).index(ErrorCode(_code(entry[0]))))
    for code, entries in groupby(ordered, key=lambda entry: _code(entry[0])):
        parts.append(f"\n## {code}\n\n{_policy(code)}\n\n| what is wrong | what to do |\n| --- | --- |\n")
        parts += [f"| {_plain(text.message)} | {_plain(text.hint)} |\n" for _, text in entries]
    return "".join(parts)


def _code(key: str) -> str:
    return key.split(".", 1)[0]


def _policy(code: str) -> str:
    if code in ENVIRONMENT:
        return "While work runs: it waits, no attempt is consumed, and it goes on by itself."
    if code in TRANSIENT:
        return "While work runs: it is tried again after a pause, up to `retry.max_attempts`."
    return "While work runs: the prompt fails at once, and the batch goes on."


def _plain(template: str) -> str:
    parts = []
    for text, name, _, _ in string.Formatter().parse(template):
        parts.append(text.replace("|", "\\|"))
        if name is not None:
            parts.append(f"*{name}*")
    return "".join(parts)


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
