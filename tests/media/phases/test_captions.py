"""media.captions: what is drawn, when, and where; tracks and files as other programs read them."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from tests.media_clips import make_clip, make_sound, make_vfr, pictures_of, sound_packets, times_of
from video_queue.domain.errors import VqError
from video_queue.domain.media.captions import CaptionsParams, CaptionsResult
from video_queue.media.facts import probe
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


@pytest.mark.parametrize("font", ["No Such Font", "Comic, Sans", "微软雅黑"])
def test_a_font_that_is_missing_is_an_error(tmp_path: Path, run: PhaseRun, font: str) -> None:
    with pytest.raises(VqError) as refused:
        result_of(run, clip_of(tmp_path, frames=2), segments=segment("Hello"), style={"font": font})
    assert refused.value.code == "media_failed"
    assert font.split(",")[0] in refused.value.message
    assert "Install" in refused.value.hint


def test_a_font_may_be_a_file(tmp_path: Path, run: PhaseRun, new_run: Any, no_fonts: None) -> None:
    own = Path(captions.__file__).parents[1] / "text/bundled_fonts/DejaVuSans.ttf"
    (font := tmp_path / "a 'font', [b].ttf").write_bytes(own.read_bytes())
    clip = clip_of(tmp_path, frames=2)
    assert result_of(run, clip, segments=segment("Hi"), style={"font": str(font)}).font_used == "DejaVuSans"
    options = {"segments": segment("Hi"), "style": {"font": str(font)}, "mode": "file", "format": "ass"}
    assert ",DejaVu Sans," in Path(result_of(new_run(), clip, **options).file.path).read_text()
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


def test_captions_keep_the_times_of_a_variable_rate_and_the_turn_of_the_picture(
    tmp_path: Path, run: PhaseRun, new_run: Any
) -> None:
    uneven, times = make_vfr(tmp_path / "uneven.mp4")
    result = result_of(run, uneven, segments=segment("Hello", 0.5, 1.0))
    assert np.allclose(np.diff(times_of(Path(result.file.path))), np.diff(times), atol=0.002)
    turned = clip_of(tmp_path, "turned.mp4", frames=3, rotation=90)
    result = result_of(new_run(), turned, segments=segment("Hello"))
    rows = np.flatnonzero(drawn(result)[1].any(axis=1))
    assert (result.file.width, result.file.height) == (192, 320)
    assert rows[0] > 250


def test_captions_stand_on_the_clock_of_a_clip_whose_picture_begins_late(
    tmp_path: Path, run: PhaseRun
) -> None:
    times = [0.6 + number / 25 for number in range(50)]
    clip = clip_of(tmp_path, "late.mkv", times=times, sound_seconds=2.6, sound="flac")
    result = result_of(run, clip, segments=[*segment("a", 0.8, 1.8), *segment("b", 2.4, 3.0)])
    shown = [times[frame] for frame, mask in enumerate(drawn(result)) if mask.any()]
    assert (shown[0], shown[-1]) == pytest.approx((0.8, 2.56))
    assert [(cue.start, cue.end) for cue in result.cues] == [(0.8, 1.8), (2.4, 2.6)]


def test_letters_keep_their_shape_where_pixels_are_not_square(
    tmp_path: Path, run: PhaseRun, new_run: Any
) -> None:
    options = {"segments": segment("OOO"), "style": {"size": 20, "outline": 0}}
    plain = drawn(result_of(run, clip_of(tmp_path, "a.mp4", frames=2), **options))[1]
    wide = clip_of(tmp_path, "b.mp4", frames=2, sar=Fraction(2))
    (a, b), (c, d) = columns(plain), columns(drawn(result_of(new_run(), wide, **options))[1])
    assert (d - c) * 2 == pytest.approx(b - a, abs=4)


def test_transparent_and_deep_clips_stay_so(tmp_path: Path, run: PhaseRun, new_run: Any) -> None:
    """ProRes 4444 with nothing in it: what is drawn is there, and the rest is transparent as before."""
    clip = tmp_path / "clear.mov"
    with av.open(str(clip), "w") as container:
        stream = container.add_stream("prores_ks", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuva444p10le"
        stream.options = {"profile": "4444"}
        for number in range(2):
            frame = av.VideoFrame.from_ndarray(np.zeros((192, 320, 4), np.uint8), format="rgba")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    result = result_of(run, clip, segments=segment("Hello"), style={"size": 20})
    with av.open(result.file.path) as container:
        alpha = next(container.decode(video=0)).to_ndarray(format="rgba")[:, :, 3]
    assert alpha[:100].max() < 5
    assert alpha[120:].max() > 250
    assert probe(Path(result.file.path)).pix_fmt == probe(clip).pix_fmt


def test_white_of_hdr_is_as_bright_as_paper(tmp_path: Path, run: PhaseRun) -> None:
    options = {"x265-params": "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:log-level=error"}
    clip = clip_of(tmp_path, "hdr.mkv", 4, codec="libx265", pixels="yuv420p10le", sound=None, options=options)
    result = result_of(run, clip, segments=segment("III"), style={"size": 40, "outline": 0})
    assert probe(Path(result.file.path)).colour.transfer == "smpte2084"
    assert int(pictures_of(Path(result.file.path))[1].max()) == pytest.approx(148, abs=6)


def test_a_file_of_ass_is_drawn_as_it_is_unless_a_style_is_chosen(
    tmp_path: Path, run: PhaseRun, new_run: Any
) -> None:
    script = (
        "[Script Info]\nPlayResX: 320\nPlayResY: 192\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, "
        "Alignment, Outline\nStyle: Top,FONT,30,&H0000FF00,8,0\n\n[Events]\nFormat: Layer, Start, End, Style, Text\n"
        "Dialogue: 0,0:00:00.00,0:00:09.00,Top,{\\i1}Hello{\\i0} you\n"
    )
    (ass := tmp_path / "a.ass").write_text(script.replace("FONT", "DejaVu Sans"))
    clip = clip_of(tmp_path, frames=3)
    own = result_of(run, clip, subtitles=str(ass))
    assert np.flatnonzero(drawn(own)[1].any(axis=1))[-1] < 60
    green = pictures_of(Path(own.file.path))[1].astype(int)
    assert (green[:, :, 1] - green[:, :, 0]).max() > 120
    assert (own.cues[0].text, own.style) == ("Hello you", None)
    styled = result_of(new_run(), clip, subtitles=str(ass), style="plain")
    assert np.flatnonzero(drawn(styled)[1].any(axis=1))[0] > 100
    kept = result_of(new_run(), clip, subtitles=str(ass), mode="file", format="ass")
    assert Path(kept.file.path).read_text() == ass.read_text()
    ass.write_text(script.replace("FONT", "No Such Font"))
    with pytest.raises(VqError) as refused:
        result_of(new_run(), clip, subtitles=str(ass))
    assert "No Such Font" in refused.value.message


def test_a_file_of_captions_can_be_made_of_sound_alone(tmp_path: Path, run: PhaseRun, new_run: Any) -> None:
    sound = make_sound(tmp_path / "a.flac", 2.0)
    segments = [*segment("Hello & <you>", 0.5, 1.0), *segment("late", 5, 6)]
    result = result_of(run, sound, segments=segments, mode="file", format="vtt")
    text = Path(result.file.path).read_text(encoding="utf-8")
    assert text == "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\nHello &amp; &lt;you&gt;\n\n"
    assert any("1 of the captions begin after" in warning for warning in result.warnings)
    script = Path(result_of(new_run(), sound, segments=segments, mode="file", format="ass").file.path)
    assert "PlayResY: 1080" in script.read_text()
    for mode in ("burn", "soft"):
        with pytest.raises(VqError) as refused:
            result_of(new_run(), sound, segments=segments, mode=mode)
        assert refused.value.code == "input_unreadable"


def test_a_talk_without_a_word_stays_as_it_is(tmp_path: Path, run: PhaseRun, new_run: Any) -> None:
    clip = clip_of(tmp_path, frames=5)
    result = result_of(run, clip, segments=[], words=[])
    assert (result.encoder_used, result.frame_count, result.cues) == ("copy", 5, [])
    assert packets(Path(result.file.path), "video") == packets(clip, "video")
    assert any("nothing to caption" in warning for warning in result.warnings)
    with pytest.raises(VqError):
        result_of(new_run(), clip, segments=[], mode="file")


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "{\\an8}b\\Nc}", "b\\"])
def test_a_text_that_no_format_may_hold_is_written_without_harm(
    tmp_path: Path, run: PhaseRun, text: str
) -> None:
    """A zero would end the script, braces would be commands: the caption after it is still there."""
    segments = [*segment(text, 0, 0.4), *segment("after", 0.8, 1.0)]
    result = result_of(run, clip_of(tmp_path), segments=segments, style={"size": 20})
    masks = drawn(result)
    assert masks[5].any()
    assert masks[22].any()
    assert np.flatnonzero(masks[5].any(axis=1))[0] > 96


def test_times_below_zero_and_overlaps_are_drawn_one_after_the_other(tmp_path: Path, run: PhaseRun) -> None:
    segments = [*segment("first", -1, 1), *segment("second", 0.4, 0.8)]
    result = result_of(run, clip_of(tmp_path, frames=25), segments=segments)
    assert [(cue.start, cue.end) for cue in result.cues] == [(0, 0.4), (0.4, 1.0)]
    assert len(result.warnings) == 2


@pytest.mark.parametrize(
    "params",
    [
        {"segments": [{"start": 2, "end": 1, "text": "x"}]},
        {"words": [{"start": 0, "end": float("nan"), "text": "x"}]},
        {"segments": [{"end": 1, "text": "x"}]},
        {"segments": [], "subtitles": "a.srt", "text": "x"},
        {"segments": [], "max_chars": 4},
        {"segments": [], "lines": 0},
        {"segments": [], "mode": "paint"},
        {"segments": [], "style": {"size": 0}},
        {"segments": [], "style": {"colour": "red"}},
        {"segments": [], "style": {"sise": 5}},
        {"segments": [], "style": {"font": "a\nDialogue: 0"}},
        {"segments": [], "style": 5},
        {"segments": [], "language": "English!"},
        {"segments": [], "nonsense": 1},
    ],
)
def test_absurd_parameters_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CaptionsParams.model_validate({"source": "a.mp4", **params})


@pytest.mark.parametrize("style", ["nosuch", "../../etc/passwd"])
def test_a_style_that_is_missing_is_named_with_those_there_are(
    tmp_path: Path, run: PhaseRun, style: str
) -> None:
    with pytest.raises(VqError) as refused:
        result_of(run, clip_of(tmp_path, frames=2), segments=segment("x"), style=style)
    assert refused.value.code == "media_failed"
    assert style in refused.value.message
    assert "plain, boxed, karaoke" in refused.value.message
