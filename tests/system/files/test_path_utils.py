"""Paths as people type, paste and drop them; the files of a folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from video_queue.domain.errors import VqError
from video_queue.domain.workflow import InputKind
from video_queue.system.files.collect import collect_files, natural_key
from video_queue.system.files.path_utils import normalize_input_dir, normalize_input_path

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


def test_normalize_input_dir_is_the_same_for_folders() -> None:
    assert normalize_input_dir("~/clips//", home=HOME, platform="linux") == Path("/home/me/clips")


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


def test_natural_key() -> None:
    names = [
        "img_10.png",
        "Img_2.png",
        "a 2.mp4",
        "a.mp4",
        "img_002.png",
        "10.png",
        "9.png",
        "b" + "9" * 5000,
    ]
    ordered = [
        "9.png",
        "10.png",
        "a.mp4",
        "a 2.mp4",
        "b" + "9" * 5000,
        "Img_2.png",
        "img_002.png",
        "img_10.png",
    ]
    assert sorted(names, key=natural_key) == ordered


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    names = (
        "b10.mp4", "b2.MP4", "a.mov", "note.txt", "pic.png", ".hidden.mp4", "~$x.mp4", "half.mp4.part",
        "a.mov.vq.json", "._a.mov", "sub/c1.mp4", "sub/deep/c2.mkv", ".vq-staging/x.mp4", "loud.wav",
    )  # fmt: skip
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path


def found(folder: Path, kind: InputKind = InputKind.VIDEO, **keys: object) -> list[str]:
    files = collect_files(folder, kind, **keys)  # type: ignore[arg-type]  # each test's own keys
    return [path.relative_to(folder).as_posix() for path in files]


def test_collect_files(clips: Path) -> None:
    assert found(clips) == ["a.mov", "b2.MP4", "b10.mp4"]
    assert found(clips, recursive=True) == ["a.mov", "b2.MP4", "b10.mp4", "sub/c1.mp4", "sub/deep/c2.mkv"]
    assert found(clips, InputKind.IMAGE) == ["pic.png"]
    assert found(clips, InputKind.AUDIO) == ["loud.wav"]
    assert found(clips, InputKind.MEDIA) == ["a.mov", "b2.MP4", "b10.mp4", "loud.wav", "pic.png"]
    assert found(clips, InputKind.NONE) == []


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("*.mp4", ["b2.MP4", "b10.mp4"]),
        ("b?.mp4", ["b2.MP4"]),
        ("[ab]*", ["a.mov", "b2.MP4", "b10.mp4"]),
        ("[!a]*", ["b2.MP4", "b10.mp4"]),
        ("**/*.mkv", ["sub/deep/c2.mkv"]),
        ("sub/*.mp4", ["sub/c1.mp4"]),
        ("sub/**/*", ["sub/c1.mp4", "sub/deep/c2.mkv"]),
        ("*.txt", []),
        ("[", []),
        ("(", []),
    ],
)
def test_collect_files_with_a_glob(clips: Path, glob: str, expected: list[str]) -> None:
    assert found(clips, glob=glob) == expected


def test_collect_files_enters_a_loop_of_links_once(clips: Path) -> None:
    (clips / "sub" / "again").symlink_to(clips, target_is_directory=True)
    (clips / "broken.mp4").symlink_to(clips / "gone.mp4")
    assert found(clips, recursive=True) == ["a.mov", "b2.MP4", "b10.mp4", "sub/c1.mp4", "sub/deep/c2.mkv"]


def test_collect_files_leaves_out_names_that_are_not_utf8(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"\xff.mp4")).touch()
    except OSError:
        return  # this file system refuses such names by itself
    (tmp_path / "fine.mp4").touch()
    assert found(tmp_path) == ["fine.mp4"]
