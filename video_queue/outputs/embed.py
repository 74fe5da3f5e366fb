"""The workflow inside the output itself, as ComfyUI does it: dropped on ComfyUI or on vq, the file restores it.

PNG gets text chunks, mp4 and mov a user-data box behind their last byte, Matroska and WebM tags. Pictures, frames
and sound stay bit for bit what they were; a file where that cannot be done is left alone.
"""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from video_queue.domain.errors import VqError
from video_queue.media.embedded import PNG, embedded_texts, png_texts
from video_queue.outputs.embed_matroska import append_tags
from video_queue.system.files.durable import copy_file

PROMPT, WORKFLOW, OWN = "prompt", "workflow", "video_queue"  # the first two are ComfyUI's names

# Embedding means copying; a larger file is not copied for the sake of a tag.
SIZE_LIMIT = 2 * 1024**3
_ISO = frozenset({".mp4", ".mov", ".m4v", ".m4a"})
_MATROSKA = frozenset({".mkv", ".webm", ".mka"})


def workflow_tags(manifest: Mapping[str, Any]) -> dict[str, str]:
    """What is embedded for a manifest: the last ComfyUI graph as `prompt`, and our own workflow and values.

    Inputs are left out: a clip that is passed on should not show where its source lay.
    """
    graphs = [phase["graph"] for phase in manifest.get("phases", []) if phase.get("graph")]
    own = {key: manifest.get(key) for key in ("schema_version", "workflow", "params", "seed", "resolution")}
    tags = {PROMPT: json.dumps(graphs[-1])} if graphs else {}
    return {**tags, OWN: json.dumps(own)}


def embed_workflow(source: Path, target: Path, tags: Mapping[str, str]) -> bool:
    """Copy `source` to `target` with `tags` inside. False, and no `target`, where the file does not allow it.

    Tags of the same names that the file already has are kept as they are.

    Raises:
        OSError: when `target` cannot be written.
    """
    suffix = source.suffix.lower()
    if not tags or not 0 < source.stat().st_size <= SIZE_LIMIT:
        return False
    if suffix == ".png":
        return _embed_png(source, target, tags)
    if suffix in _ISO:
        return _embed_iso(source, target, tags)
    return suffix in _MATROSKA and append_tags(source, target, {**tags, **read_embedded(source)})


def read_embedded(path: Path) -> dict[str, str]:
    """The embedded texts of a file by name (`prompt`, `workflow`, `video_queue`); empty where there are none."""
    try:
        texts = embedded_texts(path)
    except (OSError, VqError):
        return {}
    return {key: value for key, value in texts.items() if key in (PROMPT, WORKFLOW, OWN)}


def _embed_png(source: Path, target: Path, tags: Mapping[str, str]) -> bool:
    with source.open("rb") as reader:
        header = reader.read(len(PNG) + 25)  # the signature and IHDR, which always comes first
        if not header.startswith(PNG) or header[12:16] != b"IHDR":
            return False
        known = {name for name, _text in png_texts(reader)}
        reader.seek(len(header))
        with target.open("xb") as writer:
            writer.write(header)
            for name, text in tags.items():
                if name not in known:
                    writer.write(_png_text_chunk(name, text))
            shutil.copyfileobj(reader, writer, 1024 * 1024)
    return True


def _png_text_chunk(name: str, text: str) -> bytes:
    """A tEXt chunk; JSON from `json.dumps` is ASCII, as Latin-1 demands."""
    body = b"tEXt" + name.encode("latin-1") + b"\0" + text.encode("latin-1", "replace")
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def _embed_iso(source: Path, target: Path, tags: Mapping[str, str]) -> bool:
    """Append a `udta` box: ComfyUI and ffmpeg read it, players pass over it, not one earlier byte changes."""
    if not _can_append(source):
        return False
    box = _user_data({**tags, **read_embedded(source)})
    copy_file(source, target)
    with target.open("ab") as writer:
        writer.write(box)
    return True


def _can_append(path: Path) -> bool:
    """Whether the top-level boxes end exactly with the file, and no index counts from its end (fragments)."""
    size, at, kinds = path.stat().st_size, 0, set()
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            head = file.read(16)
            if len(head) < 8:
                return False
            length, kind = struct.unpack(">I4s", head[:8])
            if length == 1 and len(head) == 16:
                length = struct.unpack(">Q", head[8:])[0]
            if length < 8:
                return False
            kinds.add(kind)
            at += length
    return at == size and {b"ftyp", b"moov"} <= kinds and not kinds & {b"moof", b"mfra", b"udta"}


def _user_data(tags: Mapping[str, str]) -> bytes:
    """QuickTime metadata (keys and values) in a `udta` box."""
    keys = b"".join(_box(b"mdta", name.encode()) for name in tags)
    values = b"".join(
        _box(struct.pack(">I", index), _box(b"data", struct.pack(">II", 1, 0) + text.encode()))
        for index, text in enumerate(tags.values(), start=1)
    )
    hdlr_box = _box(b"hdlr", bytes(8) + b"mdta" + bytes(13))
    key_box = _box(b"keys", struct.pack(">II", 0, len(tags)) + keys)
    return _box(b"udta", _box(b"meta", bytes(4) + hdlr_box + key_box + _box(b"ilst", values)))


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body
