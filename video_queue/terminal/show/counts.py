"""What came of an action on many jobs or prompts: how many it was done to, which refused it, which files stayed."""

from __future__ import annotations

from video_queue.terminal import exit_codes
from video_queue.terminal.client.client import Json
from video_queue.terminal.session import Session


def print_counts(session: Session, done: str, answer: Json, *, of: str = "") -> int:
    """Print an answer `{done, refused, kept_outputs}`, its number between `of` and the word `done`; the exit code."""
    refused: list[Json] = answer["refused"]
    if session.console.as_json:
        session.console.emit(answer)
    else:
        session.console.data(f"{of}{answer['done']} {done}")
        for item in refused:
            session.console.note(f"{item['id']}: {item['message']} ({item['code']})")
        note_kept(session, answer)
    return exit_codes.of_actions(answer["done"], [item["code"] for item in refused])


def note_kept(session: Session, answer: Json) -> None:
    """Print which files a deletion kept, and why."""
    for kept in answer.get("kept_outputs", []):
        session.console.note(f"kept {kept['path']}: {kept['reason']}")
