"""Folders that never answer hold up only those who ask about them."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.dead_share import dead_share, hanging_threads
from video_queue.system.files.answers import answers, call, require_answer


def test_work_in_a_folder_that_answers_brings_its_result_or_its_error(tmp_path: Path) -> None:
    assert asyncio.run(call(lambda: sorted(tmp_path.iterdir()), tmp_path, lambda: tmp_path)) == []
    with pytest.raises(FileNotFoundError):
        asyncio.run(call(lambda: list((tmp_path / "missing").iterdir()), tmp_path))
    assert asyncio.run(answers(tmp_path / "missing")), "that it is not there is an answer"


def test_a_share_that_dies_while_it_is_read_is_named_and_its_thread_is_left_to_itself(tmp_path: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    with dead_share(share):
        with pytest.raises(TimeoutError) as error:
            asyncio.run(call(lambda: list(share.iterdir()), lambda: share, seconds=0.5))
        assert error.value.filename == str(share)
        hanging = hanging_threads()
        assert [thread.daemon for thread in hanging] == [True, True]
        with pytest.raises(TimeoutError):
            asyncio.run(require_answer(tmp_path, share, seconds=0.5))
    until = time.monotonic() + 10
    while hanging_threads() and time.monotonic() < until:
        time.sleep(0.01)
    assert asyncio.run(answers(share))
