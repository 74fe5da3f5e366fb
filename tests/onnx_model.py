"""A model as small as one can be, for phases that take one: the mean of each colour of a picture, as ONNX."""

from __future__ import annotations

from pathlib import Path


def write_model(path: Path) -> Path:
    """An ONNX file from `[1, 3, 224, 224]` to `[1, 3]`, written field by field (onnx.proto)."""
    pool = _text(1, "in") + _text(2, "mean") + _text(4, "GlobalAveragePool")
    flat = _text(1, "mean") + _text(2, "out") + _text(4, "Flatten")
    graph = (
        _field(1, pool) + _field(1, flat) + _text(2, "graph")
        + _field(11, _tensor("in", 1, 3, 224, 224)) + _field(12, _tensor("out", 1, 3))
    )  # fmt: skip
    path.write_bytes(_number(1, 8) + _field(7, graph) + _field(8, _number(2, 13)))
    return path


def _tensor(name: str, *sides: int) -> bytes:
    shape = b"".join(_field(1, _number(1, side)) for side in sides)
    kind = _number(1, 1) + _field(2, shape)  # 1: float32
    return _text(1, name) + _field(2, _field(1, kind))


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def _number(tag: int, value: int) -> bytes:
    return _varint(tag << 3) + _varint(value)


def _field(tag: int, content: bytes) -> bytes:
    return _varint(tag << 3 | 2) + _varint(len(content)) + content


def _text(tag: int, text: str) -> bytes:
    return _field(tag, text.encode())
