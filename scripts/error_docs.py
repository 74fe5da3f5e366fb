"""Writes docs/errors.md from the catalogue: `python scripts/error_docs.py`. A test compares the two."""

from __future__ import annotations

import string
from itertools import groupby
from pathlib import Path

from video_queue.domain import failure_policy as policy
from video_queue.domain.errors import ErrorCode
from video_queue.domain.failure_policy import FailureClass, MemoryStep, class_of
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
    parts = [HEAD, _policy_table()]
    ordered = sorted(TEXTS.items(), key=lambda entry: list(ErrorCode).index(ErrorCode(_code(entry[0]))))
    for code, entries in groupby(ordered, key=lambda entry: _code(entry[0])):
        parts.append(f"\n## {code}\n\n{_policy(code)}\n\n| what is wrong | what to do |\n| --- | --- |\n")
        parts += [f"| {_plain(text.message)} | {_plain(text.hint)} |\n" for _, text in entries]
    return "".join(parts)


def _code(key: str) -> str:
    return key.split(".", 1)[0]


def _policy(code: str) -> str:
    return f"While work runs: {class_of(code).summary}"


def _policy_table() -> str:
    """The failure policy (`domain/failure_policy.py`) as a table."""
    rows = [(item.name, _codes(item), _sentence(item)) for item in policy.POLICY]
    steps = {MemoryStep.FREE: "ComfyUI's memory is freed", MemoryStep.LOWER: "the values of `on_oom` are set"}
    memory = ", then ".join(f"{steps[step]} and it is tried once more" for step in MemoryStep)
    rows += [
        ("out of memory", "`out_of_memory`", f"{memory} (where the phase has some); then the prompt fails."),
        ("nothing made", "`no_output`", f"It is tried {policy.TRIES_EMPTY} times, not from ComfyUI's cache again."),
        ("poison", "`poison`", f"{policy.MAX_CRASHES} deaths of vq or ComfyUI in one phase: the prompt fails."),
        (
            "breaker", "any that fails",
            f"A job is held whose first {policy.FIRST_ALIKE} prompts fail alike, or {policy.FAILED_IN_A_ROW} in a row;"
            " other jobs go on.",
        ),
    ]  # fmt: skip
    lines = [f"| {name} | {codes} | {text} |\n" for name, codes, text in rows]
    head = "| class | errors | what happens |\n| --- | --- | --- |\n"
    return "\n## While work runs\n\n" + head + "".join(lines)


def _codes(item: FailureClass) -> str:
    if item is policy.PERMANENT:
        return "all others"
    return ", ".join(f"`{code}`" for code in ErrorCode if code in item.codes)


def _sentence(item: FailureClass) -> str:
    """What is done about a class, with its pauses and what is tried less often."""
    text = item.summary[0].upper() + item.summary[1:]
    if item.pause is None:
        text += f" The pause begins at `retry.base_seconds`, doubles up to {item.longest:g} s,"
        text += f" and up to {item.jitter:.0%} of it is left out by chance."
    elif item.pause:
        text += f" It is looked at again after {item.pause:g} s."
    return text + "".join(f" `{code}`: {count} tries." for code, count in item.tries.items())


def _plain(template: str) -> str:
    parts = []
    for text, name, _, _ in string.Formatter().parse(template):
        parts.append(text.replace("|", "\\|"))
        if name is not None:
            parts.append(f"*{name}*")
    return "".join(parts)


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
