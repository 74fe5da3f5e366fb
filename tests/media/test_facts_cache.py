"""Facts of media files kept while the files stay as they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.media_clips import make_clip
from video_queue.domain.errors import VqError
from video_queue.media.facts import probe
from video_queue.media.facts_cache import FactsCache


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "clip.mp4", frames=12)


def test_a_file_is_probed_once(clip: Path) -> None:
    facts = FactsCache()
    assert facts.probe(clip) == facts.probe(clip) == probe(clip)
    assert facts.probes == 1


def test_a_file_is_counted_once_and_apart_from_its_header(clip: Path) -> None:
    facts = FactsCache()
    assert [facts.probe(clip, count_frames=True).frames for _ in range(3)] == [12] * 3
    facts.probe(clip)
    assert facts.probes == 2


def test_a_file_that_changed_is_probed_again(clip: Path) -> None:
    facts = FactsCache()
    facts.probe(clip)
    make_clip(clip, frames=5)
    assert facts.probe(clip, count_frames=True).frames == 5
    stat = clip.stat()
    os.utime(clip, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))
    facts.probe(clip, count_frames=True)
    assert facts.probes == 3


def test_a_file_that_is_gone_or_no_media_is_refused_every_time(tmp_path: Path) -> None:
    facts, junk = FactsCache(), tmp_path / "junk.mp4"
    junk.write_bytes(b"x")
    for path, code in ((tmp_path / "gone.mp4", "input_missing"), (junk, "input_unreadable")):
        for _ in range(2):
            with pytest.raises(VqError) as caught:
                facts.probe(path)
            assert caught.value.code == code
