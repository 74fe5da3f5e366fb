"""Which names outputs get."""

from __future__ import annotations

from pathlib import Path

import pytest

from video_queue.domain.errors import VqError
from video_queue.outputs.manifest import manifest_path
from video_queue.outputs.naming import folder_below, free_name, published_manifests, set_names, version_name


def test_versions_follow_each_other(tmp_path: Path) -> None:
    assert free_name(tmp_path, "clip", ".mp4").name == "clip.mp4"
    (tmp_path / "clip.mp4").touch()
    assert free_name(tmp_path, "clip", ".mp4").name == "clip_v2.mp4"
    (tmp_path / "clip_v2.mp4.vq.json").touch()  # a manifest alone takes the name too
    assert free_name(tmp_path, "clip", ".mp4").name == "clip_v3.mp4"
    assert free_name(tmp_path, "clip", ".png").name == "clip.png"


def test_a_dangling_link_takes_a_name(tmp_path: Path) -> None:
    (tmp_path / "clip").symlink_to(tmp_path / "nowhere")
    assert free_name(tmp_path, "clip", "").name == "clip_v2"


def test_a_folder_that_cannot_be_read_is_not_free(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory"):
        free_name(tmp_path / "file", "clip", ".mp4")


@pytest.mark.parametrize(
    "stem", ["x" * 250, "長" * 120, 'it\'s "quoted"\nand broken', "CON", "..", "a/b\\c:d"]
)
def test_any_stem_becomes_a_name_that_a_file_and_its_manifest_can_have(tmp_path: Path, stem: str) -> None:
    name = version_name(stem, ".mp4", 99999)
    assert name.endswith("_v99999.mp4")
    output = tmp_path / name
    output.touch()
    manifest_path(output).touch()
    assert {path.name for path in tmp_path.iterdir()} == {name, name + ".vq.json"}
    assert free_name(tmp_path, stem, ".mp4").parent == tmp_path


def test_manifests_of_a_name_and_its_versions(tmp_path: Path) -> None:
    names = ["a.mp4", "a_v10.mp4", "a_v2.mov", "a", "a_v3", "ab.mp4", "a_vx.mp4", "a.b.mp4"]
    for name in names:
        (tmp_path / f"{name}.vq.json").touch()
    (tmp_path / "a_v4.mp4").touch()
    names = [path.name.removesuffix(".vq.json") for path in published_manifests(tmp_path, "a")]
    assert sorted(names[:2]) == ["a", "a.mp4"]
    assert names[2:] == ["a_v2.mov", "a_v3", "a_v10.mp4"]
    assert list(published_manifests(tmp_path / "away", "a")) == []


def test_names_inside_a_set() -> None:
    pictures = [("image", ".png")] * 3
    assert set_names("clip", pictures) == ["clip_000000.png", "clip_000001.png", "clip_000002.png"]
    assert set_names("clip", [("video", ".mp4")] * 2) == ["clip_001.mp4", "clip_002.mp4"]
    assert set_names("clip", [("image", ".jpg"), ("text", ".vtt")]) == ["clip.jpg", "clip.vtt"]


def test_folders_below_the_output_folder(tmp_path: Path) -> None:
    assert folder_below(tmp_path, "") == tmp_path
    assert folder_below(tmp_path, "day 1/cam") == tmp_path / "day 1" / "cam"
    for reldir in ("..", "a/../../b", "/etc", "a\0b"):
        with pytest.raises(VqError) as caught:
            folder_below(tmp_path, reldir)
        assert caught.value.code == "path_not_allowed"
