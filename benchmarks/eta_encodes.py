"""Recording encodes without a queue, in seconds of the processor: on a machine that is busy, time says nothing.

python -m benchmarks.eta_encodes RECORDING
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from video_queue.media.ffmpeg_binary import locate

_SIZES = ((320, 240), (480, 270), (640, 360), (640, 480))
_SOURCES = ("testsrc2={}", "testsrc2={},noise=alls=24:allf=t", "smptehdbars={}")
_SETTINGS = (
    *(("libx264", preset) for preset in ("medium", "medium", "veryfast", "slow")),
    ("ffv1", "none"),
)
_RUNS = 90
_THREADS = 2


class _Clip(NamedTuple):
    path: Path
    width: int
    height: int
    seconds: float


def record(path: Path, seed: int = 3) -> None:
    """Write the runs to a file, one a line."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, path.open("w") as file:
        clips = [_make_clip(Path(folder) / f"{number}.mp4", rng) for number in range(14)]
        runs = 0
        while runs < _RUNS:
            (codec, preset), crf = rng.choice(_SETTINGS), rng.choice((18, 20, 23))
            for clip in rng.sample(clips, rng.choice((1, 2, 3, 5))):
                seconds = _encode(clip, codec, preset, crf)
                words: dict[str, float | str] = {"codec": codec, "preset": preset, "crf": float(crf)}
                measures = _measures(clip) | {f"params.{name}": value for name, value in words.items()}
                run = {"workflow": "convert", "phase": "convert", "seconds": round(seconds, 4)}
                file.write(json.dumps({**run, "measures": measures, "loaded": 0, "family": None}) + "\n")
                runs += 1


def _make_clip(path: Path, rng: random.Random) -> _Clip:
    (width, height), seconds = rng.choice(_SIZES), rng.uniform(0.3, 2)
    source = rng.choice(_SOURCES).format(f"size={width}x{height}:rate=25")
    how = ("-t", f"{seconds:.2f}", "-crf", "18", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    _ffmpeg("-f", "lavfi", "-i", source, *how, str(path))
    return _Clip(path, width, height, seconds)


def _encode(clip: _Clip, codec: str, preset: str, crf: int) -> float:
    before = _processor_seconds()
    quality = () if codec == "ffv1" else ("-preset", preset, "-crf", str(crf))
    _ffmpeg("-i", str(clip.path), "-c:v", codec, *quality, "-threads", str(_THREADS), f"{clip.path}.mkv")
    return (_processor_seconds() - before) / _THREADS


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _measures(clip: _Clip) -> dict[str, float | str]:
    frames, pixels = round(clip.seconds * 25), clip.width * clip.height
    numbers = {
        "files": 1, "frames": frames, "pixels": pixels, "seconds": clip.seconds, "work": pixels * frames,
        "density": clip.path.stat().st_size / (pixels * frames),
    }  # fmt: skip
    return {"uses": "media.convert", **{name: float(f"{value:.3g}") for name, value in numbers.items()}}


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([locate(None), "-nostdin", "-loglevel", "error", "-y", *arguments], check=True)


if __name__ == "__main__":
    record(Path(sys.argv[1]))
