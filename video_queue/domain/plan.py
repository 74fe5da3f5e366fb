"""What is stored of a submission: one PromptPlan for each prompt.

Built by `services/submission/prompt_builder`, written by `db/jobs.py`, read back by the worker. Dataclasses, because
10,000 of them are made in one go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from ntpath import basename
from typing import Any


@dataclass(frozen=True, slots=True)
class ImageSequence:
    """A numbered run of pictures in one folder, `first` and `last` both included.

    A picture is called `prefix` + its number padded to `digits` + `ext` (all that follows the number, so it holds
    the dot). `count` is how many pictures there were; less than last - first + 1 where numbers are missing.
    `label` is what the run is called in names of outputs.
    """

    folder: str
    prefix: str
    digits: int
    ext: str
    first: int
    last: int
    count: int
    label: str


@dataclass(frozen=True, slots=True)
class InputGroup:
    """What the prompts of one input take: absolute paths, or paths by slot, or a run of pictures.

    `reldir` is the folder below the submission's `input_dir` ("" for its top and for files named one by one).
    """

    inputs: tuple[str, ...] = ()
    slots: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reldir: str = ""
    sequence: ImageSequence | None = None


@dataclass(frozen=True, slots=True)
class PromptPlan:
    """One prompt to be.

    `index` counts from 1 within the job (of a replay within the first one); `input_index` counts the inputs. `values`
    holds only the parameters that differ from the job's common ones (row, sweep, seed). `output_name` has no
    extension.
    """

    index: int
    inputs: tuple[str, ...] = ()
    slots: dict[str, tuple[str, ...]] = field(default_factory=dict)
    reldir: str = ""
    input_index: int = 1
    sequence: ImageSequence | None = None
    values: dict[str, Any] = field(default_factory=dict)
    output_name: str = ""

    @property
    def first_name(self) -> str | None:
        """What its first input is called, without its folder; None without inputs."""
        if self.sequence is not None:
            return self.sequence.label
        return self.first_path and basename(self.first_path)  # of any system

    @property
    def first_path(self) -> str | None:
        """Its first input, of a run of pictures their folder; None without inputs."""
        if self.sequence is not None:
            return self.sequence.folder
        return next(iter(self.inputs or next(iter(self.slots.values()), ())), None)

    @property
    def paths(self) -> list[str]:
        """Its input files in order, those of slots too; of a run of pictures none."""
        return [*self.inputs, *(path for paths in self.slots.values() for path in paths)]

    @property
    def place(self) -> dict[str, Any]:
        """What references see of its place in the job, as the manifest keeps it."""
        return {"index": self.index, "input_index": self.input_index, "reldir": self.reldir}

    @property
    def slot_names(self) -> list[str]:
        """The slot of each input file, in the order of the files; empty without slots."""
        return [slot for slot, paths in self.slots.items() for _ in paths]

    def to_json(self) -> str:
        """The plan as it is stored; what is empty is left out."""
        stored: dict[str, Any] = {"inputs": self.inputs, "input_index": self.input_index}
        for name in ("slots", "reldir", "values", "output_name"):
            if value := getattr(self, name):
                stored[name] = value
        if self.sequence is not None:
            stored["sequence"] = asdict(self.sequence)
        return json.dumps({"index": self.index, **stored}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, stored: str | Mapping[str, Any]) -> PromptPlan:
        """The plan that `to_json` wrote, as text or already parsed."""
        stored = json.loads(stored) if isinstance(stored, str) else stored
        run = stored.get("sequence")
        return cls(
            index=stored["index"],
            inputs=tuple(stored.get("inputs", ())),
            slots={name: tuple(files) for name, files in stored.get("slots", {}).items()},
            reldir=stored.get("reldir", ""),
            input_index=stored.get("input_index", 1),
            sequence=ImageSequence(**run) if run else None,
            values=stored.get("values", {}),
            output_name=stored.get("output_name", ""),
        )
