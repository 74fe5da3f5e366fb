"""The simulator's input, output, temp and model folders, and ComfyUI's rules for naming files in them."""

from __future__ import annotations

import os
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from video_queue.simulator.settings import SimulatorSettings

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
VIDEO_SUFFIXES = frozenset({".mp4", ".mkv", ".webm", ".mov", ".avi", ".m4v"})


class OutsideFolderError(ValueError):
    """A name would leave the folder it belongs to."""


@dataclass(frozen=True)
class SavePlace:
    """Where the next file of a prefix goes: its folder, stem, first free counter and reported subfolder."""

    folder: Path
    stem: str
    counter: int
    subfolder: str


class Folders:
    """Paths below one base. Creates the folders it names."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.base = settings.base.resolve()
        self.settings = settings
        self.temp_tag = "".join(secrets.choice("abcdefghijklmnopqrstupvxyz") for _ in range(5))
        for name in ("input", "output", "temp", "models/checkpoints", "models/loras"):
            (self.base / name).mkdir(parents=True, exist_ok=True)

    def of_type(self, kind: str) -> Path | None:
        """The folder behind `type=input|output|temp`, or None for another word."""
        return self.base / kind if kind in ("input", "output", "temp") else None

    def within(self, kind: str, subfolder: str, name: str) -> Path:
        """The path of a named file. Raises OutsideFolderError when it would leave the folder."""
        root = self.base / kind
        path = Path(os.path.normpath(root / subfolder / name))
        if not path.is_relative_to(root) or path == root:
            raise OutsideFolderError(name)
        return path

    def annotated(self, text: str) -> Path:
        """The path of `name`, `sub/name` or `name [temp]`, as loader nodes take it; need not exist."""
        match = re.fullmatch(r"(.*) \[(input|output|temp)\]", text)
        name, kind = (match[1], match[2]) if match else (text, "input")
        if self.settings.dialect.checks_path_escape:
            return self.within(kind, "", name)
        return Path(os.path.normpath(self.base / kind / name))

    def input_names(self, suffixes: frozenset[str]) -> list[str]:
        """Names of the files directly in the input folder with one of the suffixes, sorted."""
        with os.scandir(self.base / "input") as entries:
            return sorted(e.name for e in entries if e.is_file() and Path(e.name).suffix.lower() in suffixes)

    def model_names(self, folder: str) -> list[str]:
        """Pretended model names of one model folder, with files really lying there."""
        pretended = {"checkpoints": self.settings.checkpoints, "loras": self.settings.loras}.get(folder, ())
        root = self.base / "models" / folder
        files = (
            [str(PurePosixPath(p.relative_to(root))) for p in root.rglob("*.safetensors")]
            if root.is_dir()
            else []
        )
        return sorted({*pretended, *files})

    def save_place(self, prefix: str, kind: str, width: int, height: int) -> SavePlace:
        """Where a save node writes next. Raises Exception, with ComfyUI's text, outside the folder."""
        prefix = _fill_tokens(prefix, width, height)
        normal = os.path.normpath(prefix)
        subfolder, stem = os.path.split(normal)
        root = self.base / kind
        folder = Path(os.path.normpath(root / subfolder))
        if not folder.is_relative_to(root):
            raise _outside(folder, root, self.settings.dialect.checks_path_escape)
        folder.mkdir(parents=True, exist_ok=True)
        return SavePlace(folder, stem, _next_counter(folder, stem), subfolder.replace(os.sep, "/"))


def _outside(folder: Path, root: Path, short: bool) -> Exception:
    text = (
        "**** ERROR: Saving image outside the output folder is not allowed.\n"
        f" full_output_folder: {folder}\n         output_dir: {root}"
    )
    if not short:
        text += f"\n         commonpath: {os.path.commonpath([folder, root])}"
    return Exception(text)


def _fill_tokens(prefix: str, width: int, height: int) -> str:
    now = time.localtime()
    tokens = {
        "width": str(width),
        "height": str(height),
        "year": str(now.tm_year),
        "month": f"{now.tm_mon:02d}",
        "day": f"{now.tm_mday:02d}",
        "hour": f"{now.tm_hour:02d}",
        "minute": f"{now.tm_min:02d}",
        "second": f"{now.tm_sec:02d}",
    }
    return re.sub(r"%(\w+)%", lambda match: tokens.get(match[1], match[0]), prefix)


def _next_counter(folder: Path, stem: str) -> int:
    """One more than the highest number after `stem_`; another prefix's digits count too, as in ComfyUI."""
    head = os.path.normcase(stem + "_")
    highest = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if os.path.normcase(entry.name).startswith(head):
                digits = re.match(r"\d+(?=[_.]|$)", entry.name[len(head) :])
                highest = max(highest, int(digits[0]) if digits else 0)
    return highest + 1
