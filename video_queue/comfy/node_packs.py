"""Packs of custom nodes: which one a missing class comes from, and in which version the installed ones lie here.

The names of classes are facts from the packs' own lists of nodes; packs are named as their repositories, as
ComfyUI-Manager finds them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

_PACKS: tuple[tuple[str, str], ...] = (
    (r"VHS_", "ComfyUI-VideoHelperSuite"),
    (r"ADE_", "ComfyUI-AnimateDiff-Evolved"),
    (r"ACN_", "ComfyUI-Advanced-ControlNet"),
    (r"IPAdapter", "ComfyUI_IPAdapter_plus"),
    (r"\w+ VFI$|Make Interpolation State List$", "ComfyUI-Frame-Interpolation"),
    (r"\w+Preprocessor(_Provider.*)?$|AIO_Preprocessor$|DepthAnythingPreprocessor", "comfyui_controlnet_aux"),
    (r"UltimateSDUpscale", "ComfyUI_UltimateSDUpscale"),
    (r"UltralyticsDetectorProvider$", "ComfyUI-Impact-Subpack"),
    (r"FaceDetailer|DetailerForEach|SAMLoader$|BboxDetector|SegsTo|Impact", "ComfyUI-Impact-Pack"),
    (r".* //Inspire$", "ComfyUI-Inspire-Pack"),
    (r"ReActor", "ComfyUI-ReActor"),
    (r"Efficient Loader$|KSampler \(Efficient\)|KSampler Adv\. \(Efficient\)", "efficiency-nodes-comfyui"),
    (r"WanVideo", "ComfyUI-WanVideoWrapper"),
    (r"HyVideo", "ComfyUI-HunyuanVideoWrapper"),
    (r"CogVideo|DownloadAndLoadCogVideo", "ComfyUI-CogVideoXWrapper"),
    (r"Florence2|DownloadAndLoadFlorence2", "ComfyUI-Florence2"),
    (r"DownloadAndLoadSAM2|Sam2", "ComfyUI-segment-anything-2"),
    (r"DownloadAndLoadDepthAnythingV2|DepthAnything_V2", "ComfyUI-DepthAnythingV2"),
    (r"\w*GGUF\w*$", "ComfyUI-GGUF"),
    (r"\w+KJ$|ColorMatch$|GetImageSizeAndCount$|ImageBatchMulti$", "ComfyUI-KJNodes"),
    (r"easy ", "ComfyUI-Easy-Use"),
    (r".* \(rgthree\)$", "rgthree-comfy"),
    (r"CR ", "ComfyUI_Comfyroll_CustomNodes"),
    (r".*\|pysssss$", "ComfyUI-Custom-Scripts"),
    (r".* \(mtb\)$", "comfy_mtb"),
    (r"ttN ", "ComfyUI_tinyterraNodes"),
    (r"\w+\+$", "ComfyUI_essentials"),
    (r"Layer(Utility|Mask|Style|Color|Filter): ", "ComfyUI_LayerStyle"),
    (r"SeedVR2", "ComfyUI-SeedVR2_VideoUpscaler"),
    (r"Nunchaku", "ComfyUI-nunchaku"),
    (r"ApplyInstantID|InstantID", "ComfyUI_InstantID"),
    (r"BrushNet|PowerPaint", "ComfyUI-BrushNet"),
    (r"TeaCache", "ComfyUI-TeaCache"),
    (r"Text Multiline$|Text Concatenate$|Image Save$|Number to \w+$", "was-node-suite-comfyui"),
)
_COMPILED = tuple((re.compile(pattern), pack) for pattern, pack in _PACKS)


def pack_of(class_type: str) -> str | None:
    """The pack of custom nodes that has this class, where it is a known one."""
    return next((pack for pattern, pack in _COMPILED if pattern.match(class_type)), None)


CUSTOM_NODES = "custom_nodes"
_MOST_FILES = 5000


class NodePack(BaseModel, frozen=True):
    """An installed pack: its version and commit where its folder says so; `changed` is its newest code (ns)."""

    name: str
    version: str | None = None
    commit: str | None = None
    changed: int = 0


def read_packs(folders: Iterable[str]) -> list[NodePack]:
    """The packs in ComfyUI's folders of custom nodes; empty where those cannot be read here. Blocking."""
    places = [Path(folder) for folder in folders]
    return [_read_pack(path) for place in places if place.is_absolute() for path in _packs_in(place)]


def packs_of(graph: Mapping[str, Any], info: Mapping[str, Any], packs: Iterable[NodePack]) -> list[NodePack]:
    """Those of the packs that have a class of this graph; one that cannot be read has its name alone."""
    known = {pack.name: pack for pack in packs}
    names = {name for node in graph.values() if (name := _pack_of_class(str(node.get("class_type")), info))}
    return [known.get(name, NodePack(name=name)) for name in sorted(names)]


def _pack_of_class(class_type: str, info: Mapping[str, Any]) -> str | None:
    """The folder or file that ComfyUI loaded a class from: `custom_nodes.NAME`."""
    node = info.get(class_type)
    module = str(node.get("python_module", "")) if isinstance(node, Mapping) else ""
    place, _, name = module.partition(".")
    return name if place == CUSTOM_NODES and name else None


def _packs_in(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir() or path.suffix == ".py")
    except OSError:
        return []


def _read_pack(path: Path) -> NodePack:
    return NodePack(
        name=path.name if path.is_dir() else path.stem,
        version=_version(path / "pyproject.toml"),
        commit=_commit(path / ".git"),
        changed=max(_code_times(path), default=0),
    )


def _version(path: Path) -> str | None:
    try:
        project = tomllib.loads(path.read_text("utf-8")).get("project")
    except (OSError, ValueError):
        return None
    version = project.get("version") if isinstance(project, dict) else None
    return str(version) if version else None


def _commit(git: Path) -> str | None:
    """The commit that is checked out: https://git-scm.com/docs/gitrepository-layout"""
    try:
        head = (git / "HEAD").read_text("utf-8").strip()
        if not head.startswith("ref:"):
            return head
        name = head.removeprefix("ref:").strip()
        if (git / name).is_file():
            return (git / name).read_text("utf-8").strip()
        lines = (git / "packed-refs").read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return None
    return next((line.split(" ")[0] for line in lines if line.endswith(f" {name}")), None)


def _code_times(path: Path) -> Iterator[int]:
    files = path.rglob("*.py") if path.is_dir() else iter([path])
    try:
        for _, file in zip(range(_MOST_FILES), files, strict=False):
            yield file.stat().st_mtime_ns
    except OSError:
        return
