"""What lies beside files."""

from __future__ import annotations

from pathlib import Path

from video_queue.services.watch.siblings import Siblings


def test_names_in_a_folder_are_known_and_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    siblings = Siblings()
    assert siblings.has(tmp_path, "a")
    assert not siblings.has(str(tmp_path), "b")
    assert not siblings.has(tmp_path / "missing", "a")
