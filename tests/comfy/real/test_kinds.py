"""Everything that ComfyUI's own nodes save reaches the artist, as the file that it is."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.comfy.real.servers import RealComfy
from tests.comfy.real.workflows import write_workflow
from tests.worker.conftest import Queue
from video_queue.domain.views import Prompt

Graph = dict[str, Any]
WORKFLOW = """
inputs: {kind: none}
phases:
  - {name: render, uses: comfy, graph: NAME.render.api.json}
"""


def node(class_type: str, **inputs: Any) -> Graph:
    return {"class_type": class_type, "inputs": inputs}


def sources() -> Graph:
    """Three frames of a colour that was never rendered, two seconds of silence, and a latent."""
    color = random.randrange(2**24)
    return {
        "1": node("EmptyImage", width=64, height=48, batch_size=3, color=color),
        "2": node("EmptyAudio", duration=2.0, sample_rate=48000, channels=2),
        "3": node("EmptyLatentImage", width=64, height=64, batch_size=1),
    }


def saved(class_type: str, source: str, prefix: str = "x", **inputs: Any) -> Graph:
    name = {"1": "images", "2": "audio", "3": "samples"}[source]
    return node(class_type, **{name: [source, 0]}, filename_prefix=prefix, **inputs)


VIDEO = {
    "10": node("CreateVideo", images=["1", 0], fps=12.0, audio=["2", 0]),
    "11": node("SaveVideo", video=["10", 0], filename_prefix="x", format="auto", codec="auto"),
}
KINDS: dict[str, tuple[Graph, list[tuple[str, str]]]] = {
    "pictures": ({"10": saved("SaveImage", "1")}, [("image", ".png")] * 3),
    "an animated webp": (
        {"10": saved("SaveAnimatedWEBP", "1", fps=6.0, lossless=True, quality=80, method="default")},
        [("image", ".webp")],
    ),
    "an animated png": (
        {"10": saved("SaveAnimatedPNG", "1", fps=6.0, compress_level=4)},
        [("image", ".png")],
    ),
    "a webm": ({"10": saved("SaveWEBM", "1", codec="vp9", fps=24.0, crf=32.0)}, [("video", ".webm")]),
    "a clip with sound": (VIDEO, [("video", ".mp4")]),
    "flac": ({"10": saved("SaveAudio", "2")}, [("audio", ".flac")]),
    "mp3": ({"10": saved("SaveAudioMP3", "2", quality="V0")}, [("audio", ".mp3")]),
    "opus": ({"10": saved("SaveAudioOpus", "2", quality="128k")}, [("audio", ".opus")]),
    "a latent": ({"10": saved("SaveLatent", "3")}, [("other", ".latent")]),
    "two latents": (
        {"10": saved("SaveLatent", "3"), "11": saved("SaveLatent", "3")},
        [("other", ".latent")] * 2,
    ),
    "pictures and a latent": (
        {"10": saved("SaveImage", "1"), "11": saved("SaveLatent", "3")},
        [("image", ".png")] * 3 + [("other", ".latent")],
    ),
    "subfolders": (
        {"10": saved("SaveImage", "1", "sub/a"), "11": saved("SaveAudio", "2", "sub/b/c")},
        [("audio", ".flac")] + [("image", ".png")] * 3,
    ),
    "previews only": ({"10": node("PreviewImage", images=["1", 0])}, [("image", ".png")] * 3),
    "a preview beside": (
        {"10": node("PreviewImage", images=["1", 0]), "11": saved("SaveAudio", "2")},
        [("audio", ".flac")],
    ),
    "previewed sound": ({"10": node("PreviewAudio", audio=["2", 0])}, [("audio", ".flac")]),
}


def rendered(real: RealComfy, tmp_path: Path, graph: Graph) -> Prompt:
    queue = Queue(tmp_path / "home", **{"comfy.url": real.url})
    write_workflow(queue, "kinds", {**sources(), **graph}, WORKFLOW)
    [job] = queue.work({"workflow": "kinds"})
    [prompt] = queue.prompts(job.id)
    return prompt


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_saved_is_published(real: RealComfy, tmp_path: Path, kind: str) -> None:
    graph, expected = KINDS[kind]
    prompt = rendered(real, tmp_path, graph)
    assert prompt.error is None
    files = [(artifact.kind, Path(artifact.path).suffix) for artifact in prompt.artifacts]
    assert sorted(files) == sorted(expected)
    assert all(Path(artifact.path).stat().st_size for artifact in prompt.artifacts)


def test_a_text_alone_is_a_text_file(real: RealComfy, tmp_path: Path) -> None:
    text = f"a text {random.random()}"
    [artifact] = rendered(real, tmp_path, {"10": node("PreviewAny", source=text)}).artifacts
    assert (artifact.kind, Path(artifact.path).read_text()) == ("text", text)


def test_frames_and_length_are_those_of_the_graph(real: RealComfy, tmp_path: Path) -> None:
    [clip] = rendered(real, tmp_path, VIDEO).artifacts
    assert (clip.frames, clip.fps, clip.width, clip.height) == (3, 12.0, 64, 48)
