"""Recording a history of real runs: clips of several sizes and lengths are converted, and rendered with the stand-in.

Everything is submitted by `vq` as an artist would, a batch after the other; the runs are those that `vq` kept.
"""

from __future__ import annotations

import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from video_queue.media.ffmpeg_binary import locate

_SIZES = ("320x240", "480x270", "640x360", "854x480")
_SOURCES = ("testsrc2={}", "testsrc2={},noise=alls=24:allf=t", "smptehdbars={}")
_PRESETS = ("web", "small", "archive")
_CODECS = ("h264", "hevc", "ffv1")
_SECONDS_PER_STEP = 0.02
_RUNS = "SELECT id, workflow, phase, seconds, measures, loaded, family FROM timing WHERE id > ? ORDER BY id"


def record(path: Path, batches: int = 24, seed: int = 1) -> None:
    """Write the runs to a file, one a line, in the order in which they ended."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, path.open("w") as file:
        home = Path(folder) / "home"
        clips, pictures = _make_clips(Path(folder), rng), _make_pictures(Path(folder))
        newest = 0
        with _stand_in(Path(folder)) as url:
            for number in range(batches):
                submit = _render(rng, pictures) if number % 3 == 2 else _convert(rng, clips)
                _vq(home, url, *submit, "--run", "--no-reuse", "--force")
                for run in _new_runs(home, newest):
                    newest = run.pop("id")
                    file.write(json.dumps(run) + "\n")
                file.flush()


def _convert(rng: random.Random, clips: list[str]) -> list[str]:
    some = rng.sample(clips, rng.choice((1, 2, 3, 4)))
    codec = ["-p", f"codec={rng.choice(_CODECS)}"] if rng.random() < 0.4 else []
    return ["submit", "transcode", *some, "-p", f"preset={rng.choice(_PRESETS)}", *codec]


def _render(rng: random.Random, pictures: list[str]) -> list[str]:
    size = rng.choice(("832x480", "640x384", "1280x720"))
    steps = rng.choice((6, 12, 20, 30))
    flags = ["--resolution", size, "-p", f"steps={steps}", "--seeds", str(rng.choice((1, 2, 4)))]
    return ["submit", "image-to-video", rng.choice(pictures), *flags]


def _make_clips(folder: Path, rng: random.Random) -> list[str]:
    clips = []
    for number in range(14):
        size, source = rng.choice(_SIZES), rng.choice(_SOURCES)
        clip = folder / f"clip-{number:02d}.mp4"
        picture = source.format(f"size={size}:rate=25")
        how = (
            "-t",
            f"{rng.uniform(0.3, 2.5):.2f}",
            "-crf",
            "18",
            "-preset",
            "ultrafast",
            "-pix_fmt",
            "yuv420p",
        )
        _ffmpeg("-f", "lavfi", "-i", picture, *how, str(clip))
        clips.append(str(clip))
    return clips


def _make_pictures(folder: Path) -> list[str]:
    pictures = [folder / f"picture-{number}.png" for number in range(2)]
    for number, picture in enumerate(pictures):
        source = f"testsrc2=size=640x{360 + 120 * number}"
        _ffmpeg("-f", "lavfi", "-i", source, "-frames:v", "1", str(picture))
    return [str(picture) for picture in pictures]


def _ffmpeg(*arguments: str) -> None:
    subprocess.run([locate(None), "-nostdin", "-loglevel", "error", "-y", *arguments], check=True)


@contextmanager
def _stand_in(folder: Path) -> Iterator[str]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "video_queue.simulator", "--port", str(port), "--base", str(folder / "comfy"),
        "--seconds-per-step", str(_SECONDS_PER_STEP),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while True:
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _vq(home: Path, url: str, *arguments: str) -> None:
    command = [sys.executable, "-m", "video_queue", "--home", str(home), *arguments]
    subprocess.run(command, check=True, env={**os.environ, "VQ_COMFY__URL": url}, stdout=subprocess.DEVNULL)


def _new_runs(home: Path, newest: int) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(home / "vq.db")) as conn:
        conn.row_factory = sqlite3.Row
        rows = [dict(row) for row in conn.execute(_RUNS, (newest,))]
    return [
        {**row, "seconds": round(row["seconds"], 4), "measures": json.loads(row["measures"])} for row in rows
    ]
