"""Texts that try to be another path than they seem, and names of files that mean something to some program."""

from __future__ import annotations

import itertools
import unicodedata

_UPS = (
    "..",
    "...",
    "....",
    ". .",
    ".. ",
    "..\u200b",
    "%2e%2e",
    "%252e%252e",
    "..%00",
    "\u2025",
    "\uff0e\uff0e",
    "..;",
    "\u202e..",
)
_SEPARATORS = ("/", "\\", "//", "/./", "%2f", "%5c", "%252f", "\uff0f", "\u2215", "\\/")
_TARGETS = ("outside/secret.txt", "outside", "etc/passwd", "vq.db", "secret", ".ssh/id")
_BEGINNINGS = (
    "",
    "/",
    "./",
    "a/",
    "\\\\server\\share\\",
    "\\\\?\\C:\\",
    "C:",
    "C:\\",
    "C:/",
    "//",
    "file:///",
    "~/",
    "~root/",
)
_DEVICES = (
    "con",
    "PRN",
    "aux",
    "NUL",
    "com1",
    "LPT9",
    "com\u00b9",
    "conin$",
    "con.txt",
    "nul.tar.gz",
    "aux .mp4",
)
_ENDINGS = (
    "",
    ".",
    " ",
    ". .",
    "::$DATA",
    ":stream",
    "\0.png",
    "\n",
    "%00.png",
    "/.",
    "/",
    "?",
    "*",
    "|",
    "<",
    '"',
)


def traversals() -> list[str]:
    """More than a thousand texts, none twice; a link `link` and a loop `loop` lie in the folder they are tried on."""
    climbs = (
        beginning + separator.join([up] * depth) + separator + target
        for beginning, up, separator, depth, target in itertools.product(
            _BEGINNINGS, _UPS, _SEPARATORS, (1, 3, 9), _TARGETS
        )
    )
    # One in 23, which shares no factor with the numbers of the parts: all of them are met.
    some = list(climbs)[::23]
    plain = [
        *(device + ending for device in _DEVICES for ending in _ENDINGS),
        *(f"{beginning}{target}" for beginning in _BEGINNINGS for target in _TARGETS),
        *(f"link{separator}{target}" for separator in _SEPARATORS for target in (*_TARGETS, "secret.txt", "..")),
        *(name + ending for name in (".", "..", "~", "", " ", "loop/x", "link") for ending in _ENDINGS),
        *("x" * length for length in (255, 256, 4096, 70_000)),
        *("\u00e9" * length for length in (127, 128, 129)),
        *(f"{'d/' * depth}x" for depth in (10, 200, 3000)),
        *(unicodedata.normalize(form, "\u00e9t\u00e9/\u1e9b\u0323") for form in ("NFC", "NFD", "NFKC", "NFKD")),
        "\ud800", "a\ud800/b", "\0", "a\0/../b", "\u2024\u2024/x", "\u2026/\u2026",
    ]  # fmt: skip
    return list(dict.fromkeys([*some, *plain]))


_STEMS = (
    "-", "--", "-i", "-y", "--help", "-vf", "-map 0", "@file", "%d", "%06d", "frame_%04d", "%(path)s",
    "%2e%2e%2f", "{{ input.path }}", "{{", "}}", "{0}", "{job.id}", "${HOME}", "$(touch x)", "`touch x`",
    "$IFS", "!!", "&&", "a&b", "a;b", "a|b", "a>b", "<a", "*", "?", "[a]", "[!a]", "[", "]", "(", "a'b",
    'a"b', "'", '"', "a\\b", "\\", "\\n", "a:b", "http:", "file:", "concat:a|b", "data:,x", "pipe:0", "fd:0",
    "subfile,,start,0,end,9,,:a", "crypto:a", "tee:x", "~", "~root", "#", "a#b", "%", "%00", "%ff", "a b",
    " a", "a ", "  ", "a\tb", "a\nb", "a\rb", "\n", "a\x1b[31mb", "\x7f", "\x01", "\u00a0", "\u2028",
    "\u202egpj", "\u200b", "\ufeffa", "\u0301", "e\u0301", "\u00e9", "\u212b", "\ufb01", "\u5b57",
    "\u0939\u093f\u0928\u094d\u0926\u0940", "\u05e9\u05dc\u05d5\u05dd",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f3f4", "\udcff", "a\udc80b", "x" * 200, "x" * 251,
    "\u00e9" * 125, "\U0001f600" * 62, ".", "..", "...", ".a", "..a", "a.", "a..b", "a.mp4", "a.part", "a.vq",
    "con", "nul", "aux.x", "com1", "lpt9", "prn ", "<script>alert(1)<", "<img src=x onerror=alert(1)>",
    "javascript:alert(1)", "job:1", "prompt:1.1", "null", "true", "None", "NaN", "0", "-1", "1e999", "0x10",
    "01", "12.3", "a=b", "=cmd|x", "+1", "a,b", "a, b", "key=value", "yaml: [", "- a", "!!python", "&anchor",
    "*alias", "key:", "%TAG", "' OR 1=1 --", "'; DROP TABLE job; --", "\\u0000", "\\x00", "CON", "Thumbs",
    "desktop.ini", "._a", "a~", "#a#", "~$a",
)  # fmt: skip


def file_names(ending: str) -> list[str]:
    """More than two hundred names that a file can have on Linux, none twice."""
    stems = dict.fromkeys(
        [*_STEMS, *(f"{stem} 2" for stem in _STEMS[:60]), *(f"a {stem}" for stem in _STEMS[:40])]
    )
    names = (stem.replace("/", "_") + ending for stem in stems)
    return [name for name in names if len(name.encode(errors="surrogateescape")) <= 255]
