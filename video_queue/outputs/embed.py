"""The workflow inside the output itself, as ComfyUI does it: dropped on ComfyUI or on vq, the file restores it.

PNG gets text chunks, mp4 and mov a user-data box behind their last byte, Matroska and WebM tags, WebP EXIF, FLAC and
MP3 texts. Pictures, frames and sound stay bit for bit what they were; a file where that cannot be done is left alone.
"""

from __future__ import annotations

import json
import shutil
import struct
import zlib
from collections.abc import Callable, Mapping
from ntpath import basename  # of any system's paths
from pathlib import Path
from typing import Any

from video_queue.domain.errors import VqError
from video_queue.media.embedded import PNG, embedded_texts, png_texts
from video_queue.outputs.embed_audio import embed_flac, embed_mp3
from video_queue.outputs.embed_matroska import append_tags
from video_queue.outputs.embed_webp import embed_webp
from video_queue.system.files.durable import copy_file

PROMPT, WORKFLOW, OWN = "prompt", "workflow", "video_queue"  # the first two are ComfyUI's names

# Embedding means copying; a larger file is not copied for the sake of a tag.
SIZE_LIMIT = 2 * 1024**3
_ISO = frozenset({".mp4", ".mov", ".m4v", ".m4a"})
_MATROSKA = frozenset({".mkv", ".webm", ".mka"})
_OTHERS: dict[str, Callable[[Path, Path, Mapping[str, str]], bool]] = {
    ".webp": embed_webp,
    ".flac": embed_flac,
    ".mp3": embed_mp3,
}


def workflow_tags(manifest: Mapping[str, Any]) -> dict[str, str]:
    """What is embedded for a manifest: the last ComfyUI graph as `prompt`, and our own workflow and values.

    Inputs are left out, and of files that a graph loads all but their names: a clip that is passed on should not show
    where its source lay, and ComfyUI looks for names in its own input folder.
    """
    phases = [phase for phase in manifest.get("phases", []) if phase.get("graph")]
    own = {key: manifest.get(key) for key in ("schema_version", "workflow", "params", "seed", "resolution")}
    tags = {PROMPT: json.dumps(_without_folders(phases[-1], manifest))} if phases else {}
    return {**tags, OWN: json.dumps(own)}


def _without_folders(phase: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A phase's graph with names instead of paths where it loads files: those that were brought, and inputs."""
    definition = manifest.get("workflow", {}).get("snapshot", {}).get("definition", {})
    same = [item for item in definition.get("phases", []) if item.get("name") == phase["name"]]
    brought = {key for item in same for key in item.get("files", {})}
    inputs = {item["path"] for item in manifest.get("inputs", [])}

    def shown(key: str, value: Any) -> Any:
        is_path = isinstance(value, str) and (key in brought or value in inputs)
        return basename(value) if is_path else value

    return {
        node_id: {
            **node,
            "inputs": {
                name: shown(f"{node_id}.inputs.{name}", value)
                for name, value in node.get("inputs", {}).items()
            },
        }
        for node_id, node in phase["graph"].items()
    }


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
    if suffix in _MATROSKA:
        return append_tags(source, target, {**tags, **read_embedded(source)})
    write = _OTHERS.get(suffix)
    known = read_embedded(source) if write else {}
    return write is not None and write(source, target, {k: v for k, v in tags.items() if k not in known})


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
