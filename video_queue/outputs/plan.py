"""What is to be published: the files of one finished prompt, their name and their manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from video_queue.outputs.validate import Expected


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A working file that becomes an output. `kind` is video, image, audio, text or other."""

    source: Path
    kind: str
    expected: Expected | None = None


@dataclass(frozen=True, slots=True)
class OutputPlan:
    """What a finished prompt publishes. `name` has no extension; `manifest` comes from `build_manifest`.

    `output_dir` is the job's folder, `reldir` the folder below it that a recursive submission keeps, `mount` the mount
    point that must hold it (null: any).
    """

    prompt_id: int
    job_id: int
    attempt: int
    output_dir: Path
    reldir: str
    name: str
    files: Sequence[PlannedFile]
    manifest: dict[str, Any]
    embed: bool = True
    mount: str | None = None
