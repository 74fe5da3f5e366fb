"""Named inputs as groups: from a list of objects by slot, or from one list for each slot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from video_queue.domain.errors import Loc
from video_queue.domain.plan import InputGroup
from video_queue.domain.submission import JOB_OUTPUTS
from video_queue.domain.workflow import InputSpec
from video_queue.services.submission.input_checks import InputChecks

Files = tuple[str, ...]


@dataclass(frozen=True)
class SlotGroups:
    """Groups for the slots of a workflow; problems go to `checks`."""

    workflow: str
    slots: Mapping[str, InputSpec]
    checks: InputChecks

    def of_inputs(
        self, inputs: Sequence[Any] | Mapping[str, Any], folder_files: Sequence[Path]
    ) -> list[InputGroup]:
        """One group for each prompt; a folder's files fill the one slot that a mapping leaves out."""
        loc: Loc = ("inputs",)
        if isinstance(inputs, Mapping):
            return self._of_lists(inputs, folder_files, loc)
        if not folder_files and all(isinstance(item, str) for item in inputs):
            return self._of_files(list(inputs), loc)
        if not folder_files:
            groups = [self.of_item(item, (*loc, index)) for index, item in enumerate(inputs)]
            return [group for group in groups if group is not None]
        if inputs:
            self._refuse("a folder fills only the one that an object of lists leaves out", loc)
            return []
        return self._of_lists({}, folder_files, loc)

    def of_item(self, item: Any, loc: Loc) -> InputGroup | None:
        """The group of one object by slot; None after a problem with its keys."""
        if not isinstance(item, Mapping) or item.keys() != self.slots.keys():
            self._refuse(self._difference(item), loc)
            return None
        files = {name: self._files(spec, item[name], (*loc, name)) for name, spec in self.slots.items()}
        for name, spec in self.slots.items():
            if isinstance(spec.per_prompt, int) and len(files[name]) != spec.per_prompt:
                counts = {"count": len(files[name]), "size": spec.per_prompt}
                self.checks.refuse("validation.input_groups", (*loc, name), **counts)
        return InputGroup(slots=files)

    def _of_files(self, files: list[str], loc: Loc) -> list[InputGroup]:
        """One group of files that are named in the slots' order, when there is one for each slot."""
        if not files:
            return []
        if len(files) != len(self.slots) or any(spec.per_prompt != 1 for spec in self.slots.values()):
            self._refuse(f"{len(files)} files were given without saying which is which", loc)
            return []
        return self._of_lists({name: [file] for name, file in zip(self.slots, files, strict=True)}, (), loc)

    def _of_lists(self, lists: Mapping[str, Any], folder_files: Sequence[Path], loc: Loc) -> list[InputGroup]:
        """The slots' lists side by side; a list of one is repeated."""
        missing = [name for name in self.slots if name not in lists]
        if lists.keys() - self.slots.keys() or missing[1 if folder_files else 0 :]:
            self._refuse(self._difference(lists), loc)
            return []
        parts: dict[str, list[Files]] = {}
        for name, spec in self.slots.items():
            at = (*loc, name)
            files = self._files(spec, lists[name], at) if name in lists else tuple(map(str, folder_files))
            parts[name] = self._parts(files, spec, at)
        counts = {len(items) for items in parts.values() if len(items) != 1}
        if len(counts) > 1 or 0 in counts:
            lengths = ", ".join(f"{name} {len(items)}" for name, items in parts.items())
            self.checks.refuse("validation.slot_lengths", loc, lengths=lengths)
            return []
        return [
            InputGroup(slots={name: items[index if len(items) > 1 else 0] for name, items in parts.items()})
            for index in range(max(counts, default=1))
        ]

    def _files(self, spec: InputSpec, value: Any, loc: Loc) -> Files:
        """The checked paths of one slot; a file with a problem is kept, so that counts stay right."""
        return tuple(self._file(spec, text, loc) for text in (value if isinstance(value, list) else [value]))

    def _file(self, spec: InputSpec, text: Any, loc: Loc) -> str:
        if not isinstance(text, str):
            values = {"name": str(loc[-1]), "value": "", "expected": "Give a path."}
            self.checks.refuse("validation.value", loc, **values)
            return ""
        if JOB_OUTPUTS.match(text):
            return text
        path = self.checks.file(text, spec.kind, loc)
        return str(path) if path else ""

    def _parts(self, files: Files, spec: InputSpec, loc: Loc) -> list[Files]:
        """A slot's files in groups of its `per_prompt`."""
        size = len(files) if spec.per_prompt == "all" else spec.per_prompt
        if size and len(files) % size:
            self.checks.refuse("validation.input_groups", loc, count=len(files), size=size)
        return [files[start : start + size] for start in range(0, len(files), size or 1)]

    def _difference(self, item: Any) -> str:
        """How the keys of one item differ from the slots."""
        if not isinstance(item, Mapping):
            return "this item is no object with those keys"
        missing = [name for name in self.slots if name not in item]
        unknown = [ascii(name)[1:-1] for name in item if name not in self.slots]
        parts = [f"{', '.join(missing)} missing"] if missing else []
        return "; ".join(parts + ([f"{', '.join(unknown)} unknown"] if unknown else []))

    def _refuse(self, detail: str, loc: Loc) -> None:
        values = {"workflow": self.workflow, "slots": ", ".join(self.slots), "detail": detail}
        values["typed"] = " ".join(f"{name}=FILE" for name in self.slots)
        self.checks.refuse("validation.input_slots", loc, **values)
