"""A confined program opens what it may, nothing else, and speaks to nobody. The program here is Python itself."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.child_record import ChildRecord
from video_queue.system.processes.confinement import Confinement, confined_to, readable_places

pytestmark = pytest.mark.skipif(
    "its own files" not in confined_to(), reason="this kernel holds no program to its files"
)
PYTHON = str(Path(sys.executable).resolve())
TRY = """
import socket, subprocess, sys
way, place = sys.argv[1:]
try:
    if way == "read": open(place).close()
    if way == "write": open(place, "w").close()
    if way == "connect": socket.create_connection(("127.0.0.1", int(place)), 5).close()
    if way == "memory": bytearray(int(place))
    if way == "start": subprocess.run([place], check=True)
except (PermissionError, MemoryError) as error:
    print(type(error).__name__)
else:
    print("done")
"""


def attempt(
    record: ChildRecord, way: str, place: object, readable: tuple[str, ...] | None, work: Path
) -> str:
    """What the program says that became of it."""
    lines: list[str] = []
    own = (sysconfig.get_paths()["stdlib"], sysconfig.get_config_var("LIBDIR") or "")
    run = record.children.run(
        [PYTHON, "-I", "-S", "-c", TRY, way, str(place)],
        on_line=lambda line: lines.append(line) is None,
        on_error_line=lambda line: lines.append(line) is None,
        confinement=Confinement(None if readable is None else (*own, *readable), (str(work),)),
    )
    asyncio.run(run)
    return "\n".join(lines)


def test_it_reads_and_writes_its_own_files_only(tmp_path: Path) -> None:
    record = ChildRecord()
    work, clip, other = tmp_path / "work", tmp_path / "a clip.mp4", tmp_path / "diary.txt"
    work.mkdir()
    clip.write_text("x")
    other.write_text("secret")
    (work / "link").symlink_to(other)
    places = (str(clip),)
    assert attempt(record, "read", clip, places, work) == "done"
    assert attempt(record, "write", work / "out.mp4", places, work) == "done"
    for way, place in (
        ("read", other),
        ("read", work / "link"),
        ("read", f"{work}/../diary.txt"),
        ("read", "/etc/passwd"),
        ("write", clip),
        ("write", other),
        ("write", tmp_path / "new.txt"),
        ("start", shutil.which("true")),
    ):
        assert attempt(record, way, place, places, work) == "PermissionError", (way, place)
    assert other.read_text() == "secret"
    assert attempt(record, "read", other, None, work) == "done"


@pytest.mark.skipif("no connections" not in confined_to(), reason="this kernel forbids no connections")
def test_it_connects_to_nobody(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        for readable in ((), None):
            assert attempt(ChildRecord(), "connect", port, readable, tmp_path) == "PermissionError"
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_it_takes_no_more_memory_than_there_is(tmp_path: Path) -> None:
    assert attempt(ChildRecord(), "memory", 10**14, (), tmp_path) == "MemoryError"


def test_values_name_what_may_be_read(tmp_path: Path) -> None:
    """Also frames that a folder only links to, and nothing that is not there."""
    folder, elsewhere = tmp_path / "frames", tmp_path / "elsewhere.png"
    folder.mkdir()
    elsewhere.touch()
    (folder / "1.png").symlink_to(elsewhere)
    values = {"source": [str(folder), {"path": str(elsewhere)}], "text": "../x", "none": "/not/there", "n": 3}
    assert readable_places(values) == (str(folder), str(folder / "1.png"), str(elsewhere))
