"""Prompts as small pictures: which picture, which mark, and how little a cell weighs."""

from __future__ import annotations

import json

from tests.db.claims import DONE, FAILED, AddJob, must_claim
from tests.db.conftest import NOW
from video_queue.db import artifacts, cells, prompts
from video_queue.db.artifacts import NewArtifact
from video_queue.db.connection import Connection
from video_queue.db.job_lists import JobFilter, list_jobs


def picture(name: str, kind: str = "video") -> NewArtifact:
    return NewArtifact(phase="p", kind=kind, role="output", name=name, path=f"/out/{name}", bytes=1)


def end_next(conn: Connection, result: prompts.PromptResult) -> int:
    """Claim the next prompt and end it; its number."""
    claim = must_claim(conn)
    prompts.persist_prompt_result(conn, claim.prompt_id, claim.attempt, result, NOW)
    return claim.prompt_id


def test_what_is_made_shows_its_output_and_what_is_to_come_its_input(
    conn: Connection, add_job: AddJob
) -> None:
    job = add_job(prompts=3)
    conn.execute("""UPDATE prompt SET plan = '{"inputs": ["/clips/a.mp4"]}' WHERE job_id = ?""", (job,))
    done = end_next(conn, DONE)
    artifacts.insert_artifacts(
        conn, job, done, [picture("a.flac", "audio"), picture("a.mp4"), picture("b.mp4")]
    )
    shown = conn.execute("SELECT id FROM artifact WHERE name = 'a.mp4'").fetchone()[0]
    end_next(conn, FAILED)
    sheet = cells.read_sheet(conn, job, 1, 100)
    assert (sheet.first, sheet.total) == (1, 3)
    assert [cell.state for cell in sheet.cells] == ["succeeded", "failed", "queued"]
    assert [cell.poster for cell in sheet.cells] == [shown, "/clips/a.mp4", "/clips/a.mp4"]
    assert [cell.mark for cell in sheet.cells] == [None, "input_missing", None]
    [listed] = list_jobs(conn, JobFilter()).items
    assert (listed.poster, len(listed.cells)) == (shown, 3)


def test_a_sheet_is_read_in_parts_and_weighs_little(conn: Connection, add_job: AddJob) -> None:
    job = add_job(prompts=300)
    part = cells.read_sheet(conn, job, 251, 100)
    assert (part.first, part.total, len(part.cells)) == (251, 300, 50)
    assert len(part.model_dump_json()) / len(part.cells) <= 80
    [listed] = list_jobs(conn, JobFilter()).items
    assert len(listed.cells) == cells.FIRST


def test_a_damaged_plan_leaves_the_other_cells_as_they_are(conn: Connection, add_job: AddJob) -> None:
    job = add_job(prompts=2)
    conn.execute("UPDATE prompt SET plan = '{' WHERE job_id = ? AND idx = 1", (job,))
    conn.execute(
        "UPDATE prompt SET plan = ? WHERE job_id = ? AND idx = 2", (json.dumps({"inputs": ["/b"]}), job)
    )
    assert [cell.poster for cell in cells.read_sheet(conn, job, 1, 2).cells] == [None, "/b"]


def test_held_and_waiting_cells_say_why(conn: Connection, add_job: AddJob) -> None:
    job = add_job(prompts=3)
    conn.execute("UPDATE prompt SET held_reason = 'pilot' WHERE job_id = ? AND idx = 2", (job,))
    must_claim(conn)
    conn.execute("UPDATE prompt SET claimed = 0 WHERE job_id = ? AND idx = 1", (job,))
    assert [cell.mark for cell in cells.read_sheet(conn, job, 1, 3).cells] == ["turn", "pilot", None]
