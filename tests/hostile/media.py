"""More than three hundred files that try to make their reader open another file, speak to somebody, or never end."""

from __future__ import annotations

import itertools
import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from tests.media_clips import make_clip

_ENDINGS = (
    "m3u8", "mp4", "mkv", "ts", "mpg", "avi", "mov", "webm", "gif", "png", "jpg", "webp", "svg", "srt", "ass", "vtt",
    "txt", "concat", "ffconcat", "mpd", "sdp", "wav", "flac", "json",
)  # fmt: skip
PLACE, PORT = "CANARY", "PORT"
_TEXTS = {
    "hls of a file": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:CANARY/secret.mp4\n#EXT-X-ENDLIST\n",
    "hls of an address": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:PORT/a.ts\n#EXT-X-ENDLIST\n",
    "hls with a key": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI=CANARY/secret.txt\n#EXTINF:1,\n"
    "crypto+file:CANARY/secret.mp4\n#EXT-X-ENDLIST\n",
    "hls of joined files": "#EXTM3U\n#EXTINF:1,\nconcat:http://127.0.0.1:PORT/a?|CANARY/secret.txt\n",
    "hls with a map": '#EXTM3U\n#EXT-X-MAP:URI="CANARY/secret.mp4"\n#EXTINF:1,\n'
    "subfile,,start,0,end,64,,:CANARY/secret.txt\n",
    "concat": "ffconcat version 1.0\nfile CANARY/secret.mp4\nfile 'http://127.0.0.1:PORT/a.mp4'\n",
    "concat with options": "ffconcat version 1.0\nfile data:,x\n"
    "option protocol_whitelist file,http,tcp\nfile CANARY/secret.mp4\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
    "<BaseURL>http://127.0.0.1:PORT/</BaseURL><Period><AdaptationSet><Representation id='1' bandwidth='1'>"
    "<BaseURL>file:CANARY/secret.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video PORT RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "svg": '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><image '
    'xlink:href="file://CANARY/secret.png" width="9" height="9"/><image href="http://127.0.0.1:PORT/x.png"/></svg>',
    "entities": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file://CANARY/secret.txt">]>'
    "<svg><text>&e;</text></svg>",
    "many entities": '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in itertools.pairwise("abcdefghij"))
    + "]><svg><text>&j;</text></svg>",
    "rtsp": "[playlist]\nNumberOfEntries=2\nFile1=CANARY/secret.mp4\nFile2=rtsp://127.0.0.1:PORT/x\n",
    "asx": '<asx><entry><ref href="http://127.0.0.1:PORT/x"/><ref href="CANARY/secret.mp4"/></entry></asx>',
    "mov of another": "RTSPtext\r\nrtsp://127.0.0.1:PORT/x\r\n",
    "captions": "[Script Info]\nScriptType: v4.00+\n\n[Fonts]\nfontname: CANARY/secret.ttf\n!!!!\n\n"
    "[Events]\nFormat: Start, End, Text\nDialogue: 0:00:00.00,0:00:09.00,"
    "{\\fnCANARY/secret.ttf\\p1}m 0 0 l 99999999 99999999{\\p0}x\n",
    "an address": "data:video/mp4;base64,AAAA\nhttp://127.0.0.1:PORT/\nfile:CANARY/secret.mp4\n",
}


def write_hostile(folder: Path, canary: Path, port: int) -> list[Path]:
    """The files, all small; the texts in them name `canary/secret.*` and 127.0.0.1:`port`."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for number, (text, ending) in enumerate(itertools.product(_TEXTS.values(), _ENDINGS)):
        path = folder / f"text{number:03d}.{ending}"
        path.write_text(text.replace(PLACE, str(canary)).replace(PORT, str(port)))
        files.append(path)
    clip = make_clip(folder / "clip.mp4", frames=3).read_bytes()
    matroska = make_clip(folder / "clip.mkv", frames=3).read_bytes()
    for name, content in itertools.chain(
        _boxes(clip, canary), _broken(clip, "mp4"), _broken(matroska, "mkv"), _pictures()
    ):
        path = folder / name
        path.write_bytes(content)
        files.append(path)
    return files


# --- containers


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def _with_references(data: bytes, reference: bytes) -> bytes:
    """An MP4 whose tracks say that their data lies in another file."""
    boxes, at = [], 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        size = size if size >= 8 else len(data) - at
        content = data[at + 8 : at + size]
        if kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
            content = _with_references(content, reference)
        if kind == b"dref":
            content = struct.pack(">II", 0, 1) + reference
        boxes.append(_box(kind, content))
        at += size
    return b"".join(boxes)


def _boxes(clip: bytes, canary: Path) -> Iterator[tuple[str, bytes]]:
    place = f"{canary}/secret.mp4".encode()
    alias = (
        struct.pack(">IHHH", 0, 0, 0, 2)
        + bytes(142)
        + struct.pack(">HH", 18, len(place))
        + place
        + b"\xff\xff\0\0"
    )
    for name, reference in {
        "url": _box(b"url ", bytes(4) + b"file://" + place + b"\0"),
        "urn": _box(b"urn ", bytes(4) + b"x\0file://" + place + b"\0"),
        "alias": _box(b"alis", bytes(4) + alias),
        "resource": _box(b"rsrc", bytes(4) + place),
    }.items():
        yield f"reference {name}.mp4", _with_references(clip, reference)
        yield f"reference {name}.mov", _with_references(clip, reference)
    link = _box(
        b"rmra", _box(b"rmda", _box(b"rdrf", bytes(4) + b"url " + struct.pack(">I", len(place)) + place))
    )
    yield "reference movie.mov", _box(b"ftyp", b"qt  \0\0\0\0qt  ") + _box(b"moov", link)
    for kind in (b"moov", b"trak", b"udta", b"meta"):
        deep = b""
        for _ in range(5000):
            deep = _box(kind, deep)
        yield f"deep {kind.decode()}.mp4", clip[:32] + deep + clip[32:]
    yield "huge box.mp4", struct.pack(">I4sQ", 1, b"mdat", 2**62) + clip
    yield "deep.mkv", b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" * 3000
    yield "endless size.mkv", b"\x1a\x45\xdf\xa3\x01\x7f\xff\xff\xff\xff\xff\xff"


def _broken(clip: bytes, ending: str) -> Iterator[tuple[str, bytes]]:
    for part in range(1, 12):
        yield f"cut {part}.{ending}", clip[: len(clip) * part // 12]
    for at in range(0, len(clip), max(1, len(clip) // 24)):
        yield (
            f"turned {at}.{ending}",
            clip[:at] + bytes(byte ^ 0xFF for byte in clip[at : at + 9]) + clip[at + 9 :],
        )


# --- pictures


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, *more: bytes, data: bytes = b"") -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _pictures() -> Iterator[tuple[str, bytes]]:
    zeros = zlib.compressobj(9)
    bomb = b"".join([*(zeros.compress(bytes(1 << 20)) for _ in range(100)), zeros.flush()])
    small = zlib.compress(b"\0\0\0\0" * 1)
    for width, height in ((2**31 - 1, 2**31 - 1), (65535, 65535), (1, 2**31 - 1), (0, 0), (30000, 30000)):
        yield f"size {width} {height}.png", _png(width, height, data=bomb)
        yield (
            f"size {width} {height}.bmp",
            b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0),
        )
        edge = min(width, 65535), min(height, 65535)
        yield (
            f"size {width} {height}.gif",
            b"GIF89a"
            + struct.pack("<HHBBB", *edge, 0, 0, 0)
            + b",\0\0\0\0"
            + (struct.pack("<HHB", *edge, 0) + b"\x02\x02\x4c\x01\0;"),
        )
    yield "texts.png", _png(1, 1, _chunk(b"zTXt", b"workflow\0\0" + bomb), data=small)
    yield (
        "many texts.png",
        _png(1, 1, *(_chunk(b"zTXt", b"prompt\0\0" + bomb) for _ in range(20)), data=small),
    )
    yield "deep text.png", _png(1, 1, _chunk(b"tEXt", b"workflow\0" + b"[" * 200_000), data=small)
    wide = json.dumps({str(number): {"class_type": "X", "inputs": {}} for number in range(20_000)}).encode()
    yield "wide text.png", _png(1, 1, _chunk(b"tEXt", b"prompt\0" + wide), data=small)
    yield "profile.png", _png(1, 1, _chunk(b"iCCP", b"x\0\0" + bomb), data=small)
    ifd = struct.pack("<H", 1) + struct.pack("<HHII", 256, 4, 2**31, 8) + struct.pack("<I", 8)
    yield "circle.tif", b"II*\0" + struct.pack("<I", 8) + ifd
    yield (
        "huge.webp",
        b"RIFF"
        + struct.pack("<I", 2**31)
        + b"WEBPVP8X"
        + struct.pack("<I", 10)
        + b"\x02\0\0\0"
        + b"\xff" * 6,
    )
    yield (
        "huge.jpg",
        b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03\x01\x22\0\x02\x11\x01\x03\x11\x01" + b"\xff\xd9",
    )
