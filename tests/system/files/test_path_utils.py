"""Paths as people type, paste and drop them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from video_queue.domain.errors import VqError
from video_queue.system.files.path_utils import normalize_input_path

HOME = Path("/home/me")


def as_linux(text: str) -> str:
    return str(normalize_input_path(text, home=HOME, platform="linux"))


def as_windows(text: str) -> str:
    return str(normalize_input_path(text, home=HOME, platform="win32"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/clips/a.mp4", "/clips/a.mp4"),
        ("  /clips/a b.mp4 \n", "/clips/a b.mp4"),
        ('"/clips/a b"', "/clips/a b"),
        ("'/clips/a b/'", "/clips/a b"),
        ("“/clips/a”", "/clips/a"),
        ("/clips//sub///", "/clips/sub"),
        ("/", "/"),
        ("~", "/home/me"),
        ("~/clips/", "/home/me/clips"),
        ("~other/clips", "~other/clips"),
        ("clips/sub/", "clips/sub"),
        ("file:///clips/a%20b%23.mp4", "/clips/a b#.mp4"),
        ("FILE://localhost/clips/%C3%A9t%C3%A9.mp4", "/clips/été.mp4"),
        ("file:/clips/a", "/clips/a"),
        ("'file:///clips/a%27b'", "/clips/a'b"),
        ("file:///C:/Users/me/my%20clip.mp4", "/mnt/c/Users/me/my clip.mp4"),
        (r"C:\Users\me\clip.mp4", "/mnt/c/Users/me/clip.mp4"),
        (r"d:\clips" + "\\", "/mnt/d/clips"),
        ("C:", "/mnt/c"),
        ("C:/x", "/mnt/c/x"),
        ("/mnt/c/Users", "/mnt/c/Users"),
        (r"\\wsl$\Ubuntu\home\me\a.mp4", "/home/me/a.mp4"),
        (r"\\wsl.localhost\Debian\clips", "/clips"),
        (r"\\WSL$\Ubuntu", "/"),
        (r"\\server\share\a b", "//server/share/a b"),
        (r"\\?\C:\x", "/mnt/c/x"),
        ("/clips/back\\slash", "/clips/back\\slash"),
    ],
)
def test_normalize_input_path_on_linux(text: str, expected: str) -> None:
    assert as_linux(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"C:\Users\me\a.mp4", r"C:\Users\me\a.mp4"),
        (r"c:\clips" + "\\\\", r"C:\clips"),
        ("C:", "C:\\"),
        ("c:/clips/a", r"C:\clips\a"),
        ("/mnt/c/Users/me/", r"C:\Users\me"),
        ("/mnt/d", "D:\\"),
        ("/mnt/data/x", r"\mnt\data\x"),
        ("file:///C:/my%20clips/a.mp4", r"C:\my clips\a.mp4"),
        ("file://C:/a", r"C:\a"),
        ("file://server/share/a", r"\\server\share\a"),
        (r"\\server\share" + "\\", r"\\server\share"),
        ("//server/share//a", r"\\server\share\a"),
        (r"\\wsl$\Ubuntu\home\me", r"\\wsl$\Ubuntu\home\me"),
        (r"\\?\C:\long\path", r"C:\long\path"),
        (r"\\?\UNC\server\share\a", r"\\server\share\a"),
        ('"C:\\my clips\\"', r"C:\my clips"),
    ],
)
def test_normalize_input_path_on_windows(text: str, expected: str) -> None:
    assert as_windows(text) == expected


def test_normalize_input_path_leaves_drives_alone_on_macos() -> None:
    assert str(normalize_input_path(r"C:\x", home=HOME, platform="darwin")) == r"C:\x"


def test_normalize_input_path_drops_the_slashes_after_a_folder() -> None:
    assert normalize_input_path("~/clips//", home=HOME, platform="linux") == Path("/home/me/clips")


@pytest.mark.parametrize("text", ["", "  ", "/a\0b", "file:///a%00b", "/a\ud800"])
def test_normalize_input_path_refuses_what_no_file_system_holds(text: str) -> None:
    with pytest.raises(VqError) as error:
        normalize_input_path(text, home=HOME)
    assert error.value.code == "input_unreadable"
    error.value.message.encode()


def test_normalize_input_path_takes_an_existing_name_as_it_is(tmp_path: Path) -> None:
    odd = tmp_path / "'quoted' "
    odd.touch()
    assert normalize_input_path(str(odd), platform=sys.platform) == odd
