"""Conditions that several statements share, each written once. `j` names a row of `job`, `p` one of `prompt`.

Partial indexes of the schema are built on the same words; SQLite uses an index only where it finds them again.
"""

from __future__ import annotations

# A job that is not finished.
OPEN_JOB = "j.state IN ('queued', 'running', 'review')"

# A job that only the artist brings on: it waits for a review or a release, or failed.
NEEDS_YOU = """(
    j.state IN ('review', 'failed', 'partial') OR j.held_reason IS NOT NULL AND j.state IN ('queued', 'running')
)"""

# An open job that is not held and waits for no other job.
RELEASED_JOB = f"{OPEN_JOB} AND j.held_reason IS NULL AND j.blocked = 0"

# A queued prompt that waits until a moment.
POSTPONED_PROMPT = "p.not_before IS NOT NULL AND p.state = 'queued'"

# A prompt that has never begun: its values and its place may still change.
UNTOUCHED_PROMPT = "(state = 'queued' AND attempt = 0 AND claimed = 0 AND started_at IS NULL)"

# A prompt that the worker is busy with.
ACTIVE_PROMPT = "p.state = 'running' AND p.claimed > 0"

# The code of a prompt's error; NULL without one, or where a disk damaged it.
ERROR_CODE = "CASE WHEN json_valid(p.error) THEN json_extract(p.error, '$.code') END"

# An attempt begins when the prompt is claimed; one that waited for its surroundings goes on with the attempt it had.
BEGINS_ATTEMPT = """(
    state = 'queued'
    AND coalesce(waiting_reason, '') NOT IN ('output_unavailable', 'disk_full', 'comfy_unreachable')
)"""

# A prompt that could be claimed, and of which is not known whether it needs the gpu.
UNDECIDED_PROMPT = "p.needs_gpu IS NULL AND p.ready IS NOT NULL"

# Whether a prompt needs the gpu is to be found out again: with other values it may where it did not, and the other way
# round. Those of a job that never does need none.
DECIDE_GPU_AGAIN = (
    "needs_gpu = (SELECT CASE uses_gpu WHEN 0 THEN 0 END FROM job WHERE job.id = prompt.job_id)"
)

# A queued prompt for which a folder is away or full.
AWAY_PROMPT = "p.lane = 'away' AND p.state = 'queued'"
