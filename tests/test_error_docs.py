"""docs/errors.md says what the catalogue says, and every text of the catalogue can be filled in."""

from __future__ import annotations

import string
from pathlib import Path

import pytest

import video_queue
from scripts.error_docs import TARGET, render
from video_queue.domain.catalogue import fail, problem
from video_queue.domain.errors import ErrorCode
from video_queue.domain.texts import TEXTS


def test_the_page_is_up_to_date() -> None:
    assert TARGET.read_text(encoding="utf-8") == render(), "run: python scripts/error_docs.py"


def test_every_text_is_used() -> None:
    package = Path(video_queue.__file__).parent
    sources = [path for path in package.rglob("*.py") if path.name != "texts.py"]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert [key for key in TEXTS if f'"{key}"' not in code] == []


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_every_text_can_be_filled_in(key: str) -> None:
    text = TEXTS[key]
    fields = {
        name.split("!")[0]
        for template in text
        for _, name, _, _ in string.Formatter().parse(template)
        if name
    }
    error = fail(key, **dict.fromkeys(fields, 7))
    assert error.code in set(ErrorCode)
    assert error.message
    assert "{" not in error.message.replace("{{", "")
    assert problem(key, ("x",), **dict.fromkeys(fields, 7)).code == error.code
