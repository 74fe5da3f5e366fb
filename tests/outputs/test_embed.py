"""The workflow inside the file: readable again, and not one frame, sound or pixel different."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from tests.outputs.clips import make_clip, make_picture, make_sound
from video_queue.outputs.embed import embed_workflow, read_embedded, workflow_tags

TAGS = {"prompt": json.dumps({"3": {"class_type": "KSampler", "text": "ö" * 50_000}}), "video_queue": "{}"}


def decoded(path: Path) -> tuple[list[str], list[str]]:
    """Hashes of every frame (with its time) and every block of sound."""
    frames, sound = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(*container.streams):
            digest = hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest()
            (frames if isinstance(frame, av.VideoFrame) else sound).append(f"{frame.time} {digest}")
    return frames, sound


def packets(path: Path) -> list[tuple[object, ...]]:
    """Every packet as it lies in the file."""
    with av.open(str(path)) as container:
        return [
            (packet.stream.index, packet.pts, packet.dts, packet.duration, packet.is_keyframe, bytes(packet))
            for packet in container.demux()
        ]


@pytest.mark.parametrize(
    ("suffix", "movflags"),
    [(".mp4", ""), (".mp4", "faststart"), (".mov", ""), (".mkv", ""), (".webm", "")],
)
def test_clips_keep_every_packet_frame_and_sound(tmp_path: Path, suffix: str, movflags: str) -> None:
    source = make_clip(tmp_path / f"a{suffix}", sound=True, movflags=movflags)
    target = tmp_path / f"b{suffix}"
    assert embed_workflow(source, target, TAGS)
    assert read_embedded(target) == TAGS
    assert packets(target) == packets(source)
    assert decoded(target) == decoded(source)
    with av.open(str(source)) as before, av.open(str(target)) as after:
        kept = {key: value for key, value in after.metadata.items() if key.lower() not in TAGS}
        assert kept == before.metadata
        assert after.duration == before.duration


def test_the_first_bytes_of_an_mp4_stay_as_they_are(tmp_path: Path) -> None:
    source, target = make_clip(tmp_path / "a.mp4"), tmp_path / "b.mp4"
    embed_workflow(source, target, TAGS)
    assert target.read_bytes().startswith(source.read_bytes())


def test_pictures_keep_every_pixel(tmp_path: Path) -> None:
    source, target = make_picture(tmp_path / "a.png"), tmp_path / "b.png"
    assert embed_workflow(source, target, TAGS)
    assert read_embedded(target) == TAGS
    with Image.open(source) as before, Image.open(target) as after:
        assert np.array_equal(np.asarray(before), np.asarray(after))
        assert isinstance(after, PngImagePlugin.PngImageFile)
        assert after.text["prompt"] == TAGS["prompt"]


@pytest.mark.parametrize("name", ["a.flac", "a.mp3", "a_without_id3.mp3"])
def test_sounds_keep_every_sample(tmp_path: Path, name: str) -> None:
    source, target = make_sound(tmp_path / name), tmp_path / f"b_{name}"
    assert embed_workflow(source, target, TAGS)
    assert read_embedded(target) == TAGS
    assert decoded(target) == decoded(source)
    with av.open(str(source)) as before, av.open(str(target)) as after:
        assert {key: text for key, text in after.metadata.items() if key not in TAGS} == before.metadata
        assert after.duration == before.duration


@pytest.mark.parametrize(
    "options", [{}, {"lossless": True}, {"frames": 3}], ids=["lossy", "lossless", "moving"]
)
def test_webp_keeps_every_pixel_and_frame(tmp_path: Path, options: dict[str, Any]) -> None:
    source, target = tmp_path / "a.webp", tmp_path / "b.webp"
    first, *others = (
        Image.open(make_picture(tmp_path / f"{n}.png", seed=n)) for n in range(options.pop("frames", 1))
    )
    first.save(source, save_all=bool(others), append_images=others, **options)
    assert embed_workflow(source, target, TAGS)
    assert read_embedded(target) == TAGS
    with Image.open(source) as before, Image.open(target) as after:
        assert (after.n_frames, after.size, after.mode) == (1 + len(others), before.size, before.mode)
        for number in range(after.n_frames):
            before.seek(number), after.seek(number)
            assert np.array_equal(np.asarray(before), np.asarray(after))
        assert after.getexif()[0x0110].startswith("prompt:{")  # where ComfyUI has it
    assert not embed_workflow(target, tmp_path / "c.webp", TAGS)


def test_what_comfyui_wrote_is_kept(tmp_path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("prompt", "theirs")
    texts.add_itxt("workflow", "théirs")
    source, target = tmp_path / "a.png", tmp_path / "b.png"
    Image.new("RGB", (8, 8)).save(source, pnginfo=texts)
    assert embed_workflow(source, target, TAGS)
    assert read_embedded(target) == {"prompt": "theirs", "workflow": "théirs", "video_queue": "{}"}

    clip, tagged, again = make_clip(tmp_path / "a.mkv"), tmp_path / "b.mkv", tmp_path / "c.mkv"
    assert embed_workflow(clip, tagged, {"prompt": "theirs"})
    embed_workflow(tagged, again, TAGS)
    assert read_embedded(again if again.exists() else tagged)["prompt"] == "theirs"


@pytest.mark.parametrize("name", ["a.ts", "a.wav", "a.jpg", "a.txt", "fragmented.mp4", "cut.mp4", "cut.mkv"])
def test_files_where_it_does_not_fit_are_left_alone(tmp_path: Path, name: str) -> None:
    source, target = tmp_path / name, tmp_path / f"target{Path(name).suffix}"
    if name == "fragmented.mp4":
        make_clip(source, movflags="frag_keyframe+empty_moov")
    elif name.startswith("cut"):
        make_clip(source)
        source.write_bytes(source.read_bytes()[:-2000])
    elif name == "a.jpg":
        make_picture(source)
    else:
        source.write_bytes(b"something else")
    assert not embed_workflow(source, target, TAGS)
    assert not target.exists()
    assert read_embedded(source) == {}


def test_tags_come_from_the_manifest_without_the_paths_of_inputs() -> None:
    manifest: dict[str, Any] = {
        "workflow": {"name": "restyle"}, "params": {}, "seed": "9007199254740993",
        "inputs": [{"path": "/home/me/secret.mp4"}],
        "phases": [{"name": "a"}, {"name": "b", "graph": {"1": {}}}, {"name": "c", "graph": {"2": {"inputs": {}}}}],
    }  # fmt: skip
    tags = workflow_tags(manifest)
    assert json.loads(tags["prompt"]) == {"2": {"inputs": {}}}
    assert json.loads(tags["video_queue"])["seed"] == "9007199254740993"
    assert "secret" not in "".join(tags.values())
    graph = {"1": {"class_type": "LoadImage", "inputs": {"image": "/home/me/secret/a.png", "text": "/a/b"}}}
    manifest["phases"] = [{"name": "b", "graph": graph}]
    definition = {"phases": [{"name": "b", "files": {"1.inputs.image": "{{ input.path }}"}}]}
    manifest["workflow"] = {"snapshot": {"definition": definition}}
    embedded = json.loads(workflow_tags(manifest)["prompt"])
    assert embedded["1"]["inputs"] == {"image": "a.png", "text": "/a/b"}
    assert list(workflow_tags({})) == ["video_queue"]
