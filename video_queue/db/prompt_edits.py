"""Statements that change what an artist notes with a prompt or job, and values of prompts that have not begun."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from video_queue.db import jobs
from video_queue.db.connection import Connection
from video_queue.db.predicates import DECIDE_GPU_AGAIN, UNTOUCHED_PROMPT

# Give an untouched prompt a value of its own.
_SET_VALUE = f"""
    UPDATE prompt SET plan = json_set(plan, ?, json(?)), {DECIDE_GPU_AGAIN} WHERE id = ? AND {UNTOUCHED_PROMPT}
"""

# Give a prompt that is about to be retried a value of its own, or another planned name.
_SET_RETRY_VALUE = "UPDATE prompt SET plan = json_set(plan, ?, json(?)) WHERE id = ?"
_SET_RETRY_NAME = "UPDATE prompt SET plan = json_set(plan, '$.output_name', ?2) WHERE id = ?1"

# Let the prompts that have begun keep a value that their job is about to change.
_KEEP_VALUE = f"""
    UPDATE prompt SET plan = json_set(plan, :path, json(:value))
    WHERE job_id = :job_id AND NOT {UNTOUCHED_PROMPT} AND json_type(plan, :path) IS NULL
"""

# Let the untouched prompts have their job's value.
_DROP_VALUE = f"""
    UPDATE prompt SET plan = json_remove(plan, :path)
    WHERE job_id = :job_id AND {UNTOUCHED_PROMPT} AND json_type(plan, :path) IS NOT NULL
"""

# The untouched prompts of a job whose values changed.
_CHANGED = f"UPDATE prompt SET {DECIDE_GPU_AGAIN} WHERE job_id = ? AND {UNTOUCHED_PROMPT}"

# Give an untouched prompt another planned name.
_SET_OUTPUT_NAME = f"""
    UPDATE prompt SET plan = json_set(plan, '$.output_name', ?2) WHERE id = ?1 AND {UNTOUCHED_PROMPT}
"""

# What was noted with a job's prompts (or one of them) and with the job, and the files it is about.
_NOTES = """
    SELECT p.id, p.tags, p.note, p.rating, j.tags AS job_tags, j.note AS job_note, j.rating AS job_rating,
        (SELECT json_group_array(path) FROM artifact a WHERE a.prompt_id = p.id AND a.role = 'output') AS paths
    FROM prompt p JOIN job j ON j.id = p.job_id
    WHERE p.job_id = ?1 AND (?2 IS NULL OR p.id = ?2)
"""


def edit_prompt(conn: Connection, prompt_id: int, changes: Mapping[str, Any], now: str) -> None:
    """Change `rating, tags, note`; the event names which."""
    for column in ("rating", "tags", "note"):
        if column in changes:
            value = json.dumps(changes[column]) if column == "tags" else changes[column]
            conn.execute(f"UPDATE prompt SET {column} = ? WHERE id = ?", (value, prompt_id))
    row = conn.execute("SELECT job_id FROM prompt WHERE id = ?", (prompt_id,)).fetchone()
    jobs.append_updated(conn, row["job_id"], now, prompt=prompt_id, changed=sorted(changes))


def edit_prompt_params(conn: Connection, prompt_id: int, values: Mapping[str, Any]) -> bool:
    """Give a prompt values of its own; False if it has begun."""
    for name, value in values.items():
        text = json.dumps(value, ensure_ascii=False)
        if not conn.execute(_SET_VALUE, (_path(name), text, prompt_id)).rowcount:
            return False
    return True


def set_retry_values(conn: Connection, prompt_ids: Iterable[int], values: Mapping[str, Any]) -> None:
    """Give prompts that are about to be retried values of their own."""
    numbers = list(prompt_ids)
    for name, value in values.items():
        text = json.dumps(value, ensure_ascii=False)
        conn.executemany(_SET_RETRY_VALUE, [(_path(name), text, number) for number in numbers])


def set_retry_names(conn: Connection, names: Iterable[tuple[int, str]]) -> None:
    """Give prompts that are about to be retried other planned names: (number, name)."""
    conn.executemany(_SET_RETRY_NAME, names)


def edit_job_params(
    conn: Connection, job_id: int, values: Mapping[str, Any], submitted: Mapping[str, Any]
) -> int:
    """Change the values common to a job's prompts; how many prompts have them now.

    Those that have begun keep the old values as their own. `submitted` are the values as the submission has them.
    """
    row = conn.execute("SELECT params, submission FROM job WHERE id = ?", (job_id,)).fetchone()
    params, submission = json.loads(row["params"]), json.loads(row["submission"])
    for name in values:
        old = json.dumps(params.get(name), ensure_ascii=False)
        place = {"path": _path(name), "job_id": job_id}
        conn.execute(_KEEP_VALUE, {**place, "value": old})
        conn.execute(_DROP_VALUE, place)
    submission["params"] = {**submission.get("params", {}), **submitted}
    texts = [json.dumps(part, ensure_ascii=False) for part in ({**params, **values}, submission)]
    conn.execute("UPDATE job SET params = ?, submission = ? WHERE id = ?", (*texts, job_id))
    return conn.execute(_CHANGED, (job_id,)).rowcount


def begun_prompts(conn: Connection, job_id: int) -> list[int]:
    """The indexes of a job's prompts whose values cannot be changed any more."""
    sql = f"SELECT idx FROM prompt WHERE job_id = ? AND NOT {UNTOUCHED_PROMPT} ORDER BY idx"
    return [row["idx"] for row in conn.execute(sql, (job_id,))]


def forget_duplicates(conn: Connection, job_id: int) -> None:
    """An edited job is not the work any more that its submission described."""
    conn.execute("UPDATE job SET dedupe_key = NULL WHERE id = ?", (job_id,))


def read_plans(conn: Connection, job_id: int) -> list[tuple[int, str]]:
    """(number, plan as JSON) of a job's prompts by index."""
    rows = conn.execute("SELECT id, plan FROM prompt WHERE job_id = ? ORDER BY idx", (job_id,))
    return [(row["id"], row["plan"]) for row in rows]


def set_output_names(conn: Connection, names: Iterable[tuple[int, str]]) -> None:
    """Give prompts that have not begun other planned names: (number, name)."""
    conn.executemany(_SET_OUTPUT_NAME, names)


def set_families(conn: Connection, families: Iterable[tuple[int, str | None]]) -> None:
    """The models that prompts load now: (number, as `prompt.families` has them)."""
    conn.executemany("UPDATE prompt SET families = ?2 WHERE id = ?1 AND families IS NOT ?2", families)


def read_notes(conn: Connection, job_id: int, prompt_id: int | None = None) -> list[dict[str, Any]]:
    """`prompt_id, tags, note, rating` of a job's prompts that have outputs (or of one prompt), with their `paths`.

    A prompt's own note and rating win over its job's; the tags are those of both.
    """
    rows = conn.execute(_NOTES, (job_id, prompt_id))
    return [
        {
            "prompt_id": row["id"],
            "tags": list(dict.fromkeys([*json.loads(row["job_tags"]), *json.loads(row["tags"])])),
            "note": row["note"] or row["job_note"],
            "rating": row["job_rating"] if row["rating"] is None else row["rating"],
            "paths": json.loads(row["paths"]),
        }
        for row in rows
        if prompt_id is not None or row["paths"] != "[]"
    ]


def _path(name: str) -> str:
    """The place of a value in a plan. Names of parameters are letters, digits and _: nothing in them needs escaping."""
    return f'$.values."{name}"'
