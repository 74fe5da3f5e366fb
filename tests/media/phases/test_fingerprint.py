"""media.fingerprint and media.embed: the same content is near, other content far."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.media_clips import make_clip, make_sound
from tests.scene_clips import make_scenes, shot
from video_queue.domain.errors import VqError
from video_queue.domain.media.content import EmbedParams, FingerprintParams, FingerprintResult
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import embed, fingerprint


def fingerprint_of(run: PhaseRun, source: Path, **params: Any) -> FingerprintResult:
    return asyncio.run(fingerprint.run(FingerprintParams(source=str(source), **params), run))


def distance(a: FingerprintResult, b: FingerprintResult) -> int:
    return (int(a.hash, 16) ^ int(b.hash, 16)).bit_count()


def test_the_same_content_is_near_and_other_content_far(tmp_path: Path, run: PhaseRun) -> None:
    clip = fingerprint_of(run, make_scenes(tmp_path / "a.mp4", [], 40))

    def large(number: int, size: tuple[int, int]) -> Any:
        return shot(0, number // 2, size)

    options = {"crf": "32"}
    again = make_clip(tmp_path / "b.mkv", 80, size=(320, 192), sound=None, options=options, picture=large)
    other = make_clip(tmp_path / "c.mp4", 40, sound=None, picture=lambda number, size: shot(7, number, size))
    assert distance(clip, fingerprint_of(run, again)) <= 8
    assert distance(clip, fingerprint_of(run, other)) >= 16
    assert len(clip.vector) == 64


def test_several_vectors_of_one_clip(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_scenes(tmp_path / "a.mp4", [20], 40)
    result = fingerprint_of(run, clip, strategy="multi", samples=4)
    assert len(result.vectors) == 4
    first, second, third, _ = result.vectors
    assert sum(a != b for a, b in zip(first, second, strict=True)) < 8
    assert sum(a != b for a, b in zip(second, third, strict=True)) > 12


def test_sound_has_no_fingerprint(tmp_path: Path, run: PhaseRun) -> None:
    source = make_sound(tmp_path / "a.flac")
    with pytest.raises(VqError) as caught:
        fingerprint_of(run, source)
    assert caught.value.code == "input_unreadable"
    assert str(source) in caught.value.message


def test_without_the_extra_it_says_which_one_to_install(
    tmp_path: Path, run: PhaseRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    params = EmbedParams(source=str(make_clip(tmp_path / "a.mp4", 10)), model="clip.onnx")
    with pytest.raises(VqError) as caught:
        asyncio.run(embed.run(params, run))
    assert "video_queue[embed]" in caught.value.hint


@pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="the extra `embed`")
def test_a_model_that_is_none_is_named(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 10)
    (tmp_path / "text.onnx").write_text("no model")
    for name in ("none.onnx", "text.onnx"):
        params = EmbedParams(source=str(clip), model=str(tmp_path / name))
        with pytest.raises(VqError, match=name) as caught:
            asyncio.run(embed.run(params, run))
        assert caught.value.code == "media_failed"
