"""Statements about folders that are away or full: a row for each, so that it is not tried prompt by prompt.

A prompt that waits for a folder stands in the lane `away`, which nothing claims. The probe that finds the folder again
puts all its prompts back into the lanes they came from.
"""

from __future__ import annotations

from dataclasses import dataclass

from video_queue.db import events, prompts
from video_queue.db.connection import Connection
from video_queue.db.predicates import AWAY_PROMPT
from video_queue.domain.errors import ErrorInfo
from video_queue.domain.events import EventType

# Between two probes of a folder, in seconds: twice as long each time.
_FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0

# Take a queued prompt out of its lane.
_SET_ASIDE = """
    UPDATE prompt SET away_lane = lane, lane = 'away', away_path = ? WHERE id = ? AND state = 'queued'
"""

# The prompts that wait for a folder.
_WAITING = f"SELECT p.id FROM prompt p INDEXED BY prompt_away WHERE {AWAY_PROMPT} AND p.away_path = ?"

# The jobs that have such prompts.
_WAITING_JOBS = f"SELECT DISTINCT job_id FROM prompt WHERE id IN ({_WAITING})"

# Put them back into their lanes.
_RELEASE = f"UPDATE prompt SET lane = away_lane, away_lane = NULL WHERE id IN ({_WAITING})"

# A folder is away. While it waits for a probe, others that find it away change only what the probe has to find.
_SET_AWAY = """
    INSERT INTO away_folder (path, probes, next_probe) VALUES (:path, :probes, :next_probe)
    ON CONFLICT (path) DO UPDATE SET probes = excluded.probes, next_probe = excluded.next_probe
"""
_NEED = "UPDATE away_folder SET is_output = max(is_output, ?), room = max(room, ?) WHERE path = ?"

# The folders to probe now; a moment further away than any pause comes from a clock that was put back.
_DUE = "SELECT path FROM away_folder WHERE next_probe <= :now OR next_probe > :now + :longest"

# What a probe has to find, and the mount point that an output folder needs.
_NEEDED = f"""
    SELECT a.is_output, a.room, (
        SELECT max(j.output_mount) FROM prompt p INDEXED BY prompt_away JOIN job j ON j.id = p.job_id
        WHERE {AWAY_PROMPT} AND p.away_path = a.path
    ) AS mount
    FROM away_folder a WHERE a.path = ?
"""

# A prompt published: what it publishes in and what it waited for are there.
_ITS_FOLDERS = """
    SELECT j.output_dir FROM prompt p JOIN job j ON j.id = p.job_id WHERE p.id = :prompt_id
    UNION ALL SELECT away_path FROM prompt WHERE id = :prompt_id
"""
_PROBE_AT_ONCE = f"UPDATE away_folder SET probes = 0, next_probe = 0 WHERE path IN ({_ITS_FOLDERS})"
_FORGET = f"""
    DELETE FROM away_folder WHERE path IN ({_ITS_FOLDERS}) AND NOT EXISTS (
        SELECT 1 FROM prompt p INDEXED BY prompt_away WHERE {AWAY_PROMPT} AND p.away_path = away_folder.path
    )
"""


@dataclass(frozen=True, slots=True)
class Needed:
    """What prompts need of a folder: to write there, so many bytes of `room`, something mounted at `mount`."""

    is_output: bool = True
    room: int = 0
    mount: str | None = None


def wait_for_folder(
    conn: Connection,
    prompt_id: int,
    attempt: int,
    folder: str,
    error: ErrorInfo,
    now: float,
    at: str,
    needed: Needed,
) -> None:
    """Requeue a prompt until a folder is there again, or has room.

    Raises:
        StaleAttemptError: if the attempt is not current any more.
    """
    prompts.requeue(conn, prompt_id, attempt, at, waiting=str(error.code), error=error)
    conn.execute(_SET_ASIDE, (folder, prompt_id))
    row = conn.execute("SELECT probes, next_probe FROM away_folder WHERE path = ?", (folder,)).fetchone()
    if row is None or row["next_probe"] is None:
        _set_away(conn, folder, row["probes"] + 1 if row else 0, now)
        conn.execute("UPDATE away_folder SET is_output = 0, room = 0 WHERE path = ?", (folder,))
    conn.execute(_NEED, (needed.is_output, needed.room, folder))


def due_folders(conn: Connection, now: float) -> list[str]:
    """The folders to probe now."""
    rows = conn.execute(_DUE, {"now": now, "longest": LONGEST_PAUSE})
    return [row["path"] for row in rows]


def read_needed(conn: Connection, folder: str) -> Needed:
    """What a probe of a folder has to find."""
    row = conn.execute(_NEEDED, (folder,)).fetchone()
    return Needed(bool(row["is_output"]), row["room"], row["mount"]) if row else Needed()


def keep_away(conn: Connection, folder: str, now: float) -> None:
    """A probe did not find a folder: wait longer for the next, or forget the folder if no prompt waits for it."""
    row = conn.execute("SELECT probes FROM away_folder WHERE path = ?", (folder,)).fetchone()
    if row is None or conn.execute(_WAITING, (folder,)).fetchone() is None:
        conn.execute("DELETE FROM away_folder WHERE path = ?", (folder,))
    else:
        _set_away(conn, folder, row["probes"] + 1, now)


def release_folder(conn: Connection, folder: str, at: str) -> None:
    """A probe found a folder: its prompts may be claimed.

    The row stays until something is published there: what fails all the same goes on with the longer pauses.
    """
    for row in conn.execute(_WAITING_JOBS, (folder,)).fetchall():
        events.append_event(conn, EventType.JOB_UPDATED, at, job_id=row["job_id"])
    conn.execute(_RELEASE, (folder,))
    conn.execute("UPDATE away_folder SET next_probe = NULL WHERE path = ?", (folder,))


def forget_folder_of(conn: Connection, prompt_id: int) -> None:
    """The prompt published: the folders that it used are there. Others that still wait for them are probed for."""
    conn.execute(_FORGET, {"prompt_id": prompt_id})
    conn.execute(_PROBE_AT_ONCE, {"prompt_id": prompt_id})


def probe_all(conn: Connection) -> None:
    """Every folder that is waited for is due: a start is a reason to probe."""
    conn.execute("UPDATE away_folder SET next_probe = 0 WHERE next_probe IS NOT NULL")


def _set_away(conn: Connection, folder: str, probes: int, now: float) -> None:
    pause = min(_FIRST_PAUSE * 2.0 ** min(probes, 10), LONGEST_PAUSE)
    conn.execute(_SET_AWAY, {"path": folder, "probes": probes, "next_probe": now + pause})
