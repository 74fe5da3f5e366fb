"""Watch folders as text, from the JSON of the REST interface (docs/rest.md)."""

from __future__ import annotations

from typing import Any

from video_queue.terminal.show.tables import moment

Json = dict[str, Any]

WATCH_HEADINGS = ("ID", "STATE", "FOLDER", "WORKFLOW", "WAITING", "WORKING", "DONE", "FAILED", "REASON")
FILE_HEADINGS = ("FILE", "STATE", "RULE", "JOB", "REASON")


def watch_row(watch: Json) -> list[str]:
    """A watch in a list."""
    return [
        str(watch["id"]),
        watch["state"],
        watch["path"],
        watch["submission"]["workflow"],
        *(str(watch["totals"][name]) for name in ("waiting", "working", "done", "failed")),
        watch["reason"] or "",
    ]


def watch_lines(watch: Json) -> list[str]:
    """What a watch does, in a few lines."""
    counts = ", ".join(f"{number} {state}" for state, number in watch["counts"].items() if number)
    totals = ", ".join(f"{number} {name}" for name, number in watch["totals"].items() if number)
    submission = watch["submission"]
    lines = [
        f"watch {watch['id']}: {watch['path']}",
        f"state: {watch['state']}" + (f" ({watch['reason']})" if watch["reason"] else ""),
        f"workflow: {submission['workflow']}",
        f"outputs: {submission['output_dir']}",
    ]
    if totals:
        lines.append(f"so far: {totals}")
    return [*lines, f"files: {counts}"] if counts else lines


def file_row(file: Json) -> list[str]:
    """A file in a list."""
    return [file["path"], file["state"], file["rule"], str(file["job_id"] or ""), file["reason"]]


def why_lines(answer: Json) -> list[str]:
    """What decided about a file."""
    state = answer["state"] or "not considered"
    lines = [f"{answer['path']}: {state}", f"rule: {answer['rule']}: {answer['reason']}", answer["change"]]
    optional = {
        "unchanged since": moment(answer["since"]),
        "considered again": moment(answer["next"]),
        "job": str(answer["job_id"] or ""),
        "watch": str(answer["watch"] or ""),
    }
    return lines + [f"{name}: {text}" for name, text in optional.items() if text]
