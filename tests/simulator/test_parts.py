"""The parts of the stand-in by themselves: folders, queue, cache keys, plan, declarations, pictures, frames."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.simulator.media import fill_inputs, make_clip
from tests.simulator.serving import invert, restyled
from video_queue.simulator.cache import content_keys
from video_queue.simulator.folders import Folders
from video_queue.simulator.frames import preview_frame, preview_frame_with_metadata
from video_queue.simulator.nodes import node_classes
from video_queue.simulator.nodes.video import Clip, read_clip, write_clip
from video_queue.simulator.object_info import object_info
from video_queue.simulator.pictures import PictureRecipe, draw, restyle
from video_queue.simulator.plan import Plan
from video_queue.simulator.prompt_queue import PromptQueue
from video_queue.simulator.settings import DIALECTS, SimulatorSettings


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    fill_inputs(tmp_path / "input")
    return Folders(SimulatorSettings(tmp_path))


def test_a_longer_prefix_with_digits_makes_the_counter_jump(folders: Folders) -> None:
    place = folders.save_place("vq/before", "output", 8, 8)
    assert (place.counter, place.subfolder, place.stem) == (1, "vq", "before")
    (place.folder / "before_34854_00001_.png").touch()
    assert folders.save_place("vq/before", "output", 8, 8).counter == 34855


def test_a_prefix_may_not_leave_the_folder(folders: Folders) -> None:
    with pytest.raises(Exception, match="outside the output folder is not allowed"):
        folders.save_place("../evil", "output", 8, 8)


def test_prefix_tokens(folders: Folders) -> None:
    assert folders.save_place("%width%x%height%_%unknown%", "output", 640, 480).stem == "640x480_%unknown%"


def test_the_queue_runs_by_number_then_by_arrival() -> None:
    queue = PromptQueue()
    for number, name in ((2, "a"), (1, "b"), (1, "c"), (-3, "front"), (1.5, "d")):
        queue.put(number, name, {}, {}, [], lambda: None)
    order = []
    while queue.remaining():
        item = queue.take()
        assert item is not None
        order.append(item.prompt_id)
        queue.finished()
    assert order == ["front", "b", "c", "d", "a"]


def test_refused_prompts_use_up_numbers() -> None:
    queue = PromptQueue()
    assert [queue.draw_number(front) for front in (False, True, False)] == [0, -1, 2]


def test_content_keys_ignore_ids_and_see_file_changes(folders: Folders) -> None:
    keys = content_keys(invert(), folders)
    renamed = {f"x{k}": json.loads(json.dumps(v).replace('["', '["x')) for k, v in invert().items()}
    other = content_keys(renamed, folders)
    assert sorted(keys.values()) == sorted(other.values())
    Image.new("RGB", (9, 9)).save(folders.base / "input/photo.png")
    assert set(keys.values()).isdisjoint(content_keys(invert(), folders).values())


def test_a_plan_leaves_out_what_is_cached_and_what_no_output_needs() -> None:
    prompt = restyled() | {"99": {"class_type": "EmptyImage", "inputs": {}}}
    classes = node_classes(DIALECTS["0.33.0"])
    cached = {"4", "5", "6", "7"}
    plan, order = Plan(prompt, ["10"], cached.__contains__, classes), []
    while (node_id := plan.next()) is not None:
        order.append(node_id)
        plan.done(node_id)
    assert order == ["1", "8", "3", "9", "10"]


@pytest.mark.parametrize("version", sorted(DIALECTS))
def test_object_info_has_both_forms_of_choices(tmp_path: Path, version: str) -> None:
    fill_inputs(tmp_path / "input")
    shown = object_info(Folders(SimulatorSettings(tmp_path, version=version)))
    images = shown["LoadImage"]["input"]["required"]["image"]
    assert images == [["broken.png", "photo.png", "photo2.png"], {"image_upload": True}]
    assert shown["LoadVideo"]["input"]["required"]["file"][0] == "COMBO"
    form = shown["SaveVideo"]["input"]["required"]["format"][0]
    assert form == ("COMFY_DYNAMICCOMBO_V3" if version == "0.33.0" else "COMBO")
    assert (
        shown["CheckpointLoaderSimple"]["input"]["required"]["ckpt_name"][0][0]
        == "simulated-base.safetensors"
    )


def test_pictures_depend_on_every_word_and_number() -> None:
    looks = [
        PictureRecipe(1, "a", "", "m", 7.0),
        PictureRecipe(2, "a", "", "m", 7.0),
        PictureRecipe(1, "b", "", "m", 7.0),
    ]
    looks += [
        PictureRecipe(1, "a", "", "m", 7.0, (("lora", 0.5),)),
        PictureRecipe(1, "a", "", "m", 7.0, (("lora", 0.6),)),
    ]
    drawn = {draw(recipe, 32, 24).tobytes() for recipe in looks}
    assert len(drawn) == len(looks)
    source = np.zeros((24, 32, 3), dtype=np.uint8)
    assert np.array_equal(restyle(source, looks[0], 0.0), source)


def test_preview_frames() -> None:
    image = Image.new("RGB", (8, 8))
    assert preview_frame(image)[:10] == bytes([0, 0, 0, 1, 0, 0, 0, 1, 0xFF, 0xD8])
    frame = preview_frame_with_metadata(image, "3", "p")
    length = int.from_bytes(frame[4:8], "big")
    assert json.loads(frame[8 : 8 + length])["node_id"] == "3"
    assert frame[8 + length :][:2] == b"\xff\xd8"


def test_a_clip_is_read_and_written_with_its_sound(tmp_path: Path) -> None:
    make_clip(tmp_path / "in.mp4", frames=10)
    clip = read_clip(tmp_path / "in.mp4")
    assert (len(clip.images), clip.images[0].size, clip.fps) == (10, (96, 64), 12.0)
    assert clip.sound is not None
    odd = Clip(None, [p.resize((95, 63)) for p in clip.images], clip.fps, clip.sound)
    write_clip(tmp_path / "out.mp4", odd, "libx264", {"preset": "ultrafast"}, "aac")
    again = read_clip(tmp_path / "out.mp4")
    assert (len(again.images), again.images[0].size) == (10, (94, 62))
    assert again.sound is not None
