"""Watches that cannot work, or would take their own outputs, are refused when they are added."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.services.watch.watched import Watched
from video_queue.domain.errors import VqError


@pytest.mark.parametrize(
    ("spec", "code", "word"),
    [
        ({"path": "{base}/missing"}, "input_missing", "missing"),
        ({"path": "{base}/file.txt"}, "input_missing", "file.txt"),
        ({"path": "{home}"}, "validation", "home"),
        ({"path": "{home}/outputs/tiny"}, "validation", "outputs"),
        ({"path": "{base}"}, "validation", "holds"),
        ({"submission": {"workflow": "nosuch"}}, "unknown_workflow", "nosuch"),
        ({"submission": {"params": {"nosuch": 1}}}, "validation", "nosuch"),
        ({"submission": {"inputs": ["/x"]}}, "validation", "inputs"),
        ({"submission": {"output_dir": "{base}/drop/out"}}, "validation", "lies inside"),
        ({"submission": {"output_dir": "{base}/link/out"}}, "validation", "lies inside"),
    ],
)
def test_a_watch_that_cannot_work_is_refused_with_the_reason(
    watched: Watched, tmp_path: Path, spec: dict[str, Any], code: str, word: str
) -> None:
    (tmp_path / "file.txt").write_text("x")
    (tmp_path / "link").symlink_to(watched.folder)
    (watched.home / "outputs" / "tiny").mkdir(parents=True)
    with pytest.raises(VqError) as refused:
        watched.add(**placed(spec, base=str(tmp_path), home=str(watched.home)))
    assert refused.value.code == code
    assert word in refused.value.message


def placed(value: Any, **places: str) -> Any:
    if isinstance(value, str):
        return value.format(**places)
    if isinstance(value, dict):
        return {key: placed(inner, **places) for key, inner in value.items()}
    return [placed(inner, **places) for inner in value] if isinstance(value, list) else value


def test_a_folder_is_watched_once_also_through_a_link_and_below(watched: Watched, tmp_path: Path) -> None:
    watched.add()
    (watched.folder / "sub").mkdir()
    (tmp_path / "link").symlink_to(watched.folder)
    for path in (watched.folder, watched.folder / "sub", tmp_path / "link"):
        with pytest.raises(VqError) as refused:
            watched.add(path=str(path))
        assert refused.value.code == "invalid_state"


def test_the_outputs_of_another_watch_cannot_be_watched(watched: Watched, tmp_path: Path) -> None:
    watched.add(submission={"output_dir": str(tmp_path / "out" / "deep")})
    (tmp_path / "out").mkdir()
    with pytest.raises(VqError) as refused:
        watched.add(path=str(tmp_path / "out"))
    assert "watch 1" in refused.value.message


def test_files_that_lie_there_have_to_be_spoken_of(watched: Watched, clip: Path) -> None:
    (watched.folder / "a.mp4").write_bytes(clip.read_bytes())
    with pytest.raises(VqError) as refused:
        watched.add(existing=None)
    assert "1 files" in refused.value.message
    assert watched.add(existing="skip").existing == "skip"


def test_an_empty_folder_needs_no_word_about_its_files(watched: Watched) -> None:
    assert watched.add(existing=None).existing == "take"


@pytest.mark.parametrize("name", ["done_dir", "failed_dir"])
@pytest.mark.parametrize("target", [".", "sub/..", "..", "{base}/link", "{base}", "loop"])
def test_a_folder_for_finished_files_that_would_bring_them_back_is_refused(
    watched: Watched, tmp_path: Path, name: str, target: str
) -> None:
    (tmp_path / "link").symlink_to(watched.folder)
    (watched.folder / "loop").symlink_to(watched.folder)
    with pytest.raises(VqError) as refused:
        watched.add(after="move", **{name: placed(target, base=str(tmp_path))})
    assert f"{name} " in refused.value.message


def test_two_watches_do_not_feed_each_other_by_what_they_move_away(watched: Watched, tmp_path: Path) -> None:
    for name in ("fin", "bad", "free", "other"):
        (tmp_path / name).mkdir()
    watched.add(after="move", done_dir=str(tmp_path / "fin" / "deep"), failed_dir="../bad")
    for path in ("fin", "bad"):
        with pytest.raises(VqError) as refused:
            watched.add(path=str(tmp_path / path))
        assert "watch 1" in refused.value.message
    for name in ("done_dir", "failed_dir"):
        for target in (watched.folder / "x", tmp_path):
            with pytest.raises(VqError) as refused:
                watched.add(path=str(tmp_path / "other"), after="move", **{name: str(target)})
            assert f"{name} {target}" in refused.value.message
    watched.add(path=str(tmp_path / "other"), after="move", done_dir=str(tmp_path / "free"))
