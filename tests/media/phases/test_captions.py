"""media.captions: what is drawn, when, and where; tracks and files as other programs read them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.media_clips import make_clip, pictures_of, sound_packets
from video_queue.domain.errors import VqError
from video_queue.domain.media.captions import CaptionsParams, CaptionsResult
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import captions

GREY = 90
SRT = (
    "1\n00:00:00,400 --> 00:00:00,800\nHello there\n\n2\n00:00:01,200 --> 00:00:01,600\nSecond, longer line\n"
)
NO_FONTS = "<fontconfig></fontconfig>"


def flat(_number: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.full((size[1], size[0], 3), GREY, np.uint8)


def clip_of(folder: Path, name: str = "clip.mp4", frames: int = 50, **options: Any) -> Path:
    """A plain grey clip of 25 fps."""
    return make_clip(folder / name, frames, fps=25, picture=flat, **options)


def result_of(run: PhaseRun, source: Path, **params: Any) -> CaptionsResult:
    return asyncio.run(captions.run(CaptionsParams.model_validate({"source": str(source), **params}), run))


def ink(picture: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where something was drawn on the grey."""
    return np.asarray(np.abs(picture.astype(int) - GREY).max(axis=2) > 40)


def drawn(result: CaptionsResult) -> list[NDArray[np.bool_]]:
    return [ink(picture) for picture in pictures_of(Path(result.file.path))]


def columns(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """The first and the last column with something in it."""
    inked = np.flatnonzero(mask.any(axis=0))
    return int(inked[0]), int(inked[-1])


def segment(text: str, start: float = 0.0, end: float = 2.0) -> list[dict[str, Any]]:
    return [{"start": start, "end": end, "text": text}]


@pytest.fixture
def no_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without any font, as ffmpeg's fontconfig sees it."""
    (tmp_path / "fonts.conf").write_text(NO_FONTS)
    monkeypatch.setenv("FONTCONFIG_FILE", str(tmp_path / "fonts.conf"))


def test_pixels_change_only_inside_the_times_of_captions(tmp_path: Path, run: PhaseRun) -> None:
    (srt := tmp_path / "it's [a], b; c: 100%d.srt").write_text(SRT)
    clip = clip_of(tmp_path)
    result = result_of(run, clip, subtitles=str(srt))
    marked = [frame for frame, mask in enumerate(drawn(result)) if mask.any()]
    assert marked == [*range(10, 20), *range(30, 40)]
    assert (result.frame_count, result.encoder_used, result.font_used) == (50, "libx264", "DejaVuSans")
    assert [(cue.start, cue.end, cue.text) for cue in result.cues] == [
        (0.4, 0.8, "Hello there"),
        (1.2, 1.6, "Second, longer line"),
    ]
    assert sound_packets(Path(result.file.path)) == sound_packets(clip)
    assert [path.name for path in run.work_dir.iterdir()] == ["video.mp4"]


def test_a_caption_stands_at_the_bottom_in_its_colours(tmp_path: Path, run: PhaseRun) -> None:
    style = {"colour": "#ff2020", "outline_colour": "#0020ff", "size": 20, "outline": 10}
    result = result_of(run, clip_of(tmp_path, frames=3), segments=segment("III"), style=style)
    picture = pictures_of(Path(result.file.path))[1].astype(int)
    rows = np.flatnonzero(ink(picture.astype(np.uint8)).any(axis=1))
    assert rows[0] > 192 / 2
    assert rows[-1] < 192 * 0.95
    first, last = columns(ink(picture.astype(np.uint8)))
    assert abs((first + last) / 2 - 160) < 3
    reds = (picture - (255, 32, 32)).__abs__().max(axis=2) < 60
    blues = (picture - (0, 32, 255)).__abs__().max(axis=2) < 90
    assert reds.sum() > 50
    assert blues.sum() > 50


def test_the_box_is_behind_the_whole_caption(tmp_path: Path, run: PhaseRun) -> None:
    result = result_of(
        run,
        clip_of(tmp_path, frames=3),
        segments=segment("one two three four five"),
        style="boxed",
        max_chars=14,
    )
    mask = drawn(result)[1]
    rows, (first, last) = np.flatnonzero(mask.any(axis=1)), columns(mask)
    box = mask[rows[0] : rows[-1] + 1, first : last + 1]
    assert len(result.cues[0].text.split("\n")) == 2
    assert box[:3].all()
    assert box[-3:].all()
    assert box[:, :3].all()
    assert box[:, -3:].all()


def test_each_word_of_karaoke_lights_up_when_it_is_said(tmp_path: Path, run: PhaseRun) -> None:
    words = [
        {"start": 0.2, "end": 0.6, "text": " One"},
        {"start": 0.6, "end": 0.8, "text": " two"},
        {"start": 1.2, "end": 1.6, "text": " three"},
    ]
    result = result_of(run, clip_of(tmp_path), words=words, style={"karaoke": True, "size": 12})
    pictures = pictures_of(Path(result.file.path))
    yellow = [int(((p[:, :, 0].astype(int) - p[:, :, 2]) > 80).sum()) for p in pictures]
    steps = [frame for frame in range(1, 50) if yellow[frame] - yellow[frame - 1] > 20]
    assert steps == [5, 15, 30]
    assert yellow[4] == 0
    assert [cue.text for cue in result.cues] == ["One two three"]


def test_hebrew_is_drawn_from_right_to_left(tmp_path: Path, run: PhaseRun, new_run: Any) -> None:
    """The first letter stands at the right: what is drawn of a word alone is what stands there in the line."""
    clip = clip_of(tmp_path, frames=2)
    options = {"style": {"size": 20, "outline": 0}}
    line = drawn(result_of(run, clip, segments=segment("ש מ"), **options))[1]
    first_letter = drawn(result_of(new_run(), clip, segments=segment("ש"), **options))[1]
    left, right = columns(line)
    begin, end = columns(first_letter)
    letter = first_letter[:, begin : end + 1]
    at_the_right = (line[:, right - (end - begin) : right + 1] != letter).sum()
    at_the_left = (line[:, left : left + end - begin + 1] != letter).sum()
    assert at_the_right * 3 < at_the_left


def test_the_full_stop_of_arabic_stands_at_the_left_and_letters_join(
    tmp_path: Path, run: PhaseRun, new_run: Any
) -> None:
    clip = clip_of(tmp_path, frames=2)
    options = {"style": {"size": 25, "outline": 0}}
    line = drawn(result_of(run, clip, segments=segment("سلام."), **options))[1]
    left, right = columns(line)
    dot = line[:, left : left + 6]
    assert np.ptp(np.flatnonzero(dot.any(axis=1))) < 8
    apart = drawn(result_of(new_run(), clip, segments=segment("س ل ا م"), **options))[1]
    gaps = [
        int((~mask[:, a:b].any(axis=0)).sum())
        for mask, (a, b) in ((line, (left, right)), (apart, columns(apart)))
    ]
    assert gaps[0] < gaps[1] / 2


def test_a_combining_mark_stands_over_its_letter(tmp_path: Path, run: PhaseRun, new_run: Any) -> None:
    clip = clip_of(tmp_path, frames=2)
    options = {"style": {"size": 25, "outline": 0}}
    apart = drawn(result_of(run, clip, segments=segment("e\u0301e\u0301"), **options))[1]
    whole = drawn(result_of(new_run(), clip, segments=segment("éé"), **options))[1]
    assert (apart != whole).mean() < 0.002


def test_letters_that_no_font_has_are_named(tmp_path: Path, run: PhaseRun, no_fonts: None) -> None:
    with pytest.raises(VqError) as refused:
        result_of(run, clip_of(tmp_path, frames=2), segments=segment("Hello 漢字"))
    assert refused.value.code == "media_failed"
    assert "字" in refused.value.message
    assert "漢" in refused.value.message
    assert "Hello" not in refused.value.message


def test_a_sign_that_no_font_has_is_left_out_and_said(tmp_path: Path, run: PhaseRun, no_fonts: None) -> None:
    result = result_of(run, clip_of(tmp_path, frames=2), segments=segment("Hello \U0001faf6 there"))
    assert [cue.text for cue in result.cues] == ["Hello there"]
    assert any("\U0001faf6" in warning for warning in result.warnings)


def test_a_system_without_fonts_has_ours(tmp_path: Path, run: PhaseRun, no_fonts: None) -> None:
    result = result_of(run, clip_of(tmp_path, frames=2), segments=segment("Hello"))
    assert result.font_used == "DejaVuSans"
    assert drawn(result)[1].any()


@pytest.mark.parametrize("font", ["No Such Font", "Comic, Sans"])
def test_a_font_that_is_missing_is_an_error(tmp_path: Path, run: PhaseRun, font: str) -> None:
    with pytest.raises(VqError) as refused:
        result_of(run, clip_of(tmp_path, frames=2), segments=segment("Hello"), style={"font": font})
    assert refused.value.code == "media_failed"
    assert font.split(",")[0] in refused.value.message
    assert "Install" in refused.value.hint


def test_a_font_may_be_a_file(tmp_path: Path, run: PhaseRun, new_run: Any, no_fonts: None) -> None:
    own = Path(captions.__file__).parents[1] / "text/fonts/DejaVuSans.ttf"
    (font := tmp_path / "a 'font', [b].ttf").write_bytes(own.read_bytes())
    clip = clip_of(tmp_path, frames=2)
    assert result_of(run, clip, segments=segment("Hi"), style={"font": str(font)}).font_used == "DejaVuSans"
    font.write_bytes(b"no font at all")
    with pytest.raises(VqError) as refused:
        result_of(new_run(), clip, segments=segment("Hi"), style={"font": str(font)})
    assert refused.value.code == "input_unreadable"


@pytest.mark.parametrize(
    ("suffix", "codec", "sound", "format_", "container", "track"),
    [
        (".mp4", "libx264", "aac", "srt", ".mp4", "mov_text"),
        (".mp4", "libx264", "aac", "ass", ".mkv", "ssa"),
        (".mkv", "ffv1", "flac", "srt", ".mkv", "srt"),
        (".mkv", "ffv1", "flac", "vtt", ".mkv", "webvtt"),
        (".webm", "libvpx-vp9", "libopus", "srt", ".webm", "webvtt"),
    ],
)
def test_a_track_holds_what_the_result_says(
    tmp_path: Path,
    run: PhaseRun,
    suffix: str,
    codec: str,
    sound: str,
    format_: str,
    container: str,
    track: str,
) -> None:
    clip = clip_of(
        tmp_path,
        f"clip{suffix}",
        codec=codec,
        sound=sound,
        options={"deadline": "realtime"} if "vp9" in codec else None,
    )
    (srt := tmp_path / "a.srt").write_text(SRT)
    result = result_of(run, clip, subtitles=str(srt), mode="soft", format=format_, language="de-AT")
    output = Path(result.file.path)
    assert (output.suffix, result.encoder_used, result.frame_count) == (container, "copy", 50)
    assert sound_packets(output) == sound_packets(clip)
    assert packets(output, "video") == packets(clip, "video")
    assert track_of(output) == (
        track,
        "deu",
        [(0.4, 0.8, "Hello there"), (1.2, 1.6, "Second, longer line")],
    )


def packets(path: Path, kind: str) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(**{kind: 0}) if packet.size]


def track_of(path: Path) -> tuple[str, str, list[tuple[float, float, str]]]:
    """The first track of captions as another reader sees it."""
    with av.open(str(path)) as container:
        stream = container.streams.subtitles[0]
        cues = []
        for packet in container.demux(stream):
            if packet.size and packet.pts is not None and packet.duration:
                texts = [getattr(part, "ass", b"") for part in packet.decode()]
                text = texts[0].decode().split(",", 8)[-1] if texts else ""
                start = float(packet.pts * packet.time_base)
                if text:
                    cues.append(
                        (round(start, 3), round(start + float(packet.duration * packet.time_base), 3), text)
                    )
        return stream.codec_context.name, stream.language or "", cues
