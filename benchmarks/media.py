"""What media phases cost beside ffmpeg itself: `python benchmarks/media.py`.

Each row runs a job of video_queue and, on the same clip, the plain ffmpeg command that does the same or less; what is
compared is the time of the phase as its row has it, from its start to its committed result. The libraries of the phases
are loaded before, as in a server that has run one. The command makes the same file: same encoder, quality, colours and
place of the index, with as many threads as it takes by itself. Both are run in turn, and the shortest of each compared.
Clips have 300 frames, ten seconds: artists render from 3 (what a model makes at once) to 30. What a phase costs once,
about 0.1 s, weighs more in shorter ones. A sheet of 36 tiles is made of a clip of minutes, since short ones are read
whole by either; facts are read of the same clip, by ours in the server and by ffprobe as a program. The last row is
what a prompt costs beside its phases: many clips of four frames, one at a time. --quick only shows that it runs.

auto-editor, PySceneDetect and ffprobe stand beside ours where their commands are on the PATH or named (--auto-editor,
--scenedetect, --ffprobe); without them a row says so.
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
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.comfy import work
from benchmarks.figure import print_figure
from benchmarks.lanes import ffmpeg
from tests.media_clips import make_clip
from tests.scene_clips import shot
from tests.speech_clips import make_speech
from video_queue.domain.submission import Submission
from video_queue.media import phases as _loaded  # noqa: F401 - see above
from video_queue.media.colour import BT709, rgb_to_yuv, tag_filter
from video_queue.media.facts import probe
from video_queue.media.ffmpeg import filter_value
from video_queue.media.ffmpeg_binary import locate

_NO_COMFY = "http://127.0.0.1:9"
_FPS = 30
_X264 = (
    "-c:v", "libx264", "-preset", "medium", "-crf", "18", "-pix_fmt", "yuv420p", "-movflags", "+faststart",
)  # fmt: skip
# Without it ffmpeg makes BT.601 of pictures, untagged, which players show in wrong colours, and a smaller file.
_COLOURS = ",".join([rgb_to_yuv("bt709"), "format=yuv420p", tag_filter(BT709)])
_SHOT = 50  # frames
_WORKFLOWS = {
    "scenes": """
inputs: {kind: video}
phases:
  - {name: detect, uses: media.detect_scenes, with: {source: "{{ input.path }}"}}
  - {name: picture, uses: media.keyframes, with: {source: "{{ input.path }}"}}
output: {phase: picture}
""",
    "silences": """
inputs: {kind: video}
phases:
  - name: detect
    uses: media.silence_detect
    with: {source: "{{ input.path }}", min_silence: 0.2}
  - name: cut
    uses: media.silence_apply
    with: {source: "{{ input.path }}", segments: "{{ phases.detect.silences }}", margin: 0, crf: 18}
output: {phase: cut}
""",
    "convert": """
inputs: {kind: video}
phases:
  - {name: convert, uses: media.convert, with: {source: "{{ input.path }}", crf: 18, preset: medium}}
output: {phase: convert}
""",
    "captions": """
inputs: {kind: video}
phases:
  - {name: captions, uses: media.captions, with: {source: "{{ input.path }}"}}
output: {phase: captions}
""",
    "sheet": """
inputs: {kind: video}
phases:
  - {name: sheet, uses: media.sprite_sheet, with: {source: "{{ input.path }}"}}
output: {phase: sheet}
""",
    "encode": """
inputs: {kind: sequence}
phases:
  - {name: encode, uses: media.encode, with: {frames: "{{ input.images }}", fps: 30, crf: 18, preset: medium}}
output: {phase: encode}
""",
}


@dataclass(frozen=True, slots=True)
class Done:
    """A job that ran: seconds from its start to its end, and what its rows say of each phase."""

    seconds: float
    phases: dict[str, float]
    results: dict[str, dict[str, Any]]


def run_job(home: Path, workflow: str, inputs: Sequence[Path]) -> Done:
    """One job, one phase at a time."""
    (home / "workflows").mkdir(parents=True)
    (home / "vq.toml").write_text("media_jobs = 1\n")
    (home / "workflows" / f"{workflow}.yaml").write_text(_WORKFLOWS[workflow])
    submission = Submission(workflow=workflow, inputs=[str(path) for path in inputs])
    began = time.monotonic()
    asyncio.run(work(_NO_COMFY, home, submission))
    seconds = time.monotonic() - began
    with closing(sqlite3.connect(home / "vq.db")) as conn:
        phases = dict(conn.execute("SELECT name, sum(seconds) FROM phase GROUP BY name").fetchall())
        results = {name: json.loads(text) for name, text in conn.execute("SELECT name, result FROM phase")}
        (span,) = conn.execute(
            "SELECT 86400 * (max(julianday(finished_at)) - min(julianday(started_at))) FROM prompt"
        ).fetchone()
    return Done(min(span, seconds), phases, results)


def timed(*arguments: str | Path) -> float:
    """Seconds that an ffmpeg command takes, at the priority of ours: else a busy machine is what is compared."""
    nice = ["nice", "-n", "10"] if shutil.which("nice") else []
    return timed_command([*nice, locate(), "-v", "error", "-y", "-nostdin", *arguments], Path.cwd())


def timed_command(arguments: Sequence[str | Path], folder: Path) -> float:
    """Seconds that another program takes.

    Raises:
        RuntimeError: it failed; with the end of what it wrote.
    """
    began = time.monotonic()
    done = subprocess.run(
        [str(argument) for argument in arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - began
    if done.returncode:
        raise RuntimeError(f"{arguments[0]}: {(done.stderr or done.stdout)[-300:]}")
    return seconds


def silences(place: Path, count: int, auto_editor: str | None) -> str:
    """So many silences of 0.3 s, one in each second, cut out; beside a plain re-encode, and auto-editor."""
    gaps = tuple((number + 0.4, number + 0.7) for number in range(count))
    clip = make_speech(
        place / "talk.mp4", gaps=gaps, seconds=float(count), fps=_FPS, codec="aac", size=(640, 360)
    )
    done = run_job(place / "silences", "silences", [clip])
    plain = timed("-i", clip, *_X264, "-c:a", "aac", place / "plain.mp4")
    cut = len(done.results["detect"]["silences"])
    frames = done.results["cut"]["frame_count"]
    ours = done.phases["cut"]
    print_figure("silences", ours / plain)
    return (
        f"{cut} of {count} silences cut, {frames} frames stay: {ours:.2f} s, {ours / plain:.2f} x a plain"
        f" re-encode of the clip (goal: 1.0); finding them {done.phases['detect']:.2f} s\n"
        f"{beside_auto_editor(clip, count, ours + done.phases['detect'], auto_editor)}"
    )


def beside_auto_editor(clip: Path, count: int, ours: float, program: str | None) -> str:
    """The same clip without its silences by auto-editor; `ours` are the seconds of both phases."""
    if program is None:
        return "auto-editor is not here: pip install it elsewhere, and name its command"
    output = clip.with_name("by-auto-editor.mp4")
    options = ["--edit", "audio:0.02", "--margin", "0s", "--no-open", "-o", output]
    try:
        seconds = timed_command([program, clip, *options], clip.parent)
    except RuntimeError as error:
        return f"auto-editor failed: {error}"
    frames, exact = probe(output, count_frames=True).frames, round(count * 0.7 * _FPS)
    return (
        f"auto-editor: {seconds:.2f} s, {frames} frames stay of {exact}; ours {ours / seconds:.2f} x its time"
    )


def scenes(place: Path, count: int, program: str | None) -> str:
    """So many hard cuts found; beside PySceneDetect's own command."""
    clip = make_clip(
        place / "scenes.mp4", (count + 1) * _SHOT, fps=_FPS, size=(640, 384), sound=None,
        options={"preset": "ultrafast"}, picture=lambda number, size: shot(number // _SHOT, number, size),
    )  # fmt: skip
    done = run_job(place / "scenes", "scenes", [clip])
    cuts, ours = done.results["detect"]["cuts"], done.phases["detect"]
    row = f"scenes: {len(cuts)} of {count} cuts, {ours:.2f} s"
    if program is None:
        return f"{row}; PySceneDetect is not here: pip install it elsewhere, and name its command"
    command = [program, "-q", "-i", clip, "detect-content", "list-scenes", "-f", "list.csv", "-s"]
    seconds = timed_command(command, place)
    theirs = len((place / "list.csv").read_text().splitlines()) - 2
    return (
        f"{row}; PySceneDetect {theirs} of {count} in {seconds:.2f} s, ours {ours / seconds:.2f} x its time"
    )


def beside(place: Path, workflow: str, clip: Path, command: Sequence[str | Path], repeat: int) -> str:
    """The phase of a workflow beside an ffmpeg command that ends in its output's options."""
    ours, plain = [], []
    for number in range(repeat):
        ours.append(run_job(place / f"{workflow}-{number}", workflow, [clip]).phases[workflow])
        plain.append(timed(*command, place / "plain.mp4"))
    print_figure(f"phase_{workflow}", min(ours) / min(plain))
    return f"{min(ours):.2f} s, {min(ours) / min(plain):.3f} x the bare command (goal: 1.05)"


def convert(clip: Path, frames: int, repeat: int) -> str:
    """A clip converted."""
    row = beside(clip.parent, "convert", clip, ("-i", clip, *_X264, "-c:a", "copy"), repeat)
    return f"convert {frames} frames: {row}"


def encode(clip: Path, frames: int, repeat: int) -> str:
    """Pictures encoded."""
    folder = clip.parent / "frames"
    folder.mkdir()
    ffmpeg("-i", clip, folder / "%06d.png")
    command = ("-framerate", str(_FPS), "-i", folder / "%06d.png", "-filter:v", _COLOURS, *_X264)
    return f"encode {frames} pictures: {beside(clip.parent, 'encode', folder, command, repeat)}"


def captions(clip: Path, frames: int, repeat: int) -> str:
    """A caption for each second, from the file beside the clip, drawn into it; ffmpeg has a filter for such files."""
    count = max(1, frames // _FPS)
    file = clip.with_suffix(".srt")
    file.write_text("\n".join(_cue(number) for number in range(count)))
    command = ("-i", clip, "-filter:v", f"subtitles={filter_value(str(file))}", *_X264, "-c:a", "copy")
    row = beside(clip.parent, "captions", clip, command, repeat)
    return f"{count} captions drawn into {frames} frames: {row}"


def sprite_sheet(clip: Path, repeat: int) -> str:
    """36 tiles over a clip; one ffmpeg pass decodes all of it for them."""
    seconds = probe(clip).duration or 1.0
    command = ("-i", clip, "-filter:v", f"fps={36 / seconds},scale=160:-1,tile=6x6", "-frames:v", "1")
    ours, plain = [], []
    for number in range(repeat):
        ours.append(run_job(clip.parent / f"sheet-{number}", "sheet", [clip]).phases["sheet"])
        plain.append(timed(*command, clip.parent / "plain.jpg"))
    print_figure("sprite_sheet", min(plain) / min(ours))
    return (
        f"sprite sheet of {seconds:.0f} s: {min(ours):.2f} s, one ffmpeg pass {min(plain):.2f} s:"
        f" {min(plain) / min(ours):.1f} x faster (goal: 2)"
    )


def probing(clip: Path, repeat: int, program: str | None) -> str:
    """The facts of a clip, and the same with its packets read for exact frames and times; beside ffprobe."""
    row = []
    for count in (False, True):
        ours = min(_seconds_of(partial(probe, clip, count_frames=count)) for _ in range(repeat))
        row.append(f"facts{' and frames' if count else ''}: {1000 * ours:.1f} ms")
        if program is None:
            continue
        entries = ["-count_packets"] if count else []
        command = [program, "-v", "error", *entries, "-show_format", "-show_streams", "-of", "json", clip]
        theirs = min(timed_command(command, clip.parent) for _ in range(repeat))
        row[-1] += f", {ours / theirs:.2f} x ffprobe"
    return "; ".join(row) + ("" if program else "; ffprobe is not here: name its command")


def _seconds_of(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _cue(number: int) -> str:
    second = f"00:{number // 60:02d}:{number % 60:02d}"
    return f"{number + 1}\n{second},000 --> {second},900\nThis is line {number}, and that is all\n"


def cost_of_a_prompt(place: Path, count: int) -> str:
    """Many short clips, one at a time: what is left of the time when the phases' own is taken off."""
    clips = [make_clip(place / f"short-{number}.mp4", 4, first=4 * number) for number in range(count)]
    done = run_job(place / "short", "convert", clips)
    beside = 1000 * (done.seconds - done.phases["convert"]) / count
    own = 1000 * done.phases["convert"] / count
    print_figure("media_prompt_ms", beside)
    return f"one prompt of {count}: {beside:.1f} ms beside its phase (goal: 15), which takes {own:.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--silences", type=int, default=250)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--sheet-seconds", type=int, default=300)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--prompts", type=int, default=100)
    parser.add_argument("--quick", action="store_true", help="small and imprecise: shows that it runs")
    parser.add_argument("--auto-editor", default=shutil.which("auto-editor"), help="its command")
    parser.add_argument("--ffprobe", default=shutil.which("ffprobe"), help="its command")
    parser.add_argument("--scenedetect", default=shutil.which("scenedetect"), help="PySceneDetect's command")
    options = parser.parse_args()
    sizes = options.silences, options.frames, options.prompts, options.repeat
    count, frames, prompts, repeat = (3, 6, 2, 1) if options.quick else sizes
    with tempfile.TemporaryDirectory(prefix="vq-bench-") as name:
        place = Path(name)
        print(silences(place, count, options.auto_editor), flush=True)
        print(scenes(place, max(2, count // 8), options.scenedetect), flush=True)
        clip = make_clip(
            place / "clip.mp4", frames, fps=_FPS, size=(1280, 720), options={"preset": "ultrafast"}
        )
        for row in (convert, encode, captions):
            print(row(clip, frames, repeat), flush=True)
        minutes = place / "minutes.mp4"
        seconds = 2 if options.quick else options.sheet_seconds
        source = f"testsrc2=size=1280x720:rate={_FPS}:duration={seconds}"
        ffmpeg("-f", "lavfi", "-i", source, "-preset", "ultrafast", "-g", "250", minutes)
        print(sprite_sheet(minutes, repeat), flush=True)
        print(probing(minutes, repeat, options.ffprobe), flush=True)
        print(cost_of_a_prompt(place, prompts), flush=True)


if __name__ == "__main__":
    main()
