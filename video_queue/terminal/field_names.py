"""Names of fields as they are typed: `input_dir` of REST is `--input-dir` here."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Fields whose flag has another name; `params.NAME` and `sweep.NAME` are assignments.
_FLAGS = {
    "inputs": "INPUT",
    "params": "-p",
    "sweep": "--sweep",
    "tags": "--tag",
    "dedupe": "--force",
    "reuse": "--no-reuse",
    "settle_seconds": "--settle",
    "workflow": "WORKFLOW",
}
# Those of submissions, watches and edits; settings and others keep their dotted names.
# fmt: off
_FIELDS = frozenset((
    "input_dir", "recursive", "glob", "rows", "seeds", "resolution", "flip", "output_dir", "if_exists", "review",
    "run_order", "name", "note", "priority", "front", "held", "not_before", "after", "limit", "idempotency_key",
    "rating", "existing", "include", "exclude", "unit", "done_dir", "failed_dir", "max_new", "hours", "poll",
))
# fmt: on
# Only names that are no words of their own are replaced within texts.
_IN_TEXTS = re.compile(
    r"(?<![\w/.\\-])(?:(existing)=|(input_dir|output_dir|if_exists|not_before|run_order|idempotency_key"
    r"|done_dir|failed_dir|max_new|settle_seconds)\b(?![/\\])=?)"
)
_BODY = re.compile(
    r"the request body is not valid: ([\w.]+): (.*?)\.? See the schema at /api/openapi\.json\.", re.DOTALL
)


def flag_of(place: Sequence[str | int]) -> str:
    """The flag that a place in a request was typed as: `-p steps` for ("params", "steps")."""
    name, *rest = map(str, place) if place else ("",)
    if name == "submission":  # of a watch
        return flag_of(rest)
    flag = f"--{name.replace('_', '-')}" if name in _FIELDS else _FLAGS.get(name)
    return " ".join((flag, *rest)) if flag else ".".join((name, *rest))


def as_typed(text: str) -> str:
    """A text about fields as one about flags."""
    text = _BODY.sub(lambda match: f"{flag_of(match[1].split('.'))}: {match[2]}", text)
    return _IN_TEXTS.sub(_flag, text)


def _flag(match: re.Match[str]) -> str:
    flag = flag_of([match[1] or match[2]])
    return f"{flag} " if match[0].endswith("=") else flag
