"""Statements about intents to publish: committed before a final name is taken, rolled forward after a crash."""

from __future__ import annotations

import json

from video_queue.db.attempts import require_current
from video_queue.db.connection import Connection
from video_queue.db.phases import phase_results
from video_queue.db.stored import stored_json
from video_queue.domain.workflow import Output

# Keep or replace the intent of a prompt.
_STORE = """
    INSERT INTO publication (prompt_id, attempt, intent) VALUES (?, ?, ?)
    ON CONFLICT (prompt_id) DO UPDATE SET attempt = excluded.attempt, intent = excluded.intent
"""

# Every intent, with where its prompt stands.
_ALL = """
    SELECT b.prompt_id, p.attempt, p.state, b.intent FROM publication b JOIN prompt p ON p.id = b.prompt_id
    ORDER BY b.prompt_id
"""

# The intent of a prompt; stale, if a phase ran in a later attempt.
_OF_PROMPT = """
    SELECT b.intent, b.attempt < (SELECT max(f.attempt) FROM phase f WHERE f.prompt_id = b.prompt_id) AS stale
    FROM publication b WHERE b.prompt_id = ?
"""

# The workflow snapshot of a prompt's job.
_SNAPSHOT = """
    SELECT d.body FROM prompt p JOIN job j ON j.id = p.job_id JOIN document d ON d.hash = j.workflow_hash
    WHERE p.id = ?
"""


def store_intent(conn: Connection, prompt_id: int, attempt: int, intent: str) -> None:
    """Keep (or replace) the intent of a prompt, as JSON.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    require_current(conn, prompt_id, attempt)
    conn.execute(_STORE, (prompt_id, attempt, intent))


def list_intents(conn: Connection) -> list[tuple[int, int, str, str]]:
    """Every intent that is not finished: (prompt, its attempt now, its state, JSON)."""
    rows = conn.execute(_ALL)
    return [(row["prompt_id"], row["attempt"], row["state"], row["intent"]) for row in rows]


def get_intent(conn: Connection, prompt_id: int) -> tuple[str, bool] | None:
    """The intent of a prompt as JSON, and whether a phase ran again since then; None if there is none."""
    row = conn.execute(_OF_PROMPT, (prompt_id,)).fetchone()
    if row is None:
        return None
    stored_json(row["intent"], f"what prompt {prompt_id} is to publish")
    return str(row["intent"]), bool(row["stale"])


def drop_intent(conn: Connection, prompt_id: int) -> None:
    """Forget an intent whose files are gone: the prompt publishes again."""
    conn.execute("DELETE FROM publication WHERE prompt_id = ?", (prompt_id,))


def output_phase(conn: Connection, prompt_id: int) -> str:
    """The name of the phase whose files a prompt publishes, from its job's workflow snapshot and its results."""
    row = conn.execute(_SNAPSHOT, (prompt_id,)).fetchone()
    output = Output.model_validate(json.loads(row["body"])["definition"]["output"])
    return output.published(phase_results(conn, prompt_id))
