"""Probing: the true facts about every kind of clip, and a reason for every hostile file."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from PIL import Image

from tests.media_clips import (
    make_clip,
    make_junk,
    make_odd,
    make_pictures,
    make_sound,
    make_truncated,
    make_vfr,
)
from video_queue.domain.errors import VqError
from video_queue.media.facts import probe, probe_header, read_to_end
from video_queue.media.reading import StoppedError, read_times


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.ts", "a.avi"])
def test_a_plain_clip_in_every_container(tmp_path: Path, name: str) -> None:
    options = {"bf": "0"} if name.endswith("avi") else {"bf": "3"}
    sound = "libmp3lame" if name.endswith("avi") else "aac"
    facts = probe(make_clip(tmp_path / name, 40, fps=25, sound=sound, options=options), count_frames=True)
    assert (facts.kind, facts.codec, facts.width, facts.height) == ("video", "h264", 320, 192)
    assert (facts.frames, facts.fps, facts.vfr) == (40, 25.0, False)
    assert facts.duration == pytest.approx(1.6)
    assert facts.audio is not None


def test_without_counting_the_header_speaks(tmp_path: Path) -> None:
    facts = probe(make_clip(tmp_path / "a.mp4", 40, fps=25))
    assert (facts.frames, facts.fps, facts.duration) == (40, 25.0, pytest.approx(1.6))


def test_vfr(tmp_path: Path) -> None:
    clip, times = make_vfr(tmp_path / "v.mp4", 40)
    facts = probe(clip, count_frames=True)
    assert (facts.vfr, facts.frames) == (True, 40)
    assert read_times(clip).times == pytest.approx(times, abs=1e-4)
    assert read_times(clip, decode=True).times == pytest.approx(times, abs=1e-4)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_rotation_is_how_it_is_shown(tmp_path: Path, rotation: int) -> None:
    facts = probe(make_clip(tmp_path / "r.mp4", 3, rotation=rotation))
    assert facts.rotation == rotation
    assert (facts.width, facts.height) == ((320, 192) if rotation == 180 else (192, 320))


def test_odd_size_and_other_codecs(tmp_path: Path) -> None:
    assert (probe(make_odd(tmp_path / "o.mp4")).width, probe(tmp_path / "o.mp4").pix_fmt) == (321, "yuv444p")
    ffv1 = make_clip(tmp_path / "f.mkv", 12, codec="ffv1", pixels="bgr0")
    assert (probe(ffv1).codec, probe(ffv1, count_frames=True).frames) == ("ffv1", 12)


def test_pictures_and_sound(tmp_path: Path) -> None:
    picture = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20)).save(picture, exif=exif)
    facts = probe(picture)
    assert (facts.kind, facts.width, facts.height, facts.frames) == ("image", 20, 40, 1)
    sound = probe(make_sound(tmp_path / "s.wav", 1.25, codec="pcm_s16le"))
    assert (sound.kind, sound.duration, sound.frames) == ("audio", pytest.approx(1.25), None)


def test_a_moving_gif_is_a_video(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (32, 32), (40 * n, 0, 0)) for n in range(5)]
    frames[0].save(tmp_path / "m.gif", save_all=True, append_images=frames[1:], duration=100)
    frames[0].save(tmp_path / "s.gif")
    moving, still = probe(tmp_path / "m.gif", count_frames=True), probe(tmp_path / "s.gif")
    assert (moving.kind, moving.frames, moving.fps) == ("video", 5, 10.0)
    assert still.kind == "image"


def test_each_kind_is_checked(tmp_path: Path) -> None:
    clip, silent = make_clip(tmp_path / "a.mp4", 3), make_clip(tmp_path / "b.mp4", 3, sound=None)
    sound, picture = make_sound(tmp_path / "s.flac"), make_pictures(tmp_path / "p", 1)[0]
    for path, fits in (
        (clip, {"video", "audio", "media"}),
        (silent, {"video", "media"}),
        (sound, {"audio", "media"}),
        (picture, {"image", "media"}),
    ):
        for kind in ("video", "image", "audio", "media"):
            if kind in fits:
                probe_header(path, kind)
            else:
                with pytest.raises(VqError) as caught:
                    probe_header(path, kind)
                assert caught.value.code == "input_unreadable"
                assert str(path) in caught.value.message


def test_reading_to_the_end(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", 40, options={"bf": "3"})
    assert read_to_end(clip).frames == 40
    assert read_to_end(make_sound(tmp_path / "s.flac")).kind == "audio"
    assert read_to_end(make_pictures(tmp_path / "p", 1)[0]).kind == "image"


@pytest.mark.parametrize("name", ["t.mp4", "t.mkv", "t.png", "faststart.mp4"])
def test_a_truncated_file_is_named(tmp_path: Path, name: str) -> None:
    whole = (
        make_pictures(tmp_path / "p", 1)[0] if name.endswith("png") else make_clip(tmp_path / f"w{name}", 60)
    )
    if name.startswith("faststart"):
        whole = faststart(whole, tmp_path / "moved.mp4")
    cut = make_truncated(tmp_path / name, whole, 0.6)
    with pytest.raises(VqError) as caught:
        read_to_end(cut)
    assert caught.value.code == "input_unreadable"
    assert str(cut) in caught.value.message


@pytest.mark.parametrize("name", ["j.mp4", "j.mkv", "j.png", "j.jpg", "j.wav", "j.ts", "j.bin", "j"])
def test_junk_is_refused(tmp_path: Path, name: str) -> None:
    for kind in ("video", "image", "audio", "media"):
        with pytest.raises(VqError) as caught:
            probe_header(make_junk(tmp_path / name), kind)
        assert caught.value.code == "input_unreadable"


def test_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder.mp4").mkdir()
    for path, code in (
        (tmp_path / "none.mp4", "input_missing"),
        (tmp_path / "empty.mp4", "input_unreadable"),
        (tmp_path / "folder.mp4", "input_unreadable"),
        (Path("a\0b.mp4"), "input_unreadable"),
        (tmp_path / "empty.mp4" / "below.mp4", "input_missing"),
    ):
        with pytest.raises(VqError) as caught:
            probe(path)
        assert caught.value.code == code


def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.mp4")
        with pytest.raises(VqError, match="regular file"):
            probe(tmp_path / "pipe.mp4")


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nother.ts\n",
        "ffconcat version 1.0\nfile other.mp4\n",
        "<MPD/>\n",
    ],
)
def test_playlists_do_not_lead_to_other_files(tmp_path: Path, text: str) -> None:
    make_clip(tmp_path / "other.mp4", 5)
    make_clip(tmp_path / "other.ts", 5)
    for name in ("list.mp4", "list.m3u8", "list.txt"):
        (tmp_path / name).write_text(text)
        with pytest.raises(VqError) as caught:
            probe(tmp_path / name)
        assert caught.value.code == "input_unreadable"


def test_a_picture_that_claims_to_be_huge(tmp_path: Path) -> None:
    path = make_pictures(tmp_path / "p", 1, suffix=".bmp")[0]
    data = bytearray(path.read_bytes())
    data[18:26] = (60_000).to_bytes(4, "little") * 2
    path.write_bytes(data)
    with pytest.raises(VqError, match="too large"):
        read_to_end(path)


def test_reading_stops_on_request(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    clip = make_clip(tmp_path / "a.mp4", 5)
    with pytest.raises(StoppedError):
        probe(clip, count_frames=True, stop=stop)
    with pytest.raises(StoppedError):
        read_to_end(clip, stop=stop)


def faststart(source: Path, target: Path) -> Path:
    """The same file with its index in front, so that it opens even when its end is missing."""
    import av

    with (
        av.open(str(source)) as reader,
        av.open(str(target), "w", options={"movflags": "faststart"}) as writer,
    ):
        streams = {stream.index: writer.add_stream_from_template(stream) for stream in reader.streams}
        for packet in reader.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                writer.mux(packet)
    return target
