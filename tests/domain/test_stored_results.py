"""Results of phases as rows keep them: what an older version wrote is read for ever, nothing of it lost.

`stored_results.json` holds them by phase. A result that is written otherwise gets one more payload; none is changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from video_queue.domain.media.phases import PHASES

_STORED: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).with_name("stored_results.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", _STORED)
def test_old_results_are_read_with_all_that_they_hold(name: str) -> None:
    for payload in _STORED[name]:
        result = PHASES[name].result.model_validate(payload).model_dump(mode="json")
        assert {key: result.get(key) for key in payload} == payload


@pytest.mark.parametrize("name", _STORED)
def test_what_another_version_wrote_besides_is_ignored(name: str) -> None:
    for payload in _STORED[name]:
        result = PHASES[name].result.model_validate({**payload, "of_another_version": 1})
        assert "of_another_version" not in result.model_dump()
