"""Which names a watch considers."""

from __future__ import annotations

import pytest

from video_queue.domain.workflow import InputKind
from video_queue.services.watch.names import NameRules


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("a.mp4", None),
        ("sub/A.MOV", None),
        ("a.png", "kind"),
        ("README", "kind"),
        (".a.mp4", "hidden"),
        ("a.mp4.part", "temporary"),
        ("~$a.mp4", "temporary"),
        ("_vq.yaml", "temporary"),
        ("a.mp4.vq.yaml", "temporary"),
        ("\udcff.mp4", "temporary"),
    ],
)
def test_names_by_kind(path: str, rule: str | None) -> None:
    refusal = NameRules(InputKind.VIDEO, [], []).refusal(path)
    assert (refusal and refusal[0]) == rule


def test_include_and_exclude_name_files_or_paths_and_include_wins_over_the_kind() -> None:
    rules = NameRules(InputKind.VIDEO, ["*.mp4", "raw/*.dat"], ["*_old.*"])
    assert rules.accepts("deep/a.MP4")
    assert rules.accepts("raw/a.dat")
    assert not rules.accepts("a.dat")
    assert not rules.accepts("a.mov")
    assert not rules.accepts("a_old.mp4")
