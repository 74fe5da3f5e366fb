"""Output nodes: they write files and say which, in the form that `executed` frames and history carry."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from video_queue.simulator.folders import SavePlace
from video_queue.simulator.nodes.definition import Input, NodeClass, NodeContext, NodeResult, integer, number
from video_queue.simulator.nodes.images import Images

PREFIX_TIP = "Prefix of the saved file's name; may hold %width%, %height%, %year% and the like."


def saved_file(name: str, place: SavePlace, kind: str) -> dict[str, str]:
    """One entry of an output list."""
    return {"filename": name, "subfolder": place.subfolder, "type": kind}


def place_for(context: NodeContext, prefix: str, size: tuple[int, int], kind: str = "output") -> SavePlace:
    return context.folders.save_place(prefix, kind, size[0], size[1])


def _metadata(context: NodeContext) -> PngImagePlugin.PngInfo:
    """The prompt and the caller's extra_pnginfo, embedded as ComfyUI does."""
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", json.dumps(context.prompt))
    for key, value in context.extra_pnginfo.items():
        info.add_text(key, json.dumps(value))
    return info


def _newest(context: NodeContext) -> dict[str, str]:
    """The entry of the output that was written last."""
    root = context.folders.base / "output"
    path = max(root.rglob("*.png"), key=lambda file: file.stat().st_mtime_ns)
    return {"filename": path.name, "subfolder": path.parent.relative_to(root).as_posix(), "type": "output"}


def _save_pngs(context: NodeContext, images: Images, prefix: str, kind: str) -> NodeResult:
    if context.output_fault == "empty_outputs":
        return NodeResult((images,), {"images": []})
    if context.output_fault == "stale_outputs":
        return NodeResult((images,), {"images": [_newest(context)]})
    place = place_for(context, prefix, images[0].size, kind)
    info, level = _metadata(context), 4 if kind == "output" else 1
    files = []
    for offset, picture in enumerate(images):
        name = f"{place.stem}_{place.counter + offset:05}_.png"
        picture.save(place.folder / name, pnginfo=info, compress_level=level)
        _spoil(place.folder / name, context.output_fault)
        files.append(saved_file(name, place, kind))
    return NodeResult((images,), {"images": files})


def _spoil(path: Path, fault: str | None) -> None:
    """What a fault leaves of a file."""
    match fault:
        case "missing_outputs":
            path.unlink()
        case "cut_outputs":
            os.truncate(path, path.stat().st_size // 2)
        case "other_outputs":
            path.write_text("this is no picture\n", encoding="utf-8")
        case "empty_files":
            os.truncate(path, 0)


def save_image(context: NodeContext, images: Images, filename_prefix: str = "ComfyUI") -> NodeResult:
    return _save_pngs(context, images, filename_prefix, "output")


def preview_image(context: NodeContext, images: Images) -> NodeResult:
    return _save_pngs(context, images, f"ComfyUI_temp_{context.folders.temp_tag}", "temp")


def _save_animation(context: NodeContext, images: Images, prefix: str, suffix: str, **how: Any) -> NodeResult:
    if context.output_fault == "empty_outputs":
        return NodeResult((images,), {"images": [], "animated": [True]})
    place = place_for(context, prefix, images[0].size)
    name = f"{place.stem}_{place.counter:05}_.{suffix}"
    images[0].save(place.folder / name, save_all=True, append_images=images[1:], **how)
    return NodeResult((images,), {"images": [saved_file(name, place, "output")], "animated": [True]})


def save_animated_webp(
    context: NodeContext,
    images: Images,
    filename_prefix: str,
    fps: float,
    lossless: bool,
    quality: int,
    method: str,
) -> NodeResult:
    effort = {"default": 4, "fastest": 0, "slowest": 6}.get(method, 4)
    duration = int(1000 / fps)
    how = {"duration": duration, "lossless": lossless, "quality": quality, "method": effort}
    return _save_animation(context, images, filename_prefix, "webp", **how)


def save_animated_png(
    context: NodeContext, images: Images, filename_prefix: str, fps: float, compress_level: int
) -> NodeResult:
    how = {"duration": int(1000 / fps), "compress_level": compress_level, "pnginfo": _metadata(context)}
    return _save_animation(context, images, filename_prefix, "png", **how)


def preview_any(_: NodeContext, source: Any) -> NodeResult:
    text = (
        source if isinstance(source, str) else f"{len(source)} images" if _is_images(source) else str(source)
    )
    return NodeResult((text,), {"text": [text]})


def _is_images(source: Any) -> bool:
    return isinstance(source, list) and bool(source) and isinstance(source[0], Image.Image)


_IMAGES = Input("IMAGE", {})
_MODERN_PREFIX = Input("STRING", {"default": "ComfyUI", "multiline": False})
_OUT = (("IMAGE", "images"),)

# fmt: off
SAVING_NODES = (
    NodeClass(
        "SaveImage", "Save Image", "image", save_image,
        {
            "images": Input("IMAGE", {"tooltip": "What is saved."}),
            "filename_prefix": Input("STRING", {"default": "ComfyUI", "tooltip": PREFIX_TIP}),
        },
        _OUT, output_node=True, description="Writes each picture of the batch as a PNG into the output folder.",
    ),
    NodeClass(
        "PreviewImage", "Preview Image", "image", preview_image,
        {"images": Input("IMAGE")},
        _OUT, output_node=True, description="Writes each picture as a PNG into the temp folder.",
    ),
    NodeClass(
        "SaveAnimatedWEBP", "Save Animated WEBP", "image", save_animated_webp,
        {
            "images": _IMAGES,
            "filename_prefix": _MODERN_PREFIX,
            "fps": number(6.0, 0.01, 1000.0, 0.01),
            "lossless": Input("BOOLEAN", {"default": True}),
            "quality": integer(80, 0, 100),
            "method": Input("COMBO", choices=("default", "fastest", "slowest"), combo=True),
        },
        _OUT, output_node=True, module="comfy_extras.nodes_images", recent=True,
    ),
    NodeClass(
        "SaveAnimatedPNG", "Save Animated PNG", "image", save_animated_png,
        {
            "images": _IMAGES,
            "filename_prefix": _MODERN_PREFIX,
            "fps": number(6.0, 0.01, 1000.0, 0.01),
            "compress_level": integer(4, 0, 9, advanced=True),
        },
        _OUT, output_node=True, module="comfy_extras.nodes_images", recent=True,
    ),
    NodeClass(
        "PreviewAny", "Preview as Text", "utilities", preview_any,
        {"source": Input("*", {})},
        (("STRING", "STRING"),),
        output_node=True, module="comfy_extras.nodes_preview_any",
    ),
)
# fmt: on
