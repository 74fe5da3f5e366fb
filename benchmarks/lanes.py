"""How busy the GPU is while clips are prepared, rendered and encoded: `python benchmarks/lanes.py`.

The same clips twice in one run: as a job of video_queue, and by a script that takes one clip after the other. Each
clip is scaled to 960x540, two of its frames are extracted, each is rendered by the stand-in for ComfyUI in
`--seconds`, and the results are encoded. Busy is the share of renders, by ComfyUI's own times, in the span from the
start of the first to the end of the last; nothing is left out of that span. --quick only shows that it runs.
"""

from __future__ import annotations

# Run as a script, this folder leads sys.path and queue.py in it would hide the standard library's.
# isort: off
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != HERE)]
# isort: on

import argparse
import asyncio
import json
import subprocess
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise

import httpx

from benchmarks.comfy import Times, comfy_at, graph_for, latest_times, script, work
from benchmarks.figure import print_figure
from tests.media_clips import make_clip
from video_queue.domain.submission import Submission
from video_queue.media import ffmpeg_binary

GOAL = 0.97
_FRAMES, _FPS, _EVERY = 48, 24, 24
_RENDERS = _FRAMES // _EVERY
_NODES = 3
_WORKFLOW = f"""
inputs: {{kind: video}}
phases:
  - {{name: scale, uses: media.convert, with: {{source: "{{{{ input.path }}}}", size: 960x540}}}}
  - name: frames
    uses: media.extract_frames
    with: {{source: "{{{{ phases.scale.file.path }}}}", every_n: {_EVERY}}}
  - name: render
    uses: comfy
    for_each: "{{{{ phases.frames.images }}}}"
    graph: lanes.render.api.json
    files: {{"1.inputs.image": "{{{{ item.path }}}}"}}
  - {{name: encode, uses: media.encode, with: {{frames: "{{{{ phases.render.images }}}}", fps: {_FPS}}}}}
output: {{phase: encode, name: "{{{{ input.stem }}}}_rendered"}}
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What one way came to: its renders by ComfyUI's clock, and the seconds from the first clip to the last file."""

    name: str
    renders: list[Times]
    seconds: float

    @property
    def busy(self) -> float:
        """The share of the span of all renders in which one of them ran."""
        span = max(item.end for item in self.renders) - min(item.start for item in self.renders)
        return sum(item.end - item.start for item in self.renders) / span

    @property
    def longest_gap(self) -> float:
        """Between two renders, in milliseconds."""
        ordered = sorted(self.renders, key=lambda item: item.start)
        return max(after.start - before.end for before, after in pairwise(ordered))


def ffmpeg(*arguments: str | Path) -> None:
    command = [str(ffmpeg_binary.locate()), "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    subprocess.run(command, check=True)


def one_after_the_other(url: str, http: httpx.Client, folder: Path, clips: list[Path]) -> Run:
    """A script that does all of one clip before the next."""
    began = time.monotonic()
    for clip in clips:
        place = folder / clip.stem
        place.mkdir(parents=True)
        scaled, pattern = place / "scaled.mp4", place / f"{clip.stem}-%d.png"
        ffmpeg("-i", clip, "-vf", "scale=960:540", "-crf", "18", "-c:a", "copy", scaled)
        ffmpeg("-i", scaled, "-vf", f"select=not(mod(n\\,{_EVERY}))", "-fps_mode", "passthrough", pattern)
        pictures = sorted(place.glob("*.png"))
        asyncio.run(script(url, http, pictures))
        ffmpeg("-framerate", str(_FPS), "-i", pattern, "-pix_fmt", "yuv420p", place / "rendered.mp4")
    seconds = time.monotonic() - began
    return Run("a script, one clip after the other", latest_times(http, len(clips) * _RENDERS), seconds)


def video_queue(url: str, http: httpx.Client, home: Path, clips: list[Path]) -> Run:
    """One job of all clips, with the settings that a new home has."""
    (home / "workflows").mkdir(parents=True)
    (home / "workflows" / "lanes.yaml").write_text(_WORKFLOW)
    (home / "workflows" / "lanes.render.api.json").write_text(json.dumps(graph_for("")))
    began = time.monotonic()
    asyncio.run(work(url, home, Submission(workflow="lanes", inputs=[str(clip) for clip in clips])))
    seconds = time.monotonic() - began
    return Run("video_queue", latest_times(http, len(clips) * _RENDERS), seconds)


def make_clips(folder: Path, count: int) -> list[Path]:
    """Clips of 1280x720 of which no two frames are alike."""
    folder.mkdir()
    return [
        make_clip(
            folder / f"clip-{n:02d}.mp4",
            _FRAMES,
            fps=_FPS,
            size=(1280, 720),
            first=n * _FRAMES,
            options={"preset": "ultrafast"},
        )
        for n in range(1, count + 1)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clips", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long one render takes")
    parser.add_argument("--quick", action="store_true", help="two clips and short renders")
    options = parser.parse_args()
    count, seconds = (2, 0.03) if options.quick else (options.clips, options.seconds)
    with tempfile.TemporaryDirectory(prefix="vq-bench-") as name:
        place = Path(name)
        clips = make_clips(place / "clips", count)
        with comfy_at(None, place) as (url, _), httpx.Client(base_url=url, trust_env=False) as http:
            http.post("/simulator/faults", json={"slow": seconds / _NODES}).raise_for_status()
            script_run = one_after_the_other(url, http, place / "script", clips)
            ours = video_queue(url, http, place / "home", clips)
    print(f"{count} clips of {_FRAMES} frames at 1280x720, {_RENDERS} renders of {seconds:g} s each")
    for run in (script_run, ours):
        gap = f"longest gap {run.longest_gap:.0f} ms"
        print(f"{run.name}: GPU busy {run.busy:.1%}, {gap}, {run.seconds:.1f} s in all")
    print(f"goal: {GOAL:.0%} busy; {script_run.seconds / ours.seconds:.2f} x as fast as the script")
    print_figure("gpu_busy", ours.busy)


if __name__ == "__main__":
    main()
