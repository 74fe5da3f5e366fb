"""What runs with every claim and wakeup finds its rows by index: the cost grows neither with the queue nor the past."""

from __future__ import annotations

import re

import pytest

from video_queue.db import affinity, choice, claims, enqueue, prompts, queue_state, renders
from video_queue.db.connection import Connection
from video_queue.domain.states import Lane

_HOT = {
    **{f"running {lane}": choice.RUNNING[lane] for lane in Lane},
    **{f"work that comes later, {n}": statement for n, statement in enumerate(claims._LATER_WORK)},
    **{f"jobs of a family, {n}": statement for n, statement in enumerate(affinity.JOBS_OF_FAMILY)},
    "prompts of a family": affinity.PROMPTS_OF_FAMILY,
    "the render before": affinity.BEFORE,
    "queued gpu": choice.QUEUED_GPU,
    "queued media": choice.QUEUED_MEDIA,
    "queued free": choice.QUEUED_FREE,
    "ready prompts": choice._READY_PROMPTS,
    "claim": claims._CLAIM,
    "renders of other instances": choice._OF_OTHERS,
    "release prompts": claims._RELEASE_PROMPTS,
    "release prompts from the future": claims._RELEASE_FROM_THE_FUTURE,
    "release jobs": claims._RELEASE_JOBS,
    "next due": claims._NEXT_DUE,
    "jobs to expand": enqueue._TO_EXPAND,
    "cancel requests": prompts._CANCEL_REQUESTS,
    "orphans": prompts._RUNNING,
    "busy": queue_state._BUSY,
    "occupied": queue_state._OCCUPIED,
    "drop unwanted": renders._DROP_UNWANTED,
    "whether a lane runs": claims._LANE_RUNS,
    "give up renders": prompts._GIVE_UP_RENDERS,
}
# Tables of a few rows, and the few jobs that are first.
_SMALL = ("SCAN queue", "SCAN first_jobs", "SCAN lane", "SCAN unwanted_render", "SCAN (")
_VALUES = dict.fromkeys(
    ("limit", "job_id", "kind", "prompt_id", "at", "now", "family", "priority", "mark", "instance"), 1
)


@pytest.mark.parametrize("name", _HOT)
def test_a_hot_statement_searches_and_sorts_nothing(conn: Connection, name: str) -> None:
    statement = _HOT[name]
    values = (
        _VALUES
        if "?" not in statement
        else (1,) * len(set(re.findall(r"\?\d", statement)) or re.findall(r"\?", statement))
    )
    plan = [row["detail"] for row in conn.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    scanned = [line for line in plan if line.startswith("SCAN") and not line.startswith(_SMALL)]
    assert scanned == [], plan
    assert [line for line in plan if "TEMP B-TREE" in line] == []
