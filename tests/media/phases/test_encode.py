"""media.encode: every picture becomes exactly one frame, in order, in its colours, with untouched sound."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from tests.media.run_record import RunRecord
from tests.media_clips import (
    SAMPLE_RATE,
    Pixels,
    code_frame,
    codes_of,
    make_clip,
    make_junk,
    make_pictures,
    make_sound,
    pictures_of,
    sound_of,
    sound_packets,
    sound_wave,
)
from video_queue.domain.errors import VqError
from video_queue.domain.media.frames import EncodeParams, EncodeResult
from video_queue.media.facts import probe, read_to_end
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import encode


def encoded(run: PhaseRun, frames: list[Path], **params: Any) -> EncodeResult:
    values = {"frames": [str(path) for path in frames], "fps": 30, **params}
    return asyncio.run(encode.run(EncodeParams.model_validate(values), run))


def psnr(picture: Pixels, other: Pixels) -> float:
    return float(10 * np.log10(255**2 / np.mean((picture.astype(float) - other) ** 2)))


def test_every_picture_is_one_frame(tmp_path: Path, run: PhaseRun, record: RunRecord) -> None:
    result = encoded(run, make_pictures(tmp_path / "p", 40), fps=24)
    output = Path(result.file.path)
    assert codes_of(output) == list(range(40))
    assert (result.frame_count, result.file.frames, result.encoder_used) == (40, 40, "libx264")
    assert result.duration == pytest.approx(40 / 24)
    assert result.warnings == []
    facts = read_to_end(output)
    assert (facts.pix_fmt, facts.fps, facts.vfr) == ("yuv420p", 24.0, False)
    assert set(facts.colour.model_dump().values()) == {"bt709", "tv"}
    assert output.read_bytes().find(b"moov") < output.read_bytes().find(b"mdat")
    assert record.fractions
    assert max(record.fractions) <= 1.0
    assert [pid for pid, _, _ in record.started] == record.ended


def test_colours_survive(tmp_path: Path, run: PhaseRun) -> None:
    pictures = make_pictures(tmp_path / "p", 8)
    frames = pictures_of(Path(encoded(run, pictures).file.path))
    for number, frame in enumerate(frames):
        assert psnr(frame[40:], code_frame(number)[40:]) >= 40


@pytest.mark.parametrize(
    ("codec", "suffix", "pixels"),
    [
        ("h264", ".mp4", "yuv420p"),
        ("hevc", ".mp4", "yuv420p"),
        ("av1", ".mp4", "yuv420p"),
        ("vp9", ".webm", "yuv420p"),
        ("prores", ".mov", "yuv422p10le"),
        ("ffv1", ".mkv", "bgr0"),
    ],
)
def test_every_codec_keeps_every_frame(
    tmp_path: Path, run: PhaseRun, codec: str, suffix: str, pixels: str
) -> None:
    result = encoded(run, make_pictures(tmp_path / "p", 12), codec=codec, preset="ultrafast")
    output = Path(result.file.path)
    assert (output.suffix, codes_of(output), result.frame_count) == (suffix, list(range(12)), 12)
    assert probe(output).pix_fmt == pixels


def test_ffv1_is_lossless(tmp_path: Path, run: PhaseRun) -> None:
    frames = pictures_of(Path(encoded(run, make_pictures(tmp_path / "p", 4), codec="ffv1").file.path))
    assert all(np.array_equal(frame, code_frame(number)) for number, frame in enumerate(frames))


def test_sound_is_copied_bit_by_bit(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 45)
    result = encoded(run, make_pictures(tmp_path / "p", 45), audio=str(clip))
    output = Path(result.file.path)
    assert result.audio == "copied"
    assert sound_packets(output) == sound_packets(clip)
    assert np.array_equal(sound_of(output), sound_of(clip))
    assert result.warnings == []


def test_sound_the_container_does_not_hold_is_encoded(tmp_path: Path, run: PhaseRun) -> None:
    sound = make_sound(tmp_path / "s.wav", 1.0, codec="pcm_s16le")
    result = encoded(run, make_pictures(tmp_path / "p", 30), audio=str(sound))
    output = Path(result.file.path)
    facts = probe(output)
    assert facts.audio is not None
    assert (result.audio, facts.audio.codec) == ("encoded", "aac")
    clicks = np.flatnonzero(sound_of(output)[0] > 0.6)
    assert abs(clicks[clicks > 6000][0] - SAMPLE_RATE // 4) <= SAMPLE_RATE // 1000
    assert len(result.warnings) == 1


def test_longer_sound_is_cut_at_the_pictures_end(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 90)
    result = encoded(run, make_pictures(tmp_path / "p", 30), audio=str(clip))
    heard = sound_of(Path(result.file.path)).shape[1] / SAMPLE_RATE
    assert heard == pytest.approx(1.0, abs=0.07)
    assert (
        sound_packets(Path(result.file.path))
        == sound_packets(clip)[: len(sound_packets(Path(result.file.path)))]
    )
    assert "longer" in result.warnings[0]


def test_a_file_without_sound(tmp_path: Path, run: PhaseRun) -> None:
    silent = make_clip(tmp_path / "silent.mp4", 5, sound=None)
    pictures = make_pictures(tmp_path / "p", 5)
    result = encoded(run, pictures, audio=str(silent))
    assert result.audio == "none"
    assert probe(Path(result.file.path)).audio is None
    assert "no sound" in result.warnings[0]
    with pytest.raises(VqError, match="has no sound") as caught:
        encoded(run, pictures, audio=str(silent), audio_required=True)
    assert caught.value.code == "media_failed"


def test_odd_sizes_grow_by_one_pixel(tmp_path: Path, run: PhaseRun) -> None:
    result = encoded(run, make_pictures(tmp_path / "p", 4, size=(321, 193)), crf=4)
    frame = pictures_of(Path(result.file.path))[2]
    assert frame.shape == (194, 322, 3)
    assert psnr(frame[40:193, :321], code_frame(2, (321, 193))[40:]) >= 38
    assert psnr(frame[40:193, 321:], code_frame(2, (321, 193))[40:, 320:]) >= 30
    assert "even" in result.warnings[0]


def test_mixed_picture_formats(tmp_path: Path, run: PhaseRun) -> None:
    pictures = make_pictures(tmp_path / "p", 6)
    for number, suffix in ((1, ".jpg"), (3, ".webp"), (4, ".bmp")):
        with Image.open(pictures[number]) as image:
            image.save(pictures[number].with_suffix(suffix), quality=95)
        pictures[number] = pictures[number].with_suffix(suffix)
    assert codes_of(Path(encoded(run, pictures).file.path)) == list(range(6))


def test_wrong_pictures_are_named(tmp_path: Path, run: PhaseRun) -> None:
    pictures = make_pictures(tmp_path / "p", 6)
    other = make_pictures(tmp_path / "q", 1, size=(96, 64))[0]
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(pictures[0].read_bytes()[:2000])
    for bad, code in (
        (other, "media_failed"),
        (damaged, "input_unreadable"),
        (make_junk(tmp_path / "junk.png"), "input_unreadable"),
        (tmp_path / "none.png", "input_missing"),
    ):
        with pytest.raises(VqError) as caught:
            encoded(run, [*pictures, bad])
        assert caught.value.code == code
        assert str(bad) in caught.value.message


def test_pictures_of_another_kind_than_the_first_follow_it_in_their_own_colours(
    tmp_path: Path, run: PhaseRun, record: RunRecord
) -> None:
    pictures = make_pictures(tmp_path / "p", 7)
    images = [Image.open(path).convert("RGB") for path in pictures]
    images[1].quantize(64).save(pictures[1])
    images[2].convert("RGBA").save(pictures[2])
    images[3].convert("L").save(pictures[3])
    images[4].save(pictures[4], interlace=True, dpi=(300, 72), icc_profile=b"none of our business")
    turned = Image.Exif()
    turned[0x0112] = 3
    images[5].rotate(180).save(pictures[5], exif=turned)
    pictures[6] = pictures[6].rename(pictures[6].with_name("the last one.PNG"))
    result = encoded(run, pictures, codec="ffv1")
    frames = pictures_of(Path(result.file.path))
    assert codes_of(Path(result.file.path)) == list(range(7))
    assert all(np.array_equal(frames[place], code_frame(place)) for place in (0, 2, 4, 5, 6))
    assert any("-f png_pipe" in line for line in record.log)


def test_a_picture_damaged_in_its_middle_is_named(tmp_path: Path, run: PhaseRun) -> None:
    pictures = make_pictures(tmp_path / "p", 4)
    data = bytearray(pictures[2].read_bytes())
    data[len(data) // 2] ^= 0x10
    pictures[2].write_bytes(data)
    with pytest.raises(VqError, match=r"p0002\.png is not readable as image: it is damaged"):
        encoded(run, pictures)


def test_ntsc_rates_are_exact(tmp_path: Path, run: PhaseRun) -> None:
    facts = probe(
        Path(encoded(run, make_pictures(tmp_path / "p", 30), fps=29.97).file.path), count_frames=True
    )
    assert facts.fps == pytest.approx(30000 / 1001, abs=1e-9)


def test_a_crf_the_codec_does_not_know() -> None:
    with pytest.raises(ValidationError, match="0 to 51"):
        EncodeParams(frames=["a.png"], fps=30, crf=60)


def test_a_sound_wave_has_two_channels() -> None:
    assert sound_wave(1.0).shape == (2, SAMPLE_RATE)
