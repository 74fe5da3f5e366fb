"""The night moved to another machine: what waits here is written into a file, and made again there, once and whole."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.api.running import DRAW, GRAPH
from tests.media_clips import make_clip, make_pictures
from tests.worker.conftest import Queue
from video_queue.db import documents, leftovers
from video_queue.db.claims import claim_next_prompt
from video_queue.domain.batches import NewBatch
from video_queue.domain.errors import ProblemsError, VqError
from video_queue.domain.moving import Exported, ExportOptions, Imported, ImportOptions
from video_queue.domain.states import JobState
from video_queue.services.asker import COMMAND_LINE, Asker
from video_queue.services.moving.contents import Selection
from video_queue.wiring import Services

COPY = """
name: copy
inputs: {kind: video}
parameters:
  seed: {type: seed, default: random}
  crf: {type: int, default: 20}
  look: {type: file, required: false}
phases:
  - {name: copy, uses: media.convert, with: {source: "{{ input.path }}", crf: "{{ params.crf }}"}}
output: {phase: copy, name: "{{ input.stem }}_{{ params.seed }}"}
"""
RUNS = """
name: join
inputs: {kind: sequence}
phases:
  - {name: video, uses: media.encode, with: {frames: "{{ input.images }}", fps: 8}}
output: {phase: video}
"""


@pytest.fixture
def here(tmp_path: Path) -> Queue:
    """A home with the workflow, and two clips in two folders beside it."""
    queue = Queue(tmp_path / "here")
    queue.workflow("copy", COPY)
    for name in ("clips/a.mp4", "clips/day 2/b.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        make_clip(tmp_path / name, frames=3)
    return queue


@pytest.fixture
def there(tmp_path: Path) -> Queue:
    """A home that knows nothing of it."""
    return Queue(tmp_path / "there")


def export(queue: Queue, path: Path, ids: list[int] | None = None, **options: Any) -> Exported:
    body = ExportOptions(path=str(path), **options)
    exported: Exported = queue.ask(lambda s: s.exports.export(body, Selection(ids), COMMAND_LINE))
    return exported


def bring(queue: Queue, path: Path, asker: Asker = COMMAND_LINE, **options: Any) -> Imported:
    body = ImportOptions(path=str(path), **options)
    imported: Imported = queue.ask(lambda s: s.queue_imports.import_queue(body, asker))
    return imported


def refusal(work: Callable[[], object]) -> list[tuple[str, str]]:
    """(code, message) of everything that is refused."""
    with pytest.raises(VqError) as caught:
        work()
    error = caught.value
    problems = error.problems if isinstance(error, ProblemsError) else [error.problem(())]
    return [(item.code, item.message) for item in problems]


def rows(queue: Queue, statement: str) -> list[Any]:
    values: list[Any] = queue.ask(
        lambda s: s.db.read(lambda conn: [tuple(row) for row in conn.execute(statement)])
    )
    return values


def test_a_night_arrives_as_it_was_and_is_worked_there(here: Queue, there: Queue, tmp_path: Path) -> None:
    """Without its workflow and its clips there: values, seeds, order, what comes after what, notes, stars, pilots."""
    clips = tmp_path / "clips"
    here.submit(
        workflow="copy", input_dir=str(clips), recursive=True, seeds=2, name="Night", tags=["n"], note="x"
    )
    here.submit(workflow="copy", inputs=["job:1"], name="Later")
    here.submit(workflow="copy", inputs=[str(clips / "a.mp4")], priority=5, limit=1, seeds=2, after=[1])
    here.ask(lambda s: s.edits.edit_prompt(2, {"rating": 4, "note": "good"}))
    here.ask(lambda s: s.edits.edit_prompt(3, {"params": {"crf": 30}}))
    here.ask(lambda s: s.actions.prompt_action(1, "skip"))
    sent = [prompt.params for prompt in here.prompts(1)][1:]
    exported = export(here, tmp_path / "night.zip", with_inputs=True, then="cancel")
    assert (exported.jobs, exported.prompts, exported.files) == ([3, 1, 2], 5, 2)
    assert [here.job(n).state for n in (1, 2, 3)] == [JobState.CANCELLED] * 3

    shutil.move(clips, tmp_path / "away")
    imported = bring(there, tmp_path / "night.zip")
    assert [(job.number, job.id, job.reused) for job in imported.jobs] == [
        (3, 1, False),
        (1, 2, False),
        (2, 3, False),
    ]
    assert [prompt.params for prompt in there.prompts(2)] == sent
    night, later = there.job(2), there.job(3)
    assert (night.name, night.tags, night.note, night.submitted_by) == ("Night", ["n"], "x", "cli")
    assert (there.prompts(2)[0].rating, there.prompts(2)[0].note) == (4, "good")
    assert [prompt.held_reason for prompt in there.prompts(1)] == [None, "pilot"]
    assert later.submission["inputs"] == ["job:2"]
    assert rows(there, "SELECT job_id, after_id FROM job_dependency ORDER BY job_id") == [(1, 2), (3, 2)]

    there.ask(lambda s: s.actions.job_action(1, "release"))
    there.work()
    assert [there.job(n).counts.succeeded for n in (1, 2, 3)] == [2, 3, 3]


def test_a_file_that_is_imported_twice_makes_nothing_twice(here: Queue, there: Queue, tmp_path: Path) -> None:
    here.submit(workflow="copy", inputs=[str(tmp_path / "clips/a.mp4")])
    export(here, tmp_path / "night.zip")
    bring(there, tmp_path / "night.zip", held=True)
    there.ask(lambda s: s.actions.job_action(1, "cancel"))
    again = bring(there, tmp_path / "night.zip")
    assert [(job.id, job.reused) for job in again.jobs] == [(1, True)]
    # Where it came from it waits still, so it is not made there either.
    assert [(job.id, job.reused) for job in bring(here, tmp_path / "night.zip").jobs] == [(1, True)]


def test_folders_are_mapped_and_what_is_missing_is_said_before_anything_is_written(
    here: Queue, there: Queue, tmp_path: Path
) -> None:
    clips, lut = tmp_path / "clips", tmp_path / "clips" / "look.cube"
    lut.write_text("x")
    here.submit(workflow="copy", input_dir=str(clips), recursive=True, params={"look": str(lut)})
    here.submit(workflow="copy", inputs=[str(clips / "a.mp4")], output_dir=str(tmp_path / "out" / "deep"))
    export(here, tmp_path / "night.zip")
    shutil.move(clips, tmp_path / "other")
    shutil.rmtree(tmp_path / "out")

    dry = bring(there, tmp_path / "night.zip", dry_run=True)
    assert [job.id for job in dry.jobs] == [None, None]
    messages = [item.message for item in dry.problems]
    assert f"inputs are missing in {clips}: look.cube, a.mp4" in messages[0]
    assert f"inputs are missing in {clips / 'day 2'}: b.mp4" in messages[1]
    assert f"the output folder {tmp_path / 'out' / 'deep'} cannot be here" in messages[2]
    assert dry.missing == [str(clips), str(tmp_path / "out" / "deep")]
    assert [code for code, _ in refusal(lambda: bring(there, tmp_path / "night.zip"))] == [
        "input_missing"
    ] * 3
    assert rows(there, "SELECT count(*) FROM job") == [(0,)]

    maps = {str(clips): str(tmp_path / "other"), str(tmp_path / "out"): str(tmp_path)}
    bring(there, tmp_path / "night.zip", maps=maps, held=True)
    assert there.prompts(1)[1].inputs == [str(tmp_path / "other" / "day 2" / "b.mp4")]
    assert there.prompts(1)[1].params["look"] == str(tmp_path / "other" / "look.cube")
    assert (there.job(1).held, there.job(2).output_dir) == (True, str(tmp_path / "deep"))


def test_what_runs_stays_and_what_waits_is_held_here(here: Queue, there: Queue, tmp_path: Path) -> None:
    here.submit(workflow="copy", inputs=[str(tmp_path / "clips/a.mp4")], seeds=3)
    here.submit(workflow="copy", inputs=[str(tmp_path / "clips/a.mp4")], name="Whole")
    body = ExportOptions(path=str(tmp_path / "night.zip"), then="hold")

    async def while_it_runs(services: Services) -> Exported:
        claim = partial(
            claim_next_prompt, lane="media", now=1.0, at=services.clock.iso(), logs="/", lookahead=3
        )
        await services.db.transact(claim)
        return await services.exports.export(body, Selection(), COMMAND_LINE)

    exported: Exported = here.ask(while_it_runs)
    assert exported.prompts == 3
    assert "renders of job 1 that have begun: 1" in exported.warnings[0].message
    # Opening the home again puts the one that ran back into the queue, where it goes on.
    assert [prompt.held for prompt in here.prompts(1)] == [False, True, True]
    assert (here.job(1).held, here.job(2).held) == (False, True)
    assert [job.prompts for job in bring(there, tmp_path / "night.zip").jobs] == [2, 1]


def test_a_batch_stays_one_there(here: Queue, there: Queue, tmp_path: Path) -> None:
    clip = str(tmp_path / "clips/a.mp4")
    batch = {
        "name": "shots",
        "submissions": [{"workflow": "copy", "inputs": [clip], "key": "one", "dedupe": False}],
    }
    batch["submissions"] += [{"workflow": "copy", "inputs": ["job:one"]}]  # type: ignore[operator]
    here.submit(workflow="copy", inputs=[clip], dedupe=False)
    here.ask(lambda s: s.batches.submit(NewBatch.model_validate(batch)))
    export(here, tmp_path / "night.zip")
    bring(there, tmp_path / "night.zip")
    view = there.ask(lambda s: s.batches.get(1))
    assert (view.name, [job.id for job in view.jobs], there.job(1).batch) == ("shots", [2, 3], None)


def test_a_job_whose_outputs_are_done_takes_them_along(here: Queue, there: Queue, tmp_path: Path) -> None:
    here.work({"workflow": "copy", "inputs": [str(tmp_path / "clips/a.mp4")]})
    here.submit(workflow="copy", inputs=["job:1"], held=True)
    export(here, tmp_path / "night.zip", with_inputs=True)
    shutil.rmtree(here.settings.output_root)
    assert bring(there, tmp_path / "night.zip", dry_run=True).problems == []
    bring(there, tmp_path / "night.zip")
    there.ask(lambda s: s.actions.job_action(1, "release"))
    there.work()
    assert there.job(1).counts.succeeded == 1


def test_a_job_is_not_exported_without_those_that_it_waits_for(here: Queue, tmp_path: Path) -> None:
    clip = str(tmp_path / "clips/a.mp4")
    here.submit(workflow="copy", inputs=[clip])
    here.submit(workflow="copy", inputs=["job:1"])
    assert "comes after job 1" in refusal(lambda: export(here, tmp_path / "x.zip", [2]))[0][1]
    exported = export(here, tmp_path / "x.zip", [1])
    assert "job 2 stays here" in exported.warnings[0].message
    assert refusal(lambda: export(here, tmp_path / "x.zip", [1]))[0][0] == "invalid_state"
    here.ask(lambda s: s.actions.job_action(1, "cancel"))
    assert "is cancelled" in refusal(lambda: export(here, tmp_path / "y.zip", [1]))[0][1]
    assert refusal(lambda: export(here, tmp_path / "y.zip", [9]))[0][0] == "unknown_job"


def test_what_waits_for_a_job_that_runs_stays_with_it(here: Queue, tmp_path: Path) -> None:
    """And what waits for that: the rest of the night goes."""
    clip = str(tmp_path / "clips/a.mp4")
    here.submit(workflow="copy", inputs=[clip])
    here.submit(workflow="copy", inputs=["job:1"])
    here.submit(workflow="copy", inputs=[clip], after=[2], dedupe=False)
    here.submit(workflow="copy", inputs=[clip], dedupe=False)
    body = ExportOptions(path=str(tmp_path / "night.zip"), then="hold")

    async def while_it_runs(services: Services) -> Exported:
        claim = partial(
            claim_next_prompt, lane="media", now=1.0, at=services.clock.iso(), logs="/", lookahead=3
        )
        await services.db.transact(claim)
        return await services.exports.export(body, Selection(), COMMAND_LINE)

    exported: Exported = here.ask(while_it_runs)
    assert exported.jobs == [4]
    stays = [item.message for item in exported.warnings if "comes after" in item.message]
    assert [text[:5] for text in stays] == ["job 2", "job 3"]
    assert [here.job(number).held for number in (1, 2, 3, 4)] == [False, False, False, True]


def test_an_export_that_fails_lets_go_of_what_it_held(here: Queue, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "gone.mp4", frames=3)
    here.submit(workflow="copy", inputs=[str(clip)])
    clip.unlink()
    attempt = lambda: export(here, tmp_path / "x.zip", with_inputs=True, then="cancel")  # noqa: E731
    assert refusal(attempt)[0][0] == "input_missing"
    assert (here.job(1).held, here.job(1).state) == (False, JobState.QUEUED)
    assert [path.name for path in tmp_path.glob("*.zip*")] == []


def test_paths_that_a_request_may_not_name_are_refused_both_ways(
    here: Queue, there: Queue, tmp_path: Path
) -> None:
    """The page can neither read foreign files by packing them nor by naming them in a file of its own."""

    def guard(path: Path) -> None:
        if "clips" in path.parts:
            raise VqError(code="path_not_allowed", message="no", hint="", details={})

    page = Asker("ui", guard)
    here.submit(workflow="copy", inputs=[str(tmp_path / "clips/a.mp4")])
    body = ExportOptions(path=str(tmp_path / "x.zip"), with_inputs=True)
    packing = lambda: here.ask(lambda s: s.exports.export(body, Selection(), page))  # noqa: E731
    assert refusal(packing)[0][0] == "path_not_allowed"
    export(here, tmp_path / "x.zip")
    assert refusal(lambda: bring(there, tmp_path / "x.zip", page))[0][0] == "path_not_allowed"


def test_runs_of_pictures_come_with_their_gaps_and_a_folder_stays_one(
    here: Queue, there: Queue, tmp_path: Path
) -> None:
    """Nothing lies in the folder itself, only in those below."""
    here.workflow("join", RUNS)
    for folder in ("one", "two"):
        make_pictures(tmp_path / "runs" / folder, 4)
    (tmp_path / "runs/one/p0002.png").unlink()
    here.submit(workflow="join", input_dir=str(tmp_path / "runs"), recursive=True)
    assert export(here, tmp_path / "x.zip", with_inputs=True).files == 7
    shutil.rmtree(tmp_path / "runs")
    assert bring(there, tmp_path / "x.zip", dry_run=True).problems == []
    bring(there, tmp_path / "x.zip")
    [upload] = (there.home / "uploads").iterdir()
    assert there.job(1).submission["input_dir"] == str(upload / "1")
    assert there.ask(lambda s: s.db.read(leftovers.names_upload, upload.name))
    there.work()
    assert there.job(1).counts.succeeded == 2


def test_a_graph_comes_with_its_workflow(here: Queue, there: Queue, tmp_path: Path) -> None:
    here.workflow("draw", DRAW)
    (here.settings.workflows_dir / "draw.render.api.json").write_text(GRAPH)
    here.submit(workflow="draw", seeds=[2**63, 5])
    export(here, tmp_path / "x.zip")
    bring(there, tmp_path / "x.zip")
    workflow_hash = there.job(1).workflow_hash
    assert workflow_hash == here.job(1).workflow_hash
    assert [prompt.seed for prompt in there.prompts(1)] == [str(2**63), 5]
    kept = there.ask(lambda s: s.db.read(documents.read_workflow, workflow_hash))
    assert kept.graphs["render"] == json.loads(GRAPH)


def test_a_clip_whose_name_another_system_cannot_have_is_refused_when_it_is_packed(
    here: Queue, tmp_path: Path
) -> None:
    (tmp_path / "clips/a.mp4").rename(tmp_path / "clips/take: 1.mp4")
    here.submit(workflow="copy", inputs=[str(tmp_path / "clips/take: 1.mp4")])
    export(here, tmp_path / "x.zip")
    ((code, message),) = refusal(lambda: export(here, tmp_path / "y.zip", with_inputs=True))
    assert (code, "take: 1.mp4 cannot be packed" in message) == ("validation", True)
    assert not (tmp_path / "y.zip").exists()


def test_windows_folders_are_mapped_as_windows_compares_them(
    here: Queue, there: Queue, tmp_path: Path
) -> None:
    here.submit(workflow="copy", inputs=[str(tmp_path / "clips/day 2/b.mp4")])
    export(here, tmp_path / "x.zip")

    def change(queue: dict[str, Any]) -> None:
        queue["system"] = "windows"
        for place in (queue["jobs"][0]["submission"], queue["jobs"][0]["prompts"][0]["plan"]):
            place["inputs"] = ["D:\\Clips\\day 2\\b.mp4"]

    rewrite(tmp_path / "x.zip", change)
    assert r"missing in D:\Clips\day 2: b.mp4" in refusal(lambda: bring(there, tmp_path / "x.zip"))[0][1]
    bring(there, tmp_path / "x.zip", maps={"d:\\clips": str(tmp_path / "clips")})
    assert there.prompts(1)[0].inputs == [str(tmp_path / "clips/day 2/b.mp4")]


def rewrite(path: Path, change: Callable[[dict[str, Any]], None], **more: bytes) -> None:
    """Change the `queue.json` of a file, and add members."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    queue = json.loads(members["queue.json"])
    change(queue)
    members["queue.json"] = json.dumps(queue).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (members | more).items():
            archive.writestr(name, text)


def _first(queue: dict[str, Any]) -> dict[str, Any]:
    job: dict[str, Any] = queue["jobs"][0]
    return job


RUN = {
    "folder": "/",
    "prefix": "",
    "digits": 1,
    "ext": "",
    "first": 0,
    "last": 10**15,
    "count": 1,
    "label": "",
}
# What a damaged or hostile file may say, and a part of the answer.
CHANGES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "newer": (lambda queue: queue.update(format=2, exported_by="video_queue 9"), "video_queue 9"),
    "unknown key": (lambda queue: queue.update(jbos=[]), "jbos"),
    "no workflow": (lambda queue: _first(queue).update(workflow_hash="0" * 64), "is not in the file"),
    "unknown value": (lambda queue: _first(queue)["params"].update(crt=1), "crt"),
    "value of another type": (lambda queue: _first(queue)["params"].update(crf="many"), "crf"),
    "after a job of here": (lambda queue: _first(queue)["submission"].update(after=[7]), "comes after job 7"),
    "circle": (lambda queue: _first(queue)["submission"].update(after=[1]), "wait for each other"),
    "twice": (lambda queue: queue["jobs"].append(_first(queue)), "two jobs of one number"),
    "nothing to do": (lambda queue: _first(queue).update(prompts=[]), "nothing to do"),
    "endless run": (lambda queue: _first(queue)["prompts"][0]["plan"].update(sequence=RUN), "makes no sense"),
    "packed elsewhere": (
        lambda queue: queue.update(files=[{"name": "inputs/1/x", "bytes": 1, "sha256": "0" * 64}]),
        "missing or of another size",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_file_that_says_something_else_is_refused(
    here: Queue, there: Queue, tmp_path: Path, name: str
) -> None:
    change, message = CHANGES[name]
    here.submit(workflow="copy", inputs=[str(tmp_path / "clips/a.mp4")])
    export(here, tmp_path / "x.zip")
    rewrite(tmp_path / "x.zip", change)  # type: ignore[arg-type]
    assert message in refusal(lambda: bring(there, tmp_path / "x.zip"))[0][1]
    assert rows(there, "SELECT count(*) FROM job") == [(0,)]


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "inputs/1/../../x",
        "/etc/x",
        "inputs/1/..",
        "inputs/1/C:x",
        "inputs/1\\..\\x",
        "inputs/0/x",
        "x.py",
    ],
)
def test_names_that_lead_out_of_the_home_are_refused(
    here: Queue, there: Queue, tmp_path: Path, name: str
) -> None:
    here.submit(workflow="copy", inputs=[str(tmp_path / "clips/a.mp4")])
    export(here, tmp_path / "x.zip")
    rewrite(tmp_path / "x.zip", dict, **{name: b"x"})
    (code, message), *_ = refusal(lambda: bring(there, tmp_path / "x.zip"))
    assert (code, "no name of a queue file" in message) == ("validation", True)


def test_a_packed_file_that_was_damaged_is_refused_and_nothing_is_left(
    here: Queue, there: Queue, tmp_path: Path
) -> None:
    clip = tmp_path / "clips/a.mp4"
    here.submit(workflow="copy", inputs=[str(clip)])
    export(here, tmp_path / "x.zip", with_inputs=True)
    rewrite(tmp_path / "x.zip", dict, **{"inputs/1/a.mp4": bytes(clip.stat().st_size)})
    assert "is not what it was" in refusal(lambda: bring(there, tmp_path / "x.zip"))[0][1]
    assert list((there.home / "uploads").iterdir()) == []
    assert rows(there, "SELECT count(*) FROM job") == [(0,)]


def test_what_is_no_archive_is_refused(there: Queue, tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    assert refusal(lambda: bring(there, file))[0][0] == "input_missing"
    file.write_bytes(b"PK\x03\x04 no")
    assert "is no queue file" in refusal(lambda: bring(there, file))[0][1]
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("queue.json", "[" * 100_000)
    assert "is no queue file" in refusal(lambda: bring(there, file))[0][1]
