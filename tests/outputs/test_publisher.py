"""Publishing from end to end: names, versions, sets, skipping, refusals."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.outputs.clips import make_clip
from tests.outputs.desk import FRAMES, SET_SIZE, Desk, check_output
from video_queue.domain.errors import VqError
from video_queue.outputs.embed import read_embedded
from video_queue.outputs.existing import find_existing
from video_queue.outputs.intent import Intent, Publication
from video_queue.outputs.plan import OutputPlan, PlannedFile
from video_queue.outputs.publish_method import PublishMethod
from video_queue.outputs.publisher import publish
from video_queue.outputs.staging import OutputArea
from video_queue.outputs.validate import Expected


def run(desk: Desk, plan: OutputPlan, **options: PublishMethod) -> Publication:
    return asyncio.run(publish(plan, desk.area, commit_intent=desk.commit, **options))


@pytest.mark.parametrize("method", list(PublishMethod))
def test_a_clip_is_published_with_its_manifest(desk: Desk, method: PublishMethod) -> None:
    planned = desk.clip(sound=True)
    done = run(desk, desk.plan([planned]), method=method)
    folder = desk.area.output_root / "job"
    assert desk.listing() == ["job/clip.mp4", "job/clip.mp4.vq.json"]
    assert not (desk.area.output_root / ".vq-staging").exists()
    (file,) = done.files
    assert (file.path, file.source) == (str(folder / "clip.mp4"), str(planned.source))
    assert (file.kind, file.frames, file.width, file.height, file.fps) == ("video", FRAMES, 96, 64, 24.0)
    assert file.duration == pytest.approx(1.0, abs=0.05)
    assert file.bytes == Path(file.path).stat().st_size
    check_output(Path(done.manifest_path), ["clip.mp4"])
    manifest = json.loads(Path(done.manifest_path).read_text(encoding="utf-8"))
    assert (manifest["seed"], manifest["job"]["id"], manifest["prompt"]["index"]) == (str(2**60), 12, 3)
    assert manifest["artifacts"][0]["frames"] == FRAMES
    assert json.loads(read_embedded(Path(file.path))["prompt"]) == {"3": {"class_type": "K", "inputs": {}}}
    assert planned.source.exists()


@pytest.mark.parametrize("method", list(PublishMethod))
def test_a_set_is_published_as_one_folder(desk: Desk, method: PublishMethod) -> None:
    done = run(desk, desk.plan(desk.frames()), method=method)
    names = [f"clip/clip_{index:06}.png" for index in range(SET_SIZE)]
    assert desk.listing() == sorted([f"job/{name}" for name in names] + ["job/clip.vq.json"])
    assert [file.path for file in done.files] == [str(desk.area.output_root / "job" / name) for name in names]
    check_output(Path(done.manifest_path), names)
    again = run(desk, desk.plan(desk.frames(), attempt=2), method=method)
    assert Path(again.manifest_path).name == "clip_v2.vq.json"
    check_output(Path(again.manifest_path), [f"clip_v2/clip_{index:06}.png" for index in range(SET_SIZE)])


def test_the_next_one_is_a_version_and_foreign_files_stay(desk: Desk) -> None:
    folder = desk.area.output_root / "job"
    folder.mkdir()
    (folder / "clip.mp4").write_bytes(b"mine")
    (folder / "clip_v2.mp4.vq.json").write_bytes(b"mine")
    done = run(desk, desk.plan([desk.clip()]))
    assert Path(done.files[0].path).name == "clip_v3.mp4"
    check_output(Path(done.manifest_path), ["clip_v3.mp4"])
    assert (folder / "clip.mp4").read_bytes() == (folder / "clip_v2.mp4.vq.json").read_bytes() == b"mine"


@pytest.mark.parametrize("method", list(PublishMethod))
@pytest.mark.parametrize("planted", ["clip.mp4", "clip.mp4.vq.json"])
def test_a_name_taken_after_the_intent_gives_the_next_version(
    desk: Desk, method: PublishMethod, planted: str
) -> None:
    foreign = desk.area.output_root / "job" / planted

    async def commit_and_plant(intent: Intent) -> None:
        await desk.commit(intent)
        if len(desk.intents) == 1:
            foreign.write_bytes(b"mine")

    plan = desk.plan([desk.clip()])
    done = asyncio.run(publish(plan, desk.area, commit_intent=commit_and_plant, method=method))
    assert foreign.read_bytes() == b"mine"
    assert [intent.final_path.name for intent in desk.intents] == ["clip.mp4", "clip_v2.mp4"]
    check_output(Path(done.manifest_path), ["clip_v2.mp4"])
    assert desk.listing() == sorted(["job/clip_v2.mp4", "job/clip_v2.mp4.vq.json", f"job/{planted}"])


def test_many_prompts_with_one_name_at_once(desk: Desk) -> None:
    files = [desk.clip(f"{number}.mp4") for number in range(8)]

    async def all_at_once() -> list[Publication]:
        plans = [desk.plan([file], attempt=number) for number, file in enumerate(files)]
        return await asyncio.gather(*(publish(plan, desk.area, commit_intent=desk.commit) for plan in plans))

    done = asyncio.run(all_at_once())
    assert len({item.files[0].path for item in done}) == 8
    for item in done:
        check_output(Path(item.manifest_path), [Path(item.files[0].path).name])
    assert len(desk.listing()) == 16


@pytest.mark.parametrize(
    "damage", ["empty", "truncated mp4", "truncated mkv", "truncated ts", "shorter", "flipped", "text"]
)
def test_damaged_files_are_never_published(desk: Desk, damage: str) -> None:
    suffix = f".{damage.split()[-1]}" if damage.startswith("truncated") else ".mp4"
    frames = FRAMES - 1 if damage == "shorter" else FRAMES
    source = make_clip(desk.area.work_root / f"render{suffix}", frames=frames)
    raw = source.read_bytes()
    middle = len(raw) // 2
    contents = {
        "empty": b"",
        "shorter": raw,
        "flipped": raw[:middle]
        + bytes(byte ^ 0xFF for byte in raw[middle : middle + 3000])
        + raw[middle + 3000 :],
        "text": b"not a clip",
    }
    source.write_bytes(contents.get(damage, raw[: len(raw) * 3 // 5]))
    plan = desk.plan([PlannedFile(source, "video", Expected("video", frames=FRAMES, duration=1.0))])
    with pytest.raises(VqError) as caught:
        run(desk, plan)
    assert caught.value.code == "bad_output"
    assert "clip" in caught.value.message
    assert desk.listing() == []
    assert desk.intents == []


@pytest.mark.parametrize(
    "name",
    ["長い名前", 'it\'s "quoted"', "two\nlines", "x" * 250, "é" * 200, "CON", "a/../../b", ".hidden", " "],
)
def test_any_name_ends_as_one_file_in_the_folder(desk: Desk, name: str) -> None:
    done = run(desk, desk.plan([desk.clip()], name=name))
    path = Path(done.files[0].path)
    assert path.parent == desk.area.output_root / "job"
    assert len(path.name.encode()) <= 240
    check_output(Path(done.manifest_path), [path.name])
    assert find_existing(desk.plan([], name=name)) is not None


def test_our_own_work_files_are_linked_others_copied(desk: Desk) -> None:
    ours = desk.clip()
    theirs = make_clip(desk.root / "theirs.mp4", frames=FRAMES)
    linked = run(desk, desk.plan([ours], embed=False))
    copied = run(desk, desk.plan([PlannedFile(theirs, "video")], embed=False))
    assert ours.source.samefile(linked.files[0].path)
    assert not theirs.samefile(copied.files[0].path)
    assert theirs.read_bytes() == Path(copied.files[0].path).read_bytes()


def test_recursive_submissions_keep_their_folders(desk: Desk) -> None:
    done = run(desk, desk.plan([desk.clip()], reldir="day 1/cam"))
    assert Path(done.files[0].path) == desk.area.output_root / "job" / "day 1" / "cam" / "clip.mp4"
    with pytest.raises(VqError) as caught:
        run(desk, desk.plan([desk.clip()], reldir="../out"))
    assert caught.value.code == "path_not_allowed"


def test_an_output_folder_that_is_away_is_waited_for(desk: Desk) -> None:
    drive = desk.root / "drive"
    plan = desk.plan([desk.clip()], output_dir=drive)
    with pytest.raises(VqError) as caught:
        run(desk, plan)
    assert caught.value.code == "output_unavailable"
    assert not drive.exists()
    drive.write_bytes(b"a file")
    with pytest.raises(VqError) as caught:
        run(desk, plan)
    assert caught.value.code == "output_unavailable"
    drive.unlink()
    drive.mkdir()
    assert run(desk, plan).files[0].path == str(drive / "clip.mp4")
    assert sorted(path.name for path in drive.iterdir()) == ["clip.mp4", "clip.mp4.vq.json"]


def test_an_output_root_that_is_away_is_not_invented(desk: Desk) -> None:
    area = OutputArea(desk.root / "nas" / "outputs", desk.area.work_root, "home1")
    plan = desk.plan([desk.clip()], output_dir=area.output_root / "job")
    with pytest.raises(VqError) as caught:
        asyncio.run(publish(plan, area, commit_intent=desk.commit))
    assert caught.value.code == "output_unavailable"
    assert not (desk.root / "nas").exists()


def test_nothing_to_publish_and_files_that_are_gone(desk: Desk) -> None:
    with pytest.raises(VqError) as caught:
        run(desk, desk.plan([]))
    assert caught.value.code == "no_output"
    with pytest.raises(VqError) as caught:
        run(desk, desk.plan([PlannedFile(desk.area.work_root / "gone.mp4", "video")]))
    assert caught.value.code == "not_found"
    assert desk.listing() == []


def test_an_intent_that_cannot_be_committed_leaves_nothing(desk: Desk) -> None:
    async def refuse(intent: Intent) -> None:
        raise RuntimeError("an old attempt")

    with pytest.raises(RuntimeError, match="old attempt"):
        asyncio.run(publish(desk.plan([desk.clip()]), desk.area, commit_intent=refuse))
    assert desk.listing() == []
    assert not (desk.area.output_root / ".vq-staging").exists()
