"""A timeline as a table, for a spreadsheet or a script: one row for each clip."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from video_queue.domain.media.timeline import TimelineClip

_COLUMNS = (
    "name", "source", "start_frame", "end_frame", "start", "end", "source_in", "source_out", "record_frame",
    "frame_count", "record_in", "record_out", "text",
)  # fmt: skip


def csv_of(clips: Sequence[TimelineClip]) -> str:
    """The table with a line of names above; a byte order mark lets spreadsheets read other letters."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("number", *_COLUMNS))
    for number, clip in enumerate(clips, 1):
        writer.writerow((number, *(getattr(clip, column) for column in _COLUMNS)))
    return "\ufeff" + text.getvalue()
