"""The failure policy is whole: every code has one class, and every step against a full memory has its turn."""

from __future__ import annotations

from video_queue.domain.errors import ErrorCode
from video_queue.domain.failure_policy import POLICY, MemoryStep, class_of, next_memory_step


def test_every_code_is_in_one_class() -> None:
    assert sorted(code for item in POLICY for code in item.codes) == sorted(ErrorCode)


def test_an_error_that_a_newer_version_wrote_is_permanent() -> None:
    assert [class_of(code).name for code in ("of tomorrow", None)] == ["permanent", "permanent"]


def test_memory_is_freed_before_smaller_values_are_used() -> None:
    steps = [next_memory_step(freed=freed, can_lower=lower) for freed, lower in ((False, True), (True, True))]
    assert steps == list(MemoryStep)
    assert next_memory_step(freed=True, can_lower=False) is None
