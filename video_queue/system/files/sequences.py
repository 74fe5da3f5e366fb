"""Numbered runs of pictures: what `kind: sequence` takes as one input."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from video_queue.domain.plan import ImageSequence
from video_queue.domain.workflow import InputKind
from video_queue.system.files.collect import EXTENSIONS, extension, is_ignored, natural_key

# The last number before the extension; a tail may follow it (ComfyUI writes `name_00001_.png`).
_NUMBERED = re.compile(r"^(?P<prefix>.*?)(?P<number>[0-9]{1,18})(?P<tail>[^0-9]*)$", re.DOTALL)


def find_sequences(folder: Path, *, names: Iterable[str] | None = None) -> list[ImageSequence]:
    """The numbered runs of pictures in `folder` (not in its subfolders), in natural order.

    Pictures of one prefix, padding, tail and extension are one run, whatever numbers are missing: every
    second frame of a clip is still one run; `count` is how many there are. `0001` is padded, `1 ... 10` is
    not; 9999 is followed by 10000. Pictures without a number belong to no run. `names`: only these files.
    A run that is alone in its folder is labelled with the folder's name, else with its prefix.

    Raises:
        OSError: if the folder cannot be listed.
    """
    return [run for run, _ in runs_with_names(folder, names=names)]


def runs_with_names(
    folder: Path, *, names: Iterable[str] | None = None
) -> list[tuple[ImageSequence, list[str]]]:
    """As `find_sequences`, each run with the names of its pictures by number.

    Raises:
        OSError: if the folder cannot be listed.
    """
    names = os.listdir(folder) if names is None else names  # noqa: PTH208 - only the names are wanted
    runs = {
        (prefix, tail, digits): sorted(numbers)
        for (prefix, tail), texts in _numbered_pictures(names).items()
        for digits, numbers in _by_padding(texts).items()
    }
    sequences = []
    for (prefix, tail, digits), numbers in runs.items():
        run = ImageSequence(
            folder=str(folder),
            prefix=prefix,
            digits=digits,
            ext=tail,
            first=numbers[0],
            last=numbers[-1],
            count=len(numbers),
            label=(prefix.rstrip("_-. ([") if len(runs) > 1 else "") or folder.name,
        )
        sequences.append((run, [picture_name(run, number) for number in numbers]))
    return sorted(sequences, key=lambda item: (natural_key(item[0].prefix), item[0].ext, item[0].digits))


def _numbered_pictures(names: Iterable[str]) -> dict[tuple[str, str], list[str]]:
    """The numbers of pictures, as written, by what stands before and after them."""
    texts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name in names:
        match = _NUMBERED.match(_stem(name))
        if match and extension(name) in EXTENSIONS[InputKind.SEQUENCE] and not is_ignored(name):
            tail = match["tail"] + name[len(_stem(name)) :]
            texts[match["prefix"], tail].append(match["number"])
    return texts


def _stem(name: str) -> str:
    return name.rpartition(".")[0] if "." in name[1:] else name


def _by_padding(texts: list[str]) -> dict[int, set[int]]:
    """Numbers by the width they are padded to (1: not padded); one that outgrew its padding stays with it."""
    padded = sorted({len(text) for text in texts if len(text) > 1 and text.startswith("0")})
    groups: dict[int, set[int]] = defaultdict(set)
    for text in texts:
        if len(text) > 1 and text.startswith("0"):
            width = len(text)
        else:
            width = max((width for width in padded if width <= len(text)), default=1)
        groups[width].add(int(text))
    return dict(groups)


def sequences_with(path: Path) -> list[ImageSequence]:
    """The one run that the picture `path` belongs to; empty where its name has no number.

    Raises:
        OSError: if its folder cannot be listed.
    """
    match = _NUMBERED.match(_stem(path.name))
    runs = find_sequences(path.parent) if match else []
    return [run for run in runs if match and path.name == picture_name(run, int(match["number"]))][:1]


def picture_name(run: ImageSequence, number: int) -> str:
    """The file name of one picture of a run."""
    return f"{run.prefix}{number:0{run.digits}d}{run.ext}"


def expand_sequence(run: ImageSequence) -> list[str]:
    """The absolute paths of a run's pictures by number; the folder is read only where some are missing.

    Raises:
        OSError: if the folder has to be read and cannot be.
    """
    names = (picture_name(run, number) for number in range(run.first, run.last + 1))
    if run.count == run.last - run.first + 1:
        return [os.path.join(run.folder, name) for name in names]  # noqa: PTH118 - texts, thousands of them
    return [os.path.join(run.folder, picture_name(run, number)) for number in _numbers_there(run)]  # noqa: PTH118


def _numbers_there(run: ImageSequence) -> list[int]:
    """The numbers of a run that its folder holds now, within first and last."""
    numbers = set()
    for name in os.listdir(run.folder):  # noqa: PTH208 - only the names are wanted
        match = _NUMBERED.match(_stem(name))
        if match and name == picture_name(run, int(match["number"])):
            numbers.add(int(match["number"]))
    return sorted(number for number in numbers if run.first <= number <= run.last)


def run_images(run: ImageSequence) -> list[dict[str, Any]]:
    """`input.images`: the run's pictures as files, `index` from 1.

    Raises:
        OSError: if numbers are missing and the folder cannot be read.
    """
    return [{"path": path, "index": index} for index, path in enumerate(expand_sequence(run), start=1)]
