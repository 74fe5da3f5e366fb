"""The rules about one file, in their order."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from video_queue.domain.watches import Rule
from video_queue.services.watch.verdict import (
    CHANGES,
    GIVE_UP_SECONDS,
    Facts,
    Verdict,
    judge,
    outside_hours,
    refused,
    too_many,
)

THEN = 1e9
KEPT = {"now": THEN + 100.0, "since": THEN, "stable": 3.0}


@pytest.mark.parametrize(
    ("facts", "rule", "state"),
    [
        (Facts(**KEPT), "ready", "waiting"),
        (Facts(now=THEN + 2, since=THEN, stable=3.0), "changing", "waiting"),
        (Facts(**KEPT, is_open=True), "open", "waiting"),
        (Facts(**KEPT, partner="a.mp4.part"), "partial", "waiting"),
        (Facts(**KEPT, has_manifest=True), "own", "ignored"),
        (Facts(**KEPT, problem="cut"), "unreadable", "waiting"),
        (Facts(now=THEN + GIVE_UP_SECONDS, since=THEN, stable=3.0, problem="cut"), "unreadable", "failed"),
        (Facts(**KEPT, settings_problem="typo"), "sidecar", "waiting"),
        (Facts(**KEPT, is_open=True, problem="cut", settings_problem="typo"), "open", "waiting"),
    ],
)
def test_the_first_rule_that_holds_a_file_back_decides(facts: Facts, rule: str, state: str) -> None:
    verdict = judge(facts)
    assert (verdict.rule, verdict.state) == (rule, state)
    assert verdict.reason


def test_whatever_waits_is_considered_again_by_itself_and_says_what_would_change_it() -> None:
    waiting: list[Verdict] = [
        judge(Facts(now=THEN + 2, since=THEN, stable=3.0)),
        judge(Facts(**KEPT, is_open=True)),
        judge(Facts(**KEPT, partner="x")),
        judge(Facts(**KEPT, problem="x")),
        judge(Facts(**KEPT, settings_problem="x")),
        outside_hours(THEN),
        too_many(THEN),
        refused(THEN, "x", by_settings=False),
        refused(THEN, "x", by_settings=True),
    ]
    assert [verdict for verdict in waiting if verdict.due is None or not verdict.change] == []


def test_every_rule_that_can_be_stored_says_what_would_change_it_and_is_described() -> None:
    assert set(CHANGES) == set(get_args(Rule))
    page = Path("docs/watch.md").read_text()
    assert [rule for rule in get_args(Rule) if f"`{rule}`" not in page] == []
    assert all(text.endswith(".") for text in CHANGES.values())
