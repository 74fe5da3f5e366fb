"""What is fetched of a ComfyUI prompt's outputs, and what of it is published."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from video_queue.comfy.harvest import Source, harvest
from video_queue.worker.output_plan import planned_files


def published(tmp_path: Path, outputs: dict[str, Any]) -> tuple[dict[str, Any], list[Path]]:
    """The result of outputs whose files lie in ComfyUI's output folder, and the files that are published."""
    result = asyncio.run(harvest(outputs, Source(tmp_path / "output", None), tmp_path / "work"))
    return result, [file.source for file in planned_files(result)]


def saved(tmp_path: Path, name: str) -> dict[str, str]:
    path = tmp_path / "output" / "vq" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"some bytes")
    return {"filename": name, "subfolder": "vq", "type": "output"}


def test_latents_and_meshes_are_published_beside_each_other(tmp_path: Path) -> None:
    latents = [saved(tmp_path, f"{number}.latent") for number in (1, 2)]
    outputs = {
        "9": {"latents": latents[:1]},
        "10": {"latents": latents[1:]},
        "11": {"3d": [saved(tmp_path, "a.glb")]},
    }
    result, files = published(tmp_path, outputs)
    assert [path.suffix for path in files] == [".latent", ".latent", ".glb"]
    assert [file["path"] for file in result["files"]] == [str(path) for path in files]


def test_a_text_alone_is_published_as_a_file(tmp_path: Path) -> None:
    result, [path] = published(tmp_path, {"9": {"text": ["a caption: ü"]}})
    assert (path.suffix, path.read_text(encoding="utf-8")) == (".txt", "a caption: ü")
    assert result["texts"] == ["a caption: ü"]
    assert result["file"]["path"] == str(path)


def test_a_text_beside_a_file_is_not_published(tmp_path: Path) -> None:
    result, files = published(
        tmp_path, {"9": {"text": ["a note"]}, "10": {"latents": [saved(tmp_path, "a.latent")]}}
    )
    assert [path.suffix for path in files] == [".latent"]
    assert result["texts"] == ["a note"]
