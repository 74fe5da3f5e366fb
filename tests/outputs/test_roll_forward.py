"""Publications whose process is killed at every step: one complete output, and foreign files left alone."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.forked import python_module
from tests.outputs.desk import SET_SIZE, Desk, check_output
from video_queue.outputs.intent import Publication
from video_queue.outputs.publish_method import PublishMethod
from video_queue.outputs.publisher import publish
from video_queue.outputs.roll_forward import IntentLostError, abandon_intent, roll_forward
from video_queue.outputs.staging import discard_stale_staging

REPOSITORY = Path(__file__).parents[2]
FORMS = [("file", "link"), ("file", "rename"), ("file", "reserve"), ("set", "rename"), ("set", "reserve")]
MAX_STEPS = 10
STEPS = {
    "link": ["staged", "intent", "linked", "published", "manifest staged", "linked", "manifest", "cleared"],
    "rename": ["staged", "intent", "published", "manifest staged", "manifest", "cleared"],
    "reserve": [
        "staged",
        "intent",
        "reserved",
        "published",
        "manifest staged",
        "reserved",
        "manifest",
        "cleared",
    ],
}


def run_child(verb: str, form: str, method: str, *times: tuple[int, Path]) -> list[tuple[int, str]]:
    """For each step and desk the exit status of the child that worked there, and the step at which it ended."""
    arguments = [str(part) for step_and_folder in times for part in step_and_folder]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    child = python_module(
        "tests.outputs.publishing_child", verb, form, method, *arguments, cwd=REPOSITORY, **pipes
    )
    printed, errors = child.communicate(timeout=120)
    ends = [(int(status), name) for status, name in (line.split("\t") for line in printed.splitlines())]
    assert {status for status, _ in ends} <= {0, 9}, errors
    return ends


def kill_at(desk: Desk, step: int, form: str, method: str) -> tuple[int, str]:
    """A publication that is killed at one step."""
    (end,) = run_child("publish", form, method, (step, desk.root))
    return end


def members(form: str, name: str) -> list[str]:
    """What the manifest of an output called `name` lists."""
    return [f"{name}/clip_{index:06}.png" for index in range(SET_SIZE)] if form == "set" else [f"{name}.mp4"]


def manifest_name(form: str, name: str) -> str:
    return f"{name}.vq.json" if form == "set" else f"{name}.mp4.vq.json"


def recover(desk: Desk) -> Publication | None:
    """What the next start does: roll the known intent forward, discard the rest."""
    intent = desk.committed()
    known = [Path(intent.staging)] if intent else []
    discard_stale_staging(desk.area.staging_root(desk.area.output_root), known)
    return asyncio.run(roll_forward(intent, commit_intent=desk.commit)) if intent else None


def expect_one_output(desk: Desk, form: str, *, planted: tuple[str, ...] = ()) -> None:
    """Exactly one output, complete, with its manifest, and nothing else but what was planted."""
    publication = recover(desk)
    if publication is None:  # killed before the intent: nothing to see; the next attempt publishes
        assert desk.listing() == sorted(planted)
        files = desk.frames() if form == "set" else [desk.clip()]
        plan = desk.plan(files, attempt=2)
        publication = asyncio.run(publish(plan, desk.area, commit_intent=desk.commit))
    again = recover(desk)
    assert again == publication
    folder = desk.area.output_root / "job"
    name = Path(publication.manifest_path).name.removesuffix(".vq.json").removesuffix(".mp4")
    check_output(folder / manifest_name(form, name), members(form, name))
    files = [f"job/{item}" for item in [*members(form, name), manifest_name(form, name)]]
    assert desk.listing() == sorted([*files, *planted])


def kill_at_every_step(root: Path, form: str, method: str) -> list[tuple[Desk, str]]:
    """A desk for each step, left as the kill left it, and the step's name."""
    folders = [root / str(step) for step in range(MAX_STEPS)]
    for folder in folders:
        folder.mkdir()
    ends = run_child("publish", form, method, *enumerate(folders))
    killed = [
        (Desk.at(folder), step) for folder, (status, step) in zip(folders, ends, strict=True) if status == 9
    ]
    assert [step for _desk, step in killed] == STEPS[method]
    return killed


@pytest.mark.parametrize(("form", "method"), FORMS)
def test_a_kill_at_every_step_leaves_one_complete_output(tmp_path: Path, form: str, method: str) -> None:
    for desk, _step in kill_at_every_step(tmp_path, form, method):
        expect_one_output(desk, form)


@pytest.mark.parametrize(("form", "method"), [("file", "link"), ("file", "reserve"), ("set", "rename")])
def test_files_planted_after_a_kill_are_never_touched(tmp_path: Path, form: str, method: str) -> None:
    for desk, _step in kill_at_every_step(tmp_path, form, method):
        planted = {f"job/{name}": b"mine" for name in ("clip.mp4", "clip.mp4.vq.json", "clip.vq.json")}
        if form == "set":
            planted["job/clip/notes.txt"] = planted.pop("job/clip.mp4")
        for name in list(planted):
            path = desk.area.output_root / name
            if path.exists() or (path.parent.name == "clip" and path.parent.exists()):
                del planted[name]  # the name is ours already, or reserved
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(planted[name])
        expect_one_output(desk, form, planted=tuple(planted))
        for name, contents in planted.items():
            assert (desk.area.output_root / name).read_bytes() == contents


@pytest.mark.parametrize(("form", "method"), [("file", "link"), ("set", "reserve")])
def test_a_recovery_that_is_killed_again_and_again_gets_there(tmp_path: Path, form: str, method: str) -> None:
    desk = Desk.at(tmp_path)
    assert kill_at(desk, 1, form, method)[0] == 9
    ends = run_child("roll", form, method, *((step, tmp_path) for step in range(MAX_STEPS)))
    assert (ends[0][0], ends[-1][0]) == (9, 0)
    expect_one_output(desk, form)


def test_an_empty_file_of_somebody_else_is_no_reservation(desk: Desk) -> None:
    plan = desk.plan([desk.clip()])

    async def commit_and_plant(intent: object) -> None:
        (desk.area.output_root / "job" / "clip.mp4").touch()

    done = asyncio.run(publish(plan, desk.area, commit_intent=commit_and_plant, method=PublishMethod.RESERVE))
    assert Path(done.files[0].path).name == "clip_v2.mp4"
    assert (desk.area.output_root / "job" / "clip.mp4").stat().st_size == 0


def test_an_output_that_was_taken_away_before_recovery_is_lost_not_invented(desk: Desk) -> None:
    done = asyncio.run(publish(desk.plan([desk.clip()]), desk.area, commit_intent=desk.commit))
    Path(done.files[0].path).unlink()
    intent = desk.committed()
    assert intent is not None
    with pytest.raises(IntentLostError):
        asyncio.run(roll_forward(intent, commit_intent=desk.commit))
    assert desk.listing() == ["job/clip.mp4.vq.json"]


@pytest.mark.parametrize("method", list(PublishMethod))
def test_a_manifest_name_taken_late_withdraws_the_output_and_survives_a_crash(
    desk: Desk, method: PublishMethod
) -> None:
    planted = desk.area.output_root / "job" / "clip.mp4.vq.json"

    class Crash(BaseException):
        """Stands for the end of the process."""

    def plant_then_crash(step: str) -> None:
        if step == "published" and not planted.exists():
            planted.write_bytes(b"mine")
        if step == "withdrawn":
            raise Crash

    plan = desk.plan([desk.clip()])
    with pytest.raises(Crash):
        asyncio.run(
            publish(plan, desk.area, commit_intent=desk.commit, method=method, checkpoint=plant_then_crash)
        )
    expect_one_output(desk, "file", planted=("job/clip.mp4.vq.json",))
    assert planted.read_bytes() == b"mine"
    assert desk.intents[-1].final_path.name == "clip_v2.mp4"


def test_a_deleted_job_folder_is_made_again(desk: Desk) -> None:
    assert kill_at(desk, 1, "file", "link")[0] == 9
    (desk.area.output_root / "job").rmdir()
    expect_one_output(desk, "file")


@pytest.mark.parametrize("form", ["file", "set"])
def test_abandoning_an_intent_leaves_nothing_of_it(tmp_path: Path, form: str) -> None:
    desk = Desk.at(tmp_path)
    assert kill_at(desk, 2, form, "reserve") == (9, "reserved")
    intent = desk.committed()
    assert intent is not None
    abandon_intent(intent)
    assert list((desk.area.output_root / "job").iterdir()) == []
    assert not (desk.area.output_root / ".vq-staging").exists()
