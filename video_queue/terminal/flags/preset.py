"""The values of `--preset NAME`, and what a workflow does not take of them."""

from __future__ import annotations

from video_queue.terminal.client.client import Json
from video_queue.terminal.session import Session


def read_preset(session: Session, workflow: str, name: str | None) -> Json | None:
    """A preset for a workflow, with a note of what is left out of it; None where none is named."""
    if not name:
        return None
    preset = session.client().preset(workflow, name)
    if left_out := preset["left_out"]:
        session.console.note(f"preset {name}: {workflow} does not take {', '.join(left_out)}")
    return preset
