"""Archives that are made while they are sent."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

from video_queue.system.files.zip_stream import unique_names, zip_stream


def test_every_file_is_in_it_whole(tmp_path: Path) -> None:
    files = {"a.bin": os.urandom(3_000_000), "empty.txt": b"", "ü ñ.txt": b"text"}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    os.utime(tmp_path / "empty.txt", (0, 0))
    stream = b"".join(zip_stream((name, tmp_path / name) for name in files))
    archive = zipfile.ZipFile(io.BytesIO(stream))
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == files
    assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}


def test_it_is_sent_in_small_pieces(tmp_path: Path) -> None:
    big = tmp_path / "big.bin"
    big.write_bytes(os.urandom(8_000_000))
    pieces = list(zip_stream([("big.bin", big)]))
    assert len(pieces) > 5
    assert max(map(len, pieces)) <= 1 << 20


def test_files_that_are_gone_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "here").write_bytes(b"x")
    stream = b"".join(
        zip_stream([("gone", tmp_path / "gone"), ("folder", tmp_path), ("here", tmp_path / "here")])
    )
    assert zipfile.ZipFile(io.BytesIO(stream)).namelist() == ["here"]


def test_nothing_is_an_empty_archive() -> None:
    assert zipfile.ZipFile(io.BytesIO(b"".join(zip_stream([])))).namelist() == []


def test_unique_names() -> None:
    paths = [Path("/a/x.mp4"), Path("/b/X.mp4"), Path("/c/x.mp4"), Path("/c/x_2.mp4")]
    names = [name for name, _ in unique_names(paths)]
    assert names == ["x.mp4", "X_2.mp4", "x_3.mp4", "x_2_2.mp4"]
    assert len({name.casefold() for name in names}) == 4
