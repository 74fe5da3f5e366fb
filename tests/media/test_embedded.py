"""Texts inside media files, in every form that programs keep a ComfyUI graph in."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from tests.media_clips import make_clip
from video_queue.domain.errors import VqError
from video_queue.media.embedded import embedded_texts

PROMPT, WORKFLOW = '{"3": "ö"}', '{"nodes": []}'


def picture() -> Image.Image:
    return Image.new("RGB", (8, 8), "red")


def test_png_texts_of_every_kind_are_read(tmp_path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("prompt", PROMPT, zip=True)
    texts.add_itxt("workflow", WORKFLOW, zip=True)
    texts.add_itxt("note", "plain")
    picture().save(tmp_path / "a.png", pnginfo=texts)
    assert embedded_texts(tmp_path / "a.png") == {"prompt": PROMPT, "workflow": WORKFLOW, "note": "plain"}


def test_animated_png_of_comfyui_is_read(tmp_path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add(b"comf", b"prompt\0" + PROMPT.encode("latin-1"), after_idat=True)
    picture().save(tmp_path / "a.png", pnginfo=texts, save_all=True, append_images=[Image.new("RGB", (8, 8))])
    assert embedded_texts(tmp_path / "a.png") == {"prompt": PROMPT}


@pytest.mark.parametrize("suffix", [".webp", ".jpg"])
def test_exif_of_comfyui_is_read(tmp_path: Path, suffix: str) -> None:
    image = picture()
    exif = image.getexif()
    exif[0x0110], exif[0x010F] = 'prompt:{"3": "o"}', f"workflow:{WORKFLOW}"
    image.save(tmp_path / f"a{suffix}", exif=exif)
    assert embedded_texts(tmp_path / f"a{suffix}") == {"prompt": '{"3": "o"}', "workflow": WORKFLOW}


def test_a_comment_that_is_json_keeps_the_name_of_its_place(tmp_path: Path) -> None:
    picture().save(tmp_path / "a.gif", comment=WORKFLOW.encode())
    assert embedded_texts(tmp_path / "a.gif") == {"comment": WORKFLOW}


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm"])
def test_tags_of_clips_are_read(tmp_path: Path, name: str) -> None:
    with av.open(str(tmp_path / name), "w", options={"movflags": "use_metadata_tags"}) as container:
        container.metadata["prompt"] = PROMPT
        container.metadata["comment"] = WORKFLOW
        stream = container.add_stream("libvpx-vp9" if name.endswith("webm") else "libx264", rate=8)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))))
        container.mux(stream.encode())
    texts = embedded_texts(tmp_path / name)
    assert (texts["prompt"], texts["comment"]) == (PROMPT, WORKFLOW)


@pytest.mark.parametrize("name", ["a.flac", "a.mp3"])
def test_tags_of_sound_are_read(tmp_path: Path, name: str) -> None:
    with av.open(str(tmp_path / name), "w") as container:
        container.metadata["prompt"] = PROMPT
        stream = container.add_stream("flac" if name.endswith("flac") else "libmp3lame", rate=44100)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4410 * 2), np.int16), "s16", "stereo")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert embedded_texts(tmp_path / name)["prompt"] == PROMPT


def test_a_file_without_texts_and_one_that_is_no_medium(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", 3)
    assert "prompt" not in embedded_texts(tmp_path / "a.mp4")
    (tmp_path / "junk.png").write_bytes(b"\0" * 4000)
    with pytest.raises(VqError) as refused:
        embedded_texts(tmp_path / "junk.png")
    assert refused.value.code == "input_unreadable"


def test_a_text_that_unpacks_without_end_is_skipped(tmp_path: Path) -> None:
    body = b"zTXt" + b"prompt\0\0" + zlib.compress(b" " * (40 << 20))
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    picture().save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(data[:33] + chunk + data[33:])
    assert embedded_texts(tmp_path / "a.png") == {}
