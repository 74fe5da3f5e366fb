"""Workflow snapshots and graphs, stored once per content hash."""

from __future__ import annotations

import json
from collections.abc import Mapping

from video_queue.db.connection import Connection
from video_queue.db.stored import DamagedRowError, require_hash
from video_queue.domain.snapshot import LoadedWorkflow, from_snapshot
from video_queue.domain.workflow import WorkflowDefinition


def store_documents(conn: Connection, documents: Mapping[str, str]) -> None:
    """Keep `{hash: text}`; what is there already stays as it is."""
    conn.executemany("INSERT OR IGNORE INTO document (hash, body) VALUES (?, ?)", documents.items())


def read_document(conn: Connection, hash_: str) -> str | None:
    """The text stored under `hash_`, or None.

    Raises:
        DamagedRowError: it is not what was stored.
    """
    row = conn.execute("SELECT body FROM document WHERE hash = ?", (hash_,)).fetchone()
    return None if row is None else require_hash(str(row["body"]), hash_, f"document {hash_[:12]}")


def read_workflow(conn: Connection, hash_: str) -> LoadedWorkflow:
    """The workflow whose snapshot is stored under `hash_`, with its graphs."""
    text = read_document(conn, hash_) or "{}"
    hashes = json.loads(text).get("graphs", {})
    graphs = {phase: read_document(conn, graph) or "{}" for phase, graph in hashes.items()}
    return from_snapshot(text, graphs)


def find_workflow(conn: Connection, hash_: str) -> LoadedWorkflow | None:
    """The workflow of this hash if it is stored whole; None for any other hash."""
    try:
        text = read_document(conn, hash_)
        hashes = json.loads(text or "{}")["graphs"]
        graphs = {phase: read_document(conn, graph) for phase, graph in hashes.items()}
        whole = {phase: graph for phase, graph in graphs.items() if graph is not None}
        return from_snapshot(text, whole) if text and len(whole) == len(graphs) else None
    except (DamagedRowError, ValueError, KeyError, TypeError, AttributeError):
        return None


def read_definition(conn: Connection, hash_: str) -> WorkflowDefinition:
    """The definition of the workflow whose snapshot is stored under `hash_`."""
    return from_snapshot(read_document(conn, hash_) or "{}", {}).definition
