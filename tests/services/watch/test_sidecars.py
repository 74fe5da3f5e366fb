"""Settings beside watched files."""

from __future__ import annotations

from pathlib import Path

import pytest

from video_queue.services.watch.sidecars import SidecarError, Sidecars

WATCH = {"workflow": "w", "params": {"a": 1, "b": 1}, "sweep": {"c": [1, 2]}, "tags": ["watch"]}


def test_the_nearest_settings_win_and_parameters_are_merged_by_name(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "_vq.yaml").write_text("params: {b: 2}\ntags: [folder]\n")
    (tmp_path / "sub" / "x.mp4.vq.yaml").write_text("params: {c: 3}\nsweep: {b: [4, 5]}\n")
    sidecars = Sidecars(tmp_path, WATCH)
    submission, has_settings = sidecars.submission_for("sub/x.mp4")
    assert submission.params == {"a": 1, "c": 3}
    assert submission.sweep == {"b": [4, 5]}
    assert submission.tags == ["folder"]
    assert has_settings
    assert not Sidecars(tmp_path / "sub", WATCH).submission_for("y.mp4")[1]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("priorty: 3", "did you mean priority"),
        ("inputs: [a.mp4]", "the watch gives the inputs"),
        ("priority: high", "priority"),
        ("params: [1]", "params"),
        ("- a\n- b", "no keys"),
        ("a: [1", "line"),
        ("priority: 1\npriority: 2", "line 2"),
    ],
)
def test_settings_that_cannot_be_used_are_named_with_their_cause(
    tmp_path: Path, text: str, word: str
) -> None:
    (tmp_path / "x.mp4.vq.yaml").write_text(text)
    with pytest.raises(SidecarError, match=word) as error:
        Sidecars(tmp_path, WATCH).submission_for("x.mp4")
    assert str(error.value).startswith("x.mp4.vq.yaml")


def test_an_empty_file_of_settings_changes_nothing_and_one_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.mp4.vq.yaml").touch()
    assert Sidecars(tmp_path, WATCH).submission_for("x.mp4")[0].params == WATCH["params"]
    (tmp_path / "x.mp4.vq.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SidecarError, match="UTF-8"):
        Sidecars(tmp_path, WATCH).submission_for("x.mp4")
