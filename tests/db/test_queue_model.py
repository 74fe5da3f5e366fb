"""The queue's statements and a small model of it agree, whatever the order."""

from __future__ import annotations

from tests.db.queue_model import walk


def test_rows_and_model_agree_after_a_thousand_random_steps() -> None:
    walk(1000)
