"""Which paths a request may name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from video_queue.domain.errors import VqError
from video_queue.services.roots import Roots
from video_queue.settings import load_settings


def roots_of(home: Path, **overrides: Any) -> Roots:
    home.mkdir(parents=True, exist_ok=True)
    return Roots(load_settings(home, overrides, {}))


def refusal(roots: Roots, path: Path) -> str:
    with pytest.raises(VqError) as refused:
        roots.guard(path)
    return str(refused.value.code)


def test_inside_and_outside(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()
    roots = roots_of(tmp_path / "home", roots=[str(tmp_path / "media")])
    roots.guard(tmp_path / "media")
    roots.guard(tmp_path / "media" / "new" / "a.mp4")
    roots.guard(tmp_path / "home" / "uploads" / "x" / "a.mp4")
    assert refusal(roots, tmp_path) == "path_not_allowed"
    assert refusal(roots, tmp_path / "media2") == "path_not_allowed"
    assert refusal(roots, tmp_path / "media" / ".." / "x") == "path_not_allowed"
    assert roots.allows(tmp_path / "media")
    assert not roots.allows(tmp_path)


def test_the_refusal_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    roots = roots_of(tmp_path / "home", roots=[str(tmp_path / "home")])
    for path in (tmp_path / "other", tmp_path / "other" / "a.mp4"):
        with pytest.raises(VqError) as refused:
            roots.guard(path)
        assert refused.value.hint == f"Allow it with: vq roots add {tmp_path / 'other'}"


def test_links_are_followed_first(tmp_path: Path) -> None:
    media, outside = tmp_path / "media", tmp_path / "outside"
    media.mkdir()
    outside.mkdir()
    (media / "out").symlink_to(outside)
    (outside / "in").symlink_to(media)
    (media / "loop").symlink_to(media / "loop")
    roots = roots_of(tmp_path / "home", roots=[str(media)])
    assert refusal(roots, media / "out" / "a.mp4") == "path_not_allowed"
    assert refusal(roots, media / "out" / ".." / "a.mp4") == "path_not_allowed"
    assert refusal(roots, media / "loop" / "a.mp4") in ("input_unreadable", "path_not_allowed")
    roots.guard(outside / "in" / "a.mp4")


def test_a_root_that_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    roots = roots_of(tmp_path / "home", roots=[str(tmp_path / "link")])
    roots.guard(tmp_path / "link" / "a.mp4")
    roots.guard(tmp_path / "disk" / "a.mp4")
    assert roots.folders() == [tmp_path / "disk"]


def test_hidden_folders_never_but_a_hidden_root_is_one(tmp_path: Path) -> None:
    roots = roots_of(tmp_path / ".local" / "home", roots=[str(tmp_path)])
    assert refusal(roots, tmp_path / ".ssh" / "id") == "path_not_allowed"
    assert refusal(roots, tmp_path / "a" / ".b" / "c.mp4") == "path_not_allowed"
    assert refusal(roots, tmp_path / ".env") == "path_not_allowed"
    roots.guard(tmp_path / ".local" / "home" / "uploads" / "a.mp4")
    own = roots_of(tmp_path / ".config" / "home")
    own.guard(tmp_path / ".config" / "home" / "clips" / "a.mp4")


@pytest.mark.parametrize(
    "name",
    [
        "vq.db",
        "VQ.DB",
        "vq.db-wal",
        "vq.toml",
        "vq.lock",
        "server.json",
        "secret",
        "logs/a.log",
        "cache",
        "work/1/a.png",
        "backups/x",
    ],
)
def test_video_queues_own_files_never(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    for roots in (roots_of(home), roots_of(home, roots=["/"])):
        assert refusal(roots, home / name) == "path_not_allowed"
        roots.guard(home / "outputs" / "draw" / "a.mp4")


def test_a_work_folder_elsewhere_is_its_own_too(tmp_path: Path) -> None:
    roots = roots_of(tmp_path / "home", roots=[str(tmp_path)], work_root=str(tmp_path / "scratch"))
    assert refusal(roots, tmp_path / "scratch" / "1" / "a.png") == "path_not_allowed"
    roots.guard(tmp_path / "scratch2")


def test_a_drive_that_comes_later_counts(tmp_path: Path) -> None:
    roots = roots_of(tmp_path / "home", roots=[str(tmp_path / "drive")])
    assert roots.folders() == []
    (tmp_path / "drive").mkdir()
    assert roots.folders() == [tmp_path / "drive"]


def test_a_root_that_is_a_link_counts_as_what_it_leads_to_now(tmp_path: Path) -> None:
    old, new, link = tmp_path / "old", tmp_path / "new", tmp_path / "link"
    old.mkdir()
    new.mkdir()
    link.symlink_to(old)
    roots = roots_of(tmp_path / "home", roots=[str(link)])
    roots.guard(old / "a.mp4")
    assert refusal(roots, new / "a.mp4") == "path_not_allowed"
    link.unlink()
    link.symlink_to(new)
    roots.guard(new / "a.mp4")
    assert refusal(roots, old / "a.mp4") == "path_not_allowed"


def test_a_root_whose_folder_was_moved_and_linked_counts_where_it_is_now(tmp_path: Path) -> None:
    root, moved = tmp_path / "root", tmp_path / "moved"
    root.mkdir()
    roots = roots_of(tmp_path / "home", roots=[str(root)])
    roots.guard(root / "a.mp4")
    root.rename(moved)
    root.symlink_to(moved)
    roots.guard(root / "a.mp4")
    roots.guard(moved / "a.mp4")
