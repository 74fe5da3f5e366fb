"""Hundreds of requests made from the OpenAPI document itself; thousands: `python -m tests.hostile.fuzz`."""

from __future__ import annotations

from pathlib import Path

from tests.api.running import running_api
from tests.hostile.fuzz import fuzz


def test_every_answer_is_as_the_document_says_and_none_is_a_failure(tmp_path: Path) -> None:
    with running_api(tmp_path / "home") as api:
        statuses = fuzz(api, 600)
    assert statuses.total() >= 500
    assert {"200", "404", "422"} <= statuses.keys()
