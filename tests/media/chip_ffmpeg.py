"""An ffmpeg with a chip: a program that has the real one encode by software where a hardware encoder is named.

`refuse` beside it holds what the chip refuses, one line each: words that all must stand in the command. `calls` lists
the commands that name a hardware encoder; `busy` is there while one of them runs.
"""

from __future__ import annotations

import sys
from pathlib import Path

from video_queue.media.ffmpeg_binary import locate

_PROGRAM = """#!{python} -SE
import os, re, subprocess, sys
from pathlib import Path

home = Path(__file__).parent
args = sys.argv[1:]
name = next((word for word in args if re.search("_(nvenc|qsv|amf|vaapi|videotoolbox)$", word)), None)
if name is None:
    os.execv({real!r}, [{real!r}, *args])
with open(home / "calls", "a") as calls:
    calls.write(" ".join(args) + chr(10))
refused = (home / "refuse").read_text().splitlines() if (home / "refuse").exists() else []
if any(all(word in args or word in " ".join(args) for word in line.split()) for line in refused):
    sys.exit("[" + name + "] No capable devices found")
software = {{"hevc": "libx265", "h264": "libx264"}}[name.partition("_")[0]]
own = "-preset -rc -cq -b:v -global_quality -rc_mode -qp_i -qp_p -init_hw_device -filter_hw_device".split()
kept, words = [], iter(args)
for word in words:
    if word in own:
        next(words)
    else:
        kept.append(software if word == name else word.replace(",hwupload", ""))
try:
    busy = os.open(home / "busy", os.O_CREAT | os.O_EXCL)
except FileExistsError:
    sys.exit("[" + name + "] OpenEncodeSessionEx failed: out of memory (10)")
try:
    status = subprocess.call([{real!r}, *kept])
finally:
    os.unlink(home / "busy")
sys.exit(status)
"""


def make_chip_ffmpeg(folder: Path, *refused: str) -> Path:
    """The program, in a folder of its own."""
    folder.mkdir()
    path = folder / "ffmpeg"
    path.write_text(_PROGRAM.format(python=sys.executable, real=str(locate())), encoding="utf-8")
    path.chmod(0o755)
    if refused:
        (folder / "refuse").write_text("\n".join(refused), encoding="utf-8")
    return path


def calls_of(ffmpeg: Path) -> list[str]:
    """The commands that named a hardware encoder, in order."""
    calls = ffmpeg.with_name("calls")
    return calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
