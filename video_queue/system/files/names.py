"""Names of files that video_queue writes: safe on Windows, macOS and Linux alike."""

from __future__ import annotations

import re
import unicodedata

NAME_BYTES = 200
_PLAIN = re.compile(r"[A-Za-z0-9_(\[{][A-Za-z0-9_()\[\]{} +,;=@#%&!~'-]{0,150}")
# Windows' forbidden characters, control characters, and the marks that reorder how a name is shown.
_FORBIDDEN = re.compile(
    r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]'
)
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(\.|$)")


def is_reserved(name: str) -> bool:
    """Whether Windows means a device by this name, whatever its extension."""
    return _RESERVED.match(unicodedata.normalize("NFC", name)) is not None


def safe_file_name(text: str, *, limit: int = NAME_BYTES) -> str:
    """`text` as one file name (no extension is added) of at most `limit` UTF-8 bytes, never empty or hidden.

    Forbidden characters become `_`; reserved names get a leading `_`, as do hidden ones instead of their dots;
    outer blanks and trailing dots are dropped.
    """
    if _PLAIN.fullmatch(text) and not text.endswith(" ") and len(text) <= limit and not _RESERVED.match(text):
        return text
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)).strip()
    if name.startswith("."):
        name = "_" + name.lstrip(".")
    if _RESERVED.match(name):
        name = "_" + name
    return _cut(name, limit).rstrip(" .") or "_"


def _cut(name: str, limit: int) -> str:
    """The beginning of `name` in at most `limit` bytes, whole characters with their marks."""
    if len(raw := name.encode()) <= limit:
        return name
    kept = raw[:limit].decode(errors="ignore")
    while kept and unicodedata.combining(name[len(kept)]):
        kept = kept[:-1]
    return kept


def with_suffix(name: str, suffix: str) -> str:
    """`name` + `suffix`, the name shortened where both would not fit."""
    suffix = safe_file_name("x" + suffix, limit=NAME_BYTES // 2)[1:]
    return safe_file_name(name, limit=NAME_BYTES - len(suffix.encode())) + suffix
