"""Sample inputs made by ffmpeg, to try a workflow with: a clip with sound, a picture, a tone, a folder of frames."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

from video_queue.domain.catalogue import fail

if TYPE_CHECKING:
    from video_queue.settings import Settings

_PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=640x384:rate=12"]
_TONE = ["-f", "lavfi", "-i", "sine=frequency=330:sample_rate=44100"]
_CLIP = [*_PICTURE, *_TONE, "-t", "1", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-c:a", "aac"]
# By kind of input: the file's name and ffmpeg's arguments.
_SAMPLES = {
    "video": ("clip.mp4", _CLIP),
    "media": ("clip.mp4", _CLIP),
    "image": ("picture.png", [*_PICTURE, "-frames:v", "1", "-update", "1"]),
    "audio": ("tone.wav", [*_TONE, "-t", "2"]),
    "sequence": ("frames/frame_%03d.png", [*_PICTURE, "-t", "1"]),
}


def sample_inputs(settings: Settings, inputs: dict[str, Any]) -> list[Any]:
    """`inputs` of a submission for what a workflow takes: made once, and kept in the home's cache.

    Raises:
        VqError: validation.sample, media_failed.no_ffmpeg.
    """
    if not isinstance(inputs.get("kind"), str):
        return [{slot: _sample(settings, spec["kind"]) for slot, spec in inputs.items()}]
    if inputs["kind"] == "none":
        return []
    count = inputs.get("per_prompt", 1)
    return [_sample(settings, inputs["kind"])] * (count if isinstance(count, int) else 1)


def _sample(settings: Settings, kind: str) -> str:
    from video_queue.media.ffmpeg_binary import locate

    name, arguments = _SAMPLES[kind]
    path = settings.cache_dir / "samples" / name
    kept = path.parent if kind == "sequence" else path
    if not kept.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        command = [str(locate(settings.ffmpeg)), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
        result = subprocess.run(
            [*command, *arguments, f"file:{path}"], check=False, stdin=subprocess.DEVNULL, capture_output=True
        )
        if result.returncode:
            detail = result.stderr.decode(errors="replace").strip()
            raise fail("validation.sample", kind=kind, detail=detail[-200:] or f"code {result.returncode}")
    return str(kept)
