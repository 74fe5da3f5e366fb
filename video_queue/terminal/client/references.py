"""Ids as people type them: `12` is a job, `12.3` its third prompt. Light, for it is on every command's way."""

from __future__ import annotations

import re

_REFERENCE = re.compile(r"#?(\d{1,15})(?:\.(\d{1,15}))?", re.ASCII)
_BATCH = re.compile(r"batch:#?(\d{1,15})", re.ASCII)


def checked(reference: str) -> str:
    """`reference` in its plain form.

    Raises:
        VqError: `validation` when it is neither `12` nor `12.3`.
    """
    match = _REFERENCE.fullmatch(reference.strip())
    if not match:
        from video_queue.domain.catalogue import fail

        raise fail("validation.id", value=reference)
    return match[1] if match[2] is None else f"{match[1]}.{match[2]}"


def batch_number(reference: str) -> str | None:
    """The number of a batch as people type it, `batch:3`; None for anything else."""
    match = _BATCH.fullmatch(reference.strip())
    return match[1] if match else None


def job_only(reference: str) -> str:
    """`reference` if it names a job.

    Raises:
        VqError: `validation` for a prompt or anything else.
    """
    plain = checked(reference)
    if is_prompt(plain):
        from video_queue.domain.catalogue import fail

        raise fail("validation.job_id", value=reference, job=plain.partition(".")[0])
    return plain


def is_prompt(reference: str) -> bool:
    """Whether a checked reference names a prompt."""
    return "." in reference
