"""A place to publish from and to, used by the tests and by the child process that they kill."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.outputs.clips import make_clip, make_picture
from video_queue.outputs.intent import Intent, dump_intent, load_intent
from video_queue.outputs.manifest import build_manifest, read_manifest
from video_queue.outputs.plan import OutputPlan, PlannedFile
from video_queue.outputs.publish_method import Checkpoint, no_checkpoint
from video_queue.outputs.staging import OutputArea
from video_queue.outputs.validate import Expected
from video_queue.outputs.verify import verify_manifest

FRAMES = 24
SET_SIZE = 3


@dataclass
class Desk:
    """An output root, a work root, and a file that stands for the intent's row in the database."""

    root: Path
    area: OutputArea
    intents: list[Intent] = field(default_factory=list)

    @classmethod
    def at(cls, root: Path) -> Desk:
        """The desk in `root`, with its folders."""
        area = OutputArea(root / "outputs", root / "work", "home1")
        for folder in (area.output_root, area.work_root):
            folder.mkdir(exist_ok=True)
        return cls(root, area)

    @property
    def row(self) -> Path:
        """Where the committed intent is kept."""
        return self.root / "intent.json"

    async def commit(self, intent: Intent) -> None:
        """Commit an intent as the database would: all of it or nothing."""
        self.intents.append(intent)
        temporary = self.row.with_suffix(".new")
        temporary.write_text(dump_intent(intent), encoding="utf-8")
        os.replace(temporary, self.row)  # noqa: PTH105 - as short as it gets

    def committed(self) -> Intent | None:
        """The intent as the next process would find it."""
        return load_intent(self.row.read_text(encoding="utf-8")) if self.row.exists() else None

    def manifest(self, **changes: Any) -> dict[str, Any]:
        """A manifest body."""
        parts: dict[str, Any] = {
            "job": {"id": 12, "name": ""},
            "prompt": {"id": 7, "index": 3},
            "workflow": {"name": "restyle", "hash": "abc", "snapshot": {"name": "restyle"}},
            "params": {"prompt": "oil", "denoise": 0.3},
            "seed": 2**60,
            "inputs": [{"path": "/clips/a.mp4", "bytes": 5, "sha256": "00"}],
            "phases": [
                {"name": "render", "uses": "comfy", "graph": {"3": {"class_type": "K", "inputs": {}}}}
            ],
            "attempts": [],
            "tools": {},
            "created_at": "2025-01-01T00:00:00Z",
        }
        return build_manifest(**{**parts, **changes})

    def clip(self, name: str = "render.mp4", **options: Any) -> PlannedFile:
        """A whole clip in the work root, as a file to publish."""
        source = make_clip(self.area.work_root / name, frames=FRAMES, **options)
        return PlannedFile(source, "video", Expected("video", frames=FRAMES, duration=1.0))

    def frames(self) -> list[PlannedFile]:
        """Some frames in the work root."""
        folder = self.area.work_root
        return [
            PlannedFile(make_picture(folder / f"{index}.png", seed=index), "image")
            for index in range(SET_SIZE)
        ]

    def plan(
        self,
        files: Sequence[PlannedFile],
        *,
        name: str = "clip",
        attempt: int = 1,
        output_dir: Path | None = None,
        reldir: str = "",
        embed: bool = True,
        manifest: dict[str, Any] | None = None,
    ) -> OutputPlan:
        """A plan with everything that a test does not care about filled in."""
        return OutputPlan(
            prompt_id=7, job_id=12, attempt=attempt, output_dir=output_dir or self.area.output_root / "job",
            reldir=reldir, name=name, files=files, manifest=manifest or self.manifest(), embed=embed,
        )  # fmt: skip

    def listing(self) -> list[str]:
        """Everything in the output root, staging included, as relative paths of files."""
        files = (path for path in self.area.output_root.rglob("*") if not path.is_dir())
        return sorted(path.relative_to(self.area.output_root).as_posix() for path in files)


def check_output(manifest: Path, names: Sequence[str]) -> None:
    """The manifest names exactly these files beside it, and all of them are intact."""
    assert [artifact.name for artifact in read_manifest(manifest).artifacts] == list(names)
    assert [check.problem for check in verify_manifest(manifest)] == [""] * len(names)


def stop_at(count: int) -> Checkpoint:
    """A checkpoint that ends the process at its `count`-th call, as kill -9 would: nothing is flushed or closed."""
    if count < 0:
        return no_checkpoint
    calls = iter(range(count + 1))

    def checkpoint(step: str) -> None:
        if next(calls) == count:
            os.write(1, step.encode())
            os._exit(9)

    return checkpoint
