"""The error texts of many jobs at once: batches, and queues as files.

They are a part of `work_texts`, in a file of their own for its length.
"""

from __future__ import annotations

from video_queue.domain.errors import Text

QUEUE_TEXTS: dict[str, Text] = {
    "invalid_state.batch_key": Text(
        "the key {key!r} belongs to batch {batch}, which was another body",
        "Send the same body again, or take another key.",
    ),
    "invalid_state.batch": Text(
        "{action} is not possible for any job of batch {batch}", "vq ls batch:{batch} shows how they stand."
    ),
    "not_found.batch": Text(
        "there is no batch {id}", "A batch lives as long as one of its jobs; vq ls --json names each job's."
    ),
    "validation.batch_key": Text(
        "two submissions are called {key!r}", "Give each its own key, or none: #0 is the first."
    ),
    "validation.batch_name": Text(
        "no submission of this batch is called {name!r}", "There are: {known}; a number is a job that exists."
    ),
    "validation.batch_cycle": Text(
        "these wait for each other: {chain}", "Leave out one `after` or `job:` of the circle."
    ),
}
