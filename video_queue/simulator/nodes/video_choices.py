"""The nested choices that SaveVideo declares in its newer form: container, codec, encoding, quality.

Each choice carries the inputs that appear when it is taken; their values sit under dotted names
(`format`, `format.codec`, `format.codec.encoding.crf`). The older form is two plain lists.
"""

from __future__ import annotations

from typing import Any

PLAIN_FORMATS = ("auto", "mp4")
PLAIN_CODECS = ("auto", "h264")


def _combo(tooltip: str, options: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"tooltip": tooltip, **more, "options": options}


def _encoding(default: float, highest: float) -> list[Any]:
    crf = {
        "tooltip": "Lower is finer and larger.",
        "default": default,
        "min": 0.0,
        "max": highest,
        "step": 1.0,
    }
    space = {
        "display_name": "color space",
        "tooltip": "Colours of the written file.",
        "default": "auto",
        "multiselect": False,
        "options": ["auto", "sRGB", "HDR", "HDR PQ"],
    }
    settings = {"crf": ["FLOAT", crf], "color_space": ["COMBO", space]}
    choices = [
        {"key": "auto", "inputs": {"required": {}}},
        {"key": "re-encode", "inputs": {"required": settings}},
    ]
    return ["COMFY_DYNAMICCOMBO_V3", _combo("How to encode.", choices, display_name="encoding mode")]


def _codec(*names: str, **more: Any) -> dict[str, Any]:
    quality = {"h264": (23.0, 51.0), "av1": (30.0, 63.0)}
    choices: list[dict[str, Any]] = [{"key": "auto", "inputs": {"required": {}}}]
    choices += [
        {"key": name, "inputs": {"required": {}, "optional": {"encoding": _encoding(*quality[name])}}}
        for name in names
    ]
    return _combo("The video codec.", choices, **more)


def _container(name: str) -> dict[str, Any]:
    names = ("av1",) if name == "webm" else ("h264", "av1")
    return {"key": name, "inputs": {"required": {"codec": ["COMFY_DYNAMICCOMBO_V3", _codec(*names)]}}}


FORMAT_CHOICES = _combo("The container.", [_container(n) for n in ("auto", "mp4", "mkv", "webm")])
HIDDEN_CODEC = _codec("h264", "av1", hidden=True)
