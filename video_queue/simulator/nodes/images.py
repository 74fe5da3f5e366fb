"""Nodes that really load, make and change pictures, with Pillow. An IMAGE is a list of RGB pictures.

The pictures of one IMAGE have one size, as the tensor of the real server would.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from PIL import Image, ImageFilter, ImageOps

from video_queue.simulator.folders import Folders, OutsideFolderError
from video_queue.simulator.nodes.definition import Input, NodeClass, NodeContext, NodeResult, integer, number

Images = list[Image.Image]

METHODS = ("nearest-exact", "bilinear", "area", "bicubic", "lanczos")
_FILTERS = {
    "nearest-exact": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "area": Image.Resampling.BOX,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def file_problem(folders: Folders, value: Any, word: str) -> str | None:
    """ComfyUI's refusal of a file input that names nothing, or None."""
    try:
        exists = isinstance(value, str) and folders.annotated(value).is_file()
    except OutsideFolderError:
        exists = False
    return None if exists else f"Invalid {word} file: {value}"


def _check_image(folders: Folders, values: Mapping[str, Any]) -> tuple[str, str] | None:
    problem = file_problem(folders, values.get("image"), "image")
    return ("image", problem) if problem else None


def _image_hash(folders: Folders, values: Mapping[str, Any]) -> str:
    return hashlib.sha256(folders.annotated(values["image"]).read_bytes()).hexdigest()


def load_image(context: NodeContext, image: str) -> NodeResult:
    with Image.open(context.folders.annotated(image)) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    return NodeResult(([picture], None))


def empty_image(_: NodeContext, width: int, height: int, batch_size: int, color: int) -> NodeResult:
    rgb = (color >> 16 & 255, color >> 8 & 255, color & 255)
    return NodeResult(([Image.new("RGB", (width, height), rgb)] * batch_size,))


def image_scale(
    _: NodeContext, image: Images, upscale_method: str, width: int, height: int, crop: str
) -> NodeResult:
    old_width, old_height = image[0].size
    if not width and not height:
        return NodeResult((image,))
    width = width or max(1, round(old_width * height / old_height))
    height = height or max(1, round(old_height * width / old_width))
    chosen = _FILTERS[upscale_method]
    if crop == "center":
        return NodeResult(([ImageOps.fit(p, (width, height), chosen) for p in image],))
    return NodeResult(([p.resize((width, height), chosen) for p in image],))


def image_scale_by(_: NodeContext, image: Images, upscale_method: str, scale_by: float) -> NodeResult:
    width, height = image[0].size
    size = (max(1, round(width * scale_by)), max(1, round(height * scale_by)))
    return NodeResult(([p.resize(size, _FILTERS[upscale_method]) for p in image],))


def image_invert(_: NodeContext, image: Images) -> NodeResult:
    return NodeResult(([ImageOps.invert(p) for p in image],))


def image_blur(_: NodeContext, image: Images, blur_radius: int, sigma: float) -> NodeResult:
    del blur_radius
    return NodeResult(([p.filter(ImageFilter.GaussianBlur(sigma)) for p in image],))


def image_batch(_: NodeContext, image1: Images, image2: Images) -> NodeResult:
    size = image1[0].size
    fitted = [p if p.size == size else ImageOps.fit(p, size, Image.Resampling.BILINEAR) for p in image2]
    return NodeResult((image1 + fitted,))


def image_from_batch(_: NodeContext, image: Images, batch_index: int, length: int) -> NodeResult:
    start = max(0, min(batch_index if batch_index >= 0 else len(image) + batch_index, len(image) - 1))
    return NodeResult((image[start : start + length],))


_IMAGE = {"image": Input("IMAGE")}
_METHOD = Input("COMBO", choices=METHODS)
_OUT = (("IMAGE", "IMAGE"),)

# fmt: off
IMAGE_NODES = (
    NodeClass(
        "LoadImage", "Load Image", "image", load_image,
        {"image": Input("COMBO", {"image_upload": True}, choices="images")},
        (("IMAGE", "IMAGE"), ("MASK", "MASK")), check=_check_image, fingerprint=_image_hash,
    ),
    NodeClass(
        "EmptyImage", "Empty Image", "image", empty_image,
        {
            "width": integer(512, 1, 16384, 1),
            "height": integer(512, 1, 16384, 1),
            "batch_size": integer(1, 1, 4096),
            "color": integer(0, 0, 0xFFFFFF, 1, display="color"),
        },
        _OUT,
    ),
    NodeClass(
        "ImageScale", "Upscale Image", "image/upscaling", image_scale,
        {
            **_IMAGE,
            "upscale_method": _METHOD,
            "width": integer(512, 0, 16384, 1),
            "height": integer(512, 0, 16384, 1),
            "crop": Input("COMBO", choices=("disabled", "center")),
        },
        _OUT,
    ),
    NodeClass(
        "ImageScaleBy", "Upscale Image By", "image/upscaling", image_scale_by,
        {**_IMAGE, "upscale_method": _METHOD, "scale_by": number(1.0, 0.01, 8.0, 0.01)},
        _OUT,
    ),
    NodeClass("ImageInvert", "Invert Image Colors", "image/color", image_invert, _IMAGE, _OUT),
    NodeClass(
        "ImageBatch", "Batch Images", "image/batch", image_batch,
        {"image1": Input("IMAGE"), "image2": Input("IMAGE")},
        _OUT,
    ),
    NodeClass(
        "ImageFromBatch", "Get Image from Batch", "image/batch", image_from_batch,
        {
            "image": Input("IMAGE", {}),
            "batch_index": integer(0, -16384, 16384),
            "length": integer(1, 1, 4096),
        },
        _OUT, module="comfy_extras.nodes_images", recent=True,
    ),
    NodeClass(
        "ImageBlur", "Blur Image", "image/filters", image_blur,
        {
            "image": Input("IMAGE", {}),
            "blur_radius": integer(1, 1, 31, 1),
            "sigma": number(1.0, 0.1, 10.0, 0.1),
        },
        _OUT, module="comfy_extras.nodes_post_processing", recent=True,
    ),
)
# fmt: on
