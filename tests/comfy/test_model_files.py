"""Models with their base model, trigger words and picture, read from the files themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.comfy.models import KOHYA, LORAS, make_models, write_safetensors
from video_queue.comfy.model_files import describe_models, find_preview, read_metadata


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, list[str]]:
    return {"loras": [str(tmp_path / "nowhere"), str(make_models(tmp_path))]}


def test_models_say_their_family_and_trigger_words(folders: dict[str, list[str]]) -> None:
    oil, ink, damaged, elsewhere, outside = describe_models("loras", LORAS, folders)
    assert (oil.folder, oil.title, oil.base_model) == ("styles", "Oil painting", "sdxl_base_v1-0")
    assert oil.trigger_words == ["brush", "oil painting"]
    assert (ink.folder, ink.title, ink.trigger_words) == ("", "Ink", ["ink wash", "sumi"])
    assert (oil.has_preview, ink.has_preview, damaged.has_preview) == (True, True, False)
    assert (damaged.title, damaged.bytes) == ("", 64)
    assert (elsewhere.bytes, outside.bytes, outside.title) == (None, None, "")


def test_a_model_that_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "loras/a.safetensors"
    write_safetensors(path, {"modelspec.title": "First"})
    folders = {"loras": [str(tmp_path / "loras")]}
    assert describe_models("loras", ["a.safetensors"], folders)[0].title == "First"
    write_safetensors(path, {"modelspec.title": "Second one"})
    assert describe_models("loras", ["a.safetensors"], folders)[0].title == "Second one"


def test_previews_never_leave_the_model_folder(folders: dict[str, list[str]]) -> None:
    loras = Path(folders["loras"][1])
    assert find_preview("loras", "styles\\oil.safetensors", folders) == loras / "styles/oil.preview.png"
    for name in ("../up.safetensors", "/etc/passwd", "", "styles", "C:/x.safetensors", "a\0b"):
        assert find_preview("loras", name, folders) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"\x01", (2**60).to_bytes(8, "little"), (4).to_bytes(8, "little") + b"[[[[",
     (2).to_bytes(8, "little") + b"{}", (20).to_bytes(8, "little") + b'{"__metadata__": 12}'],
)  # fmt: skip
def test_a_header_that_cannot_be_read_says_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    assert read_metadata(path) == {}
    write_safetensors(path, {**KOHYA, "ss_tag_frequency": "not json"})
    assert read_metadata(path)["ss_output_name"] == "Oil painting"
    folders = {"loras": [str(tmp_path)]}
    assert describe_models("loras", ["x.safetensors"], folders)[0].trigger_words == []
