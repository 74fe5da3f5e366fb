"""The workflows that ship, on clips whose truth is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.deep_pictures import write_picture
from tests.media_clips import (
    code_frame,
    code_of_picture,
    codes_of,
    make_clip,
    make_vfr,
    pictures_of,
    sound_of,
    sound_packets,
    times_of,
)
from tests.scene_clips import make_scenes
from tests.speech_clips import GAPS, make_speech
from tests.worker.conftest import Queue
from video_queue.domain.states import JobState
from video_queue.domain.views import Artifact, Job


def outputs(queue: Queue, job: Job) -> list[Artifact]:
    assert job.state is JobState.SUCCEEDED, [prompt.error for prompt in queue.prompts(job.id)]
    return [artifact for prompt in queue.prompts(job.id) for artifact in prompt.artifacts]


def test_transcode_keeps_every_frame_of_every_kind_of_clip(queue: Queue, tmp_path: Path) -> None:
    plain = make_clip(tmp_path / "plain.mp4", frames=45)
    uneven, times = make_vfr(tmp_path / "uneven.mp4")
    turned = make_clip(tmp_path / "turned.mp4", frames=20, rotation=90)
    (job,) = queue.work({"workflow": "transcode", "inputs": [str(plain), str(uneven), str(turned)]})
    videos = outputs(queue, job)
    assert [artifact.name for artifact in videos] == ["plain.mp4", "uneven.mp4", "turned.mp4"]
    for artifact, count in zip(videos, (45, len(times), 20), strict=True):
        assert codes_of(Path(artifact.path)) == list(range(count))
        assert artifact.frames == count
    assert np.allclose(np.diff(times_of(Path(videos[1].path))), np.diff(times), atol=0.002)
    assert (videos[2].width, videos[2].height) == (192, 320)


def test_frames_and_back_give_the_clip(queue: Queue, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=40)
    (apart,) = queue.work({"workflow": "video-to-frames", "inputs": [str(clip)]})
    pictures = outputs(queue, apart)
    assert [code_of_picture(Path(picture.path)) for picture in pictures] == list(range(40))
    folder = Path(pictures[0].path).parent
    params = {"fps": 30, "audio": str(clip)}
    (again,) = queue.work({"workflow": "frames-to-video", "inputs": [str(folder)], "params": params})
    (video,) = outputs(queue, again)
    assert codes_of(Path(video.path)) == list(range(40))
    assert sound_packets(Path(video.path)) == sound_packets(clip)


def test_a_sequence_of_openexr_becomes_a_clip_for_editing(queue: Queue, tmp_path: Path) -> None:
    (folder := tmp_path / "shot").mkdir()
    for number in range(1, 4):
        pixels = (code_frame(number, (320, 192)) / 255).astype(np.float32)
        write_picture(folder / f"shot_{number:04d}.exr", pixels, "gbrpf32le", "exr")
    params = {"fps": 24, "codec": "prores"}
    (job,) = queue.work({"workflow": "frames-to-video", "inputs": [str(folder)], "params": params})
    (video,) = outputs(queue, job)
    assert (Path(video.path).suffix, codes_of(Path(video.path))) == (".mov", [1, 2, 3])


def test_contact_sheet(queue: Queue, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=90)
    (job,) = queue.work({"workflow": "contact-sheet", "inputs": [str(clip)]})
    (sheet,) = outputs(queue, job)
    assert sheet.kind == "image"
    assert sheet.width is not None
    assert sheet.width > 600


@pytest.mark.parametrize("at_frame", [1, 17])
def test_split_and_join_is_the_identity(queue: Queue, tmp_path: Path, at_frame: int) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=40)
    (job,) = queue.work(
        {"workflow": "split-and-join", "inputs": [str(clip)], "params": {"at_frame": at_frame}}
    )
    (joined,) = outputs(queue, job)
    assert codes_of(Path(joined.path)) == list(range(40))
    assert abs(sound_of(Path(joined.path)).shape[1] - sound_of(clip).shape[1]) <= 1024


def test_clips_are_joined_with_a_transition(queue: Queue, tmp_path: Path) -> None:
    clips = [str(make_clip(tmp_path / f"{n}.mp4", frames=20, first=100 * n)) for n in range(3)]
    params = {"transition": "dissolve", "frames": 5}
    plain, dissolved = queue.work(
        {"workflow": "join-clips", "inputs": clips},
        {"workflow": "join-clips", "inputs": clips, "params": params},
    )
    assert codes_of(Path(outputs(queue, plain)[0].path)) == [100 * n + k for n in range(3) for k in range(20)]
    assert outputs(queue, dissolved)[0].frames == 50


def test_ingest_to_clips_makes_a_clip_of_each_scene(queue: Queue, tmp_path: Path) -> None:
    footage = make_scenes(tmp_path / "footage.mp4", [20, 50], 80, sound="aac")
    (folder := tmp_path / "library").mkdir()
    params = {"folder": str(folder), "min_scene": 0.2}
    published, archived = queue.work(
        {"workflow": "ingest-to-clips", "inputs": [str(footage)]},
        {"workflow": "ingest-to-clips", "inputs": [str(footage)], "params": params},
    )
    clips = [artifact for artifact in outputs(queue, published) if artifact.kind == "video"]
    assert [clip.frames for clip in clips] == [20, 30, 30]
    (listed,) = outputs(queue, archived)
    entries = json.loads(Path(listed.path).read_text(encoding="utf-8"))["files"]
    places = [(entry.get("start_frame"), entry.get("end_frame")) for entry in entries]
    assert places[:3] == [(0, 20), (20, 50), (50, 80)]
    assert [Path(entry["path"]).suffix for entry in entries[3:]] == [
        ".jpg", ".jpg", ".jpg", ".jpg", ".otio", ".fcpxml", ".edl", ".csv",
    ]  # fmt: skip
    assert (folder / "footage" / "footage.csv").read_text(encoding="utf-8").count(str(footage)) == 3
    assert {entry["parent"] for entry in entries[:3]} == {str(footage)}
    assert len({entry["fingerprint"] for entry in entries[:3]}) == 3
    assert all((folder / "footage" / entry["path"]).stat().st_size == entry["bytes"] for entry in entries)


def test_a_loop_in_the_shape_of_the_feed(queue: Queue, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=10)
    params = {"size": "192x192", "fit": "pad", "times": 2}
    loop, moving = queue.work(
        {"workflow": "social-loop", "inputs": [str(clip)], "params": params},
        {"workflow": "moving-picture", "inputs": [str(clip)], "params": {"width": 160, "boomerang": True}},
    )
    (video,), (picture,) = outputs(queue, loop), outputs(queue, moving)
    assert (video.name, video.width, video.height, video.frames) == ("clip_loop.mp4", 192, 192, 36)
    assert (picture.name, picture.width, picture.frames) == ("clip.gif", 160, 9)


def test_delivery_takes_all_steps_or_none(queue: Queue, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=10)
    Image.new("RGBA", (40, 40), (255, 255, 255, 255)).save(tmp_path / "mark.png")
    (tmp_path / "look.cube").write_text("LUT_3D_SIZE 2\n" + "0 0 0\n" * 8)  # everything black
    params = {
        "lut": str(tmp_path / "look.cube"), "watermark": str(tmp_path / "mark.png"), "size": "160x96", "sdr": True,
        "opacity": 1,
    }  # fmt: skip
    plain, whole = queue.work(
        {"workflow": "delivery", "inputs": [str(clip)]},
        {"workflow": "delivery", "inputs": [str(clip)], "params": params},
    )
    assert codes_of(Path(outputs(queue, plain)[0].path)) == list(range(10))
    (video,) = outputs(queue, whole)
    assert (video.name, video.width, video.height, video.frames) == ("clip_web.mp4", 160, 96, 10)
    picture = pictures_of(Path(video.path))[5]
    assert picture[:40].max() < 10
    assert picture[80:88, 132:150].min() > 200


def test_talk_cleanup_leaves_the_speech_at_an_even_loudness(queue: Queue, tmp_path: Path) -> None:
    talk = make_speech(tmp_path / "talk.mp4", noise_db=-50, codec="aac", loudness=0.5)
    (job,) = queue.work({"workflow": "talk-cleanup", "inputs": [str(talk)], "params": {"min_silence": 0.2}})
    (video,) = outputs(queue, job)
    (prompt,) = queue.prompts(job.id)
    results = {phase.name: phase.result for phase in prompt.phases}
    assert len(results["detect"]["silences"]) == len(GAPS)
    assert video.name == "talk_clean.mp4"
    assert video.frames == results["cut"]["frame_count"] == pytest.approx(252, abs=4)
    assert results["loudness"]["after"]["integrated"] == pytest.approx(-16, abs=0.5)


def test_silences_and_scenes_become_timelines_of_the_original(queue: Queue, tmp_path: Path) -> None:
    talk = make_speech(tmp_path / "talk.mp4", noise_db=-50, codec="aac")
    footage = make_scenes(tmp_path / "footage.mp4", [20, 50], 80)
    silences, scenes = queue.work(
        {"workflow": "edit-list", "inputs": [str(talk)], "params": {"min_silence": 0.2}},
        {"workflow": "scene-list", "inputs": [str(footage)], "params": {"formats": ["edl", "csv"]}},
    )
    assert [file.name for file in outputs(queue, silences)] == [
        f"talk_edit.{ending}" for ending in ("otio", "fcpxml", "edl", "csv")
    ]
    (prompt,) = queue.prompts(silences.id)
    results = {phase.name: phase.result for phase in prompt.phases}
    assert len(results["timeline"]["clips"]) == len(results["silences"]["speech"])
    edl, table = (Path(file.path).read_text(encoding="utf-8-sig") for file in outputs(queue, scenes))
    assert [line.split()[4:6] for line in edl.splitlines() if line[:1].isdigit()] == [
        ["00:00:00:00", "00:00:00:20"], ["00:00:00:20", "00:00:01:20"], ["00:00:01:20", "00:00:02:20"],
    ]  # fmt: skip
    assert table.count(str(footage)) == 3
