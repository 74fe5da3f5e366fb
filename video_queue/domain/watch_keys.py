"""Which keys of a submission a watch cannot have. Without pydantic: the command line reads it at every start."""

from __future__ import annotations

# A watch gives the inputs; a key stands for one job only.
NOT_FOR_WATCHES = frozenset({"inputs", "input_dir", "recursive", "glob", "rows", "after", "idempotency_key"})
