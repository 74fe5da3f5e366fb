"""Which ffmpeg, and what it can really do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.worker.gated_ffmpeg import needs_scripts
from video_queue.domain.errors import VqError
from video_queue.media.ffmpeg_binary import (
    ENCODERS,
    codec_of,
    encoders,
    encodes_one_frame,
    locate,
    usable_encoder,
    version,
    version_line,
)


def test_one_is_always_found() -> None:
    ffmpeg = locate()
    assert ffmpeg.is_absolute()
    assert version(ffmpeg) >= (5, 1)
    assert version_line(ffmpeg).startswith("ffmpeg version")


@needs_scripts
def test_another_one_on_the_path_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other, own = tmp_path / "ffmpeg", locate()
    other.write_text("#!/bin/sh\necho ffmpeg version 99.0\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert version(other) == (99, 0)
    assert locate() == own
    assert locate("ffmpeg") == other


def test_the_setting_wins_and_is_never_replaced_silently(tmp_path: Path) -> None:
    assert locate(str(locate())) == locate()
    with pytest.raises(VqError) as caught:
        locate(str(tmp_path / "ffmpeg"))
    assert caught.value.code == "media_failed"


def test_what_does_not_run_has_no_version(tmp_path: Path) -> None:
    assert version(tmp_path / "none") == (0, 0)
    assert encoders(tmp_path / "none") == frozenset()
    assert not encodes_one_frame(tmp_path / "none", "libx264")


def test_an_encoder_is_tried_before_it_is_used() -> None:
    ffmpeg = locate()
    for codec in ENCODERS:
        assert encodes_one_frame(ffmpeg, usable_encoder(ffmpeg, codec))
    assert not encodes_one_frame(ffmpeg, "h264_no_such")


def test_one_that_does_not_work_gives_way() -> None:
    ffmpeg = locate()
    assert usable_encoder(ffmpeg, "h264", "h264_no_such") == usable_encoder(ffmpeg, "h264")
    assert codec_of(usable_encoder(ffmpeg, "h264", "libx265")) == "h264"
    assert codec_of(usable_encoder(ffmpeg, "hevc", "hardware")) == "hevc"


def test_no_encoder_at_all(tmp_path: Path) -> None:
    with pytest.raises(VqError) as caught:
        usable_encoder(tmp_path / "none", "h264")
    assert caught.value.code == "media_failed"
    assert "libx264" in caught.value.message
