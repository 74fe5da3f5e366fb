"""The files that a workflow names itself, judged when a request brings the workflow.

What the artist's own files name is theirs to say. What references lead to is judged when a phase runs
(`worker/execution/named_files.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from video_queue.domain.errors import Problem, ProblemsError, VqError
from video_queue.domain.submission import texts_in
from video_queue.services.asker import PathGuard


def require_allowed_literals(definition: Mapping[str, Any], guard: PathGuard | None) -> None:
    """Refuse a definition with whole paths that the guard refuses.

    Raises:
        ProblemsError: one line for each of them.
    """
    problems: list[Problem] = []
    for text in dict.fromkeys(texts_in(definition)) if guard else ():
        if guard and Path(text).is_absolute() and "{{" not in text:
            try:
                guard(Path(text))
            except VqError as error:
                problems.append(error.problem(("phases",)))
    if problems:
        raise ProblemsError(problems)
