"""Conditions that several statements share, each written once. `j` names a row of `job`, `p` one of `prompt`.

Partial indexes of the schema are built on the same words; SQLite uses an index only where it finds them again.
"""

from __future__ import annotations

# A job that is not finished.
OPEN_JOB = "j.state IN ('queued', 'running', 'review')"

# An open job that is not held and waits for no other job.
RELEASED_JOB = f"{OPEN_JOB} AND j.held_reason IS NULL AND j.blocked = 0"

# A released job whose time has come.
READY_JOB = f"{RELEASED_JOB} AND (j.not_before IS NULL OR j.not_before <= :now)"

# A prompt that is not held and not finished, and waits for nobody's review.
RELEASED_PROMPT = "p.held_reason IS NULL AND p.state IN ('queued', 'running')"

# A released prompt that no worker has claimed: it waits in the queue, or between two phases.
UNCLAIMED_PROMPT = f"p.claimed = 0 AND {RELEASED_PROMPT}"

# An unclaimed prompt whose time has come.
READY_PROMPT = f"{UNCLAIMED_PROMPT} AND (p.not_before IS NULL OR p.not_before <= :now)"

# A prompt that the worker is busy with.
ACTIVE_PROMPT = "p.state = 'running' AND p.claimed > 0"
