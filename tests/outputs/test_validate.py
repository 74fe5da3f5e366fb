"""Damaged outputs are recognised, whatever their container hides."""

from __future__ import annotations

import random
from pathlib import Path

import av
import pytest

from tests.outputs.clips import SIZE, make_clip, make_picture
from video_queue.domain.errors import VqError
from video_queue.domain.views import FileFacts
from video_queue.outputs.validate import Expected, validate_output

FRAGMENTED = "frag_keyframe+empty_moov"
CONTAINERS = [
    *((".mp4", flags) for flags in ("", FRAGMENTED, "faststart")),
    *((suffix, "") for suffix in (".mkv", ".ts", ".webm", ".mov")),
]
WHOLE = Expected("video", frames=48, duration=2.0)


@pytest.mark.parametrize("sound", [True, False])
@pytest.mark.parametrize(("suffix", "movflags"), CONTAINERS)
def test_whole_clips_pass_with_their_facts(tmp_path: Path, suffix: str, movflags: str, sound: bool) -> None:
    clip = make_clip(tmp_path / f"a{suffix}", frames=48, sound=sound, movflags=movflags)
    facts = validate_output(clip, WHOLE)
    assert (facts.frames, facts.width, facts.height) == (48, *SIZE)
    assert facts.duration == pytest.approx(2.0, abs=0.05)
    assert facts.bytes == clip.stat().st_size
    assert validate_output(clip, Expected("video")).frames == 48


@pytest.mark.parametrize("sound", [True, False])
@pytest.mark.parametrize(("suffix", "movflags"), CONTAINERS)
def test_clips_cut_off_anywhere_are_refused(tmp_path: Path, suffix: str, movflags: str, sound: bool) -> None:
    whole = make_clip(tmp_path / f"a{suffix}", frames=48, sound=sound, movflags=movflags).read_bytes()
    cut = tmp_path / f"cut{suffix}"
    for percent in (0, 1, 10, 35, 50, 75, 90):
        cut.write_bytes(whole[: len(whole) * percent // 100])
        with pytest.raises(VqError) as caught:
            validate_output(cut, WHOLE, name="clip")
        assert caught.value.code == "bad_output"
        assert "clip" in caught.value.message


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".webm"])
def test_clips_cut_off_are_refused_even_when_nothing_was_expected(tmp_path: Path, suffix: str) -> None:
    whole = make_clip(tmp_path / f"a{suffix}", frames=48, movflags="faststart" if suffix == ".mp4" else "")
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    with pytest.raises(VqError) as caught:
        validate_output(whole, Expected("video"))
    assert caught.value.code == "bad_output"


@pytest.mark.parametrize("suffix", [".mkv", ".webm"])
def test_clips_cut_off_between_two_blocks_are_refused(tmp_path: Path, suffix: str) -> None:
    clip = make_clip(tmp_path / f"a{suffix}", frames=48)
    whole, cut = clip.read_bytes(), tmp_path / f"cut{suffix}"
    with av.open(str(clip)) as container:
        position = next(packet.pos or 0 for number, packet in enumerate(container.demux()) if number == 30)
    for end in range(position - 12, position + 13):  # one of these is where a block ends
        cut.write_bytes(whole[:end])
        with pytest.raises(VqError) as caught:
            validate_output(cut, Expected("video"))
        assert caught.value.code == "bad_output"


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_clips_that_are_shorter_or_longer_are_refused(tmp_path: Path, suffix: str) -> None:
    for frames in (24, 47, 49):
        clip = make_clip(tmp_path / f"a{suffix}", frames=frames)
        with pytest.raises(VqError) as caught:
            validate_output(clip, WHOLE)
        assert caught.value.details["expected"] == 48
    with pytest.raises(VqError) as caught:
        validate_output(clip, Expected("video", duration=5.0))
    assert caught.value.details["expected"] == 5.0


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_overwritten_blocks_are_refused_or_the_clip_is_whole(tmp_path: Path, suffix: str) -> None:
    whole = make_clip(tmp_path / f"a{suffix}", frames=48).read_bytes()
    damaged, chance = tmp_path / f"b{suffix}", random.Random(1)
    for _try in range(10):
        at = chance.randrange(len(whole) // 10, len(whole) * 8 // 10)
        damaged.write_bytes(whole[:at] + bytes(4096) + whole[at + 4096 :])
        with pytest.raises(VqError) as caught:
            validate_output(damaged, WHOLE)
        assert caught.value.code == "bad_output"


def test_pictures_are_read_to_their_end(tmp_path: Path) -> None:
    picture = make_picture(tmp_path / "a.png")
    assert validate_output(picture, Expected("image")) == FileFacts(
        bytes=picture.stat().st_size, width=SIZE[0], height=SIZE[1], frames=1
    )
    for percent in (0, 1, 50, 95):
        cut = tmp_path / "cut.png"
        cut.write_bytes(picture.read_bytes()[: picture.stat().st_size * percent // 100])
        with pytest.raises(VqError) as caught:
            validate_output(cut, Expected("image"))
        assert caught.value.code == "bad_output"


def test_other_files_need_only_hold_something(tmp_path: Path) -> None:
    text = tmp_path / "a.srt"
    text.write_text("1\n")
    assert validate_output(text, Expected("text")) == FileFacts(bytes=2)
    text.write_bytes(b"")
    with pytest.raises(VqError, match="empty"):
        validate_output(text, Expected("text"))
