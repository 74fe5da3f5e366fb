"""The archive of a queue file: written as a stream, and read with every size and name checked before it is used."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.moving import FORMAT, QUEUE_NAME, PackedFile, QueueFile
from video_queue.system.files.safe_join import PORTABLE, refusal_of, safe_join

_CHUNK = 1 << 20
_MAX_ENTRIES = 1_000_000
_MAX_QUEUE = 512 << 20
_MAX_DOCUMENT = 64 << 20
_DOCUMENT = re.compile(r"documents/([0-9a-f]{64})\.json")
_INPUT = re.compile(r"inputs/[1-9][0-9]{0,9}/.+", re.DOTALL)
_INPUTS = "inputs/"
_ENCRYPTED = 1  # the first of the format's flags

# A file to pack: its name in the archive, and where it lies.
ToPack = tuple[str, Path]


# --- writing


def write_archive(
    path: Path,
    queue: QueueFile,
    documents: Mapping[str, str],
    inputs: Iterable[ToPack],
    stop: threading.Event,
) -> QueueFile:
    """Write a new archive; the QueueFile in it, which knows the packed files by size and sha256.

    Raises:
        OSError: an input cannot be read, or the disk is full.
    """
    with zipfile.ZipFile(path, "x", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        for hash_, text in documents.items():
            archive.writestr(f"documents/{hash_}.json", text)
        files = [_pack(archive, name, source, stop) for name, source in inputs]
        whole = queue.model_copy(update={"files": files})
        archive.writestr(QUEUE_NAME, whole.model_dump_json(exclude_defaults=True).encode())
    return whole


def _pack(archive: zipfile.ZipFile, name: str, source: Path, stop: threading.Event) -> PackedFile:
    digest, size = hashlib.sha256(), 0
    # Clips do not shrink. The year is the format's first; the real one follows from the file where it fits.
    entry = zipfile.ZipInfo(name, max(time.localtime(source.stat().st_mtime)[:6], (1980, 1, 1, 0, 0, 0)))
    with source.open("rb") as reader, archive.open(entry, "w", force_zip64=True) as member:
        while chunk := reader.read(_CHUNK):
            if stop.is_set():
                raise InterruptedError
            digest.update(chunk)
            size += len(chunk)
            member.write(chunk)
    return PackedFile(name=name, bytes=size, sha256=digest.hexdigest())


# --- reading


class Archive:
    """An archive that is read. Everything that is wrong with it is `validation.queue_file`."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, queue: QueueFile) -> None:
        self.path, self._archive, self.queue = path, archive, queue

    def documents(self, known: Iterable[str]) -> dict[str, str]:
        """The texts of these hashes, as far as the archive has them; each is what its hash says."""
        names = {name for name in self._archive.namelist() if _DOCUMENT.fullmatch(name)}
        texts = {}
        for hash_ in known:
            name = f"documents/{hash_}.json"
            if name in names:
                text = _read(self.path, self._archive, name, _MAX_DOCUMENT)
                if hashlib.sha256(text).hexdigest() != hash_:
                    raise _refused(self.path, f"{name} is not what it was")
                texts[hash_] = _decoded(self.path, text, name)
        return texts

    def extract(self, target: Path, stop: threading.Event) -> None:
        """Write the packed inputs below `target`, which is new; each is what the queue file says."""
        target.mkdir(parents=True)
        for file in self.queue.files:
            place = place_of(file, target)
            with _readable(self.path), self._archive.open(file.name) as reader, _new_file(place) as writer:
                if _copy(reader, writer, file.bytes, stop) != file.sha256:
                    raise _refused(self.path, f"{file.name} is not what it was")


def place_of(file: PackedFile, target: Path) -> Path:
    """Where a packed input lies once the archive is extracted to `target`.

    Raises:
        VqError: `path_not_allowed.name`.
    """
    return safe_join(target, file.name.removeprefix(_INPUTS), platform=PORTABLE)


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """The archive at `path`, its names and its QueueFile checked.

    Raises:
        VqError: `input_missing.file`, `input_unreadable.permission`, `validation.queue_file`,
            `validation.queue_file_newer`.
    """
    try:
        if not path.is_file():
            raise fail("input_missing.file", path=str(path))
        with _readable(path), zipfile.ZipFile(path) as archive:
            _check_entries(path, archive)
            yield Archive(path, archive, _read_queue(path, archive))
    except PermissionError as error:
        raise fail("input_unreadable.permission", path=str(path), detail=error.strerror) from error


def _check_entries(path: Path, archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > _MAX_ENTRIES:
        raise _refused(path, f"it holds more than {_MAX_ENTRIES} files")
    names = set()
    for entry in entries:
        shown = ascii(entry.filename)[:200]
        if entry.filename != entry.orig_filename or not _is_expected(entry.filename):
            raise _refused(path, f"it holds {shown}, which is no name of a queue file")
        if entry.filename in names:
            raise _refused(path, f"it holds {shown} twice")
        if entry.flag_bits & _ENCRYPTED:
            raise _refused(path, f"{shown} is encrypted")
        names.add(entry.filename)


def _is_expected(name: str) -> bool:
    """Whether a name may be in a queue file; none leads out of the folder that it is extracted to."""
    if name == QUEUE_NAME or _DOCUMENT.fullmatch(name):
        return True
    parts = name.split("/")
    return bool(_INPUT.fullmatch(name)) and not any(refusal_of(part, PORTABLE) for part in parts)


def _read_queue(path: Path, archive: zipfile.ZipFile) -> QueueFile:
    if QUEUE_NAME not in archive.namelist():
        raise _refused(path, f"it holds no {QUEUE_NAME}")
    text = _decoded(path, _read(path, archive, QUEUE_NAME, _MAX_QUEUE), QUEUE_NAME)
    try:
        value = json.loads(text)
        if isinstance(value, dict) and isinstance(value.get("format"), int) and value["format"] > FORMAT:
            by = str(value.get("exported_by"))[:100]
            raise fail("validation.queue_file_newer", path=str(path), by=by)
        queue = QueueFile.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or QUEUE_NAME
        raise _refused(path, f"{where}: {first['msg']}"[:300]) from error
    except (ValueError, RecursionError) as error:
        raise _refused(path, f"{QUEUE_NAME} is no JSON: {error}"[:300]) from error
    _check_files(path, archive, queue)
    return queue


def _check_files(path: Path, archive: zipfile.ZipFile, queue: QueueFile) -> None:
    """The packed files are in the archive, with their sizes, each in one of the folders."""
    sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    for file in queue.files:
        if sizes.get(file.name) != file.bytes:
            raise _refused(path, f"{file.name} is missing or of another size")
        if int(file.name.split("/")[1]) > len(queue.folders):
            raise _refused(path, f"{file.name} is in no folder that it names")


def _read(path: Path, archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """A small part, never more than `limit` bytes whatever its header says."""
    with _readable(path), archive.open(name) as reader:
        text = reader.read(limit + 1)
    if len(text) > limit:
        raise _refused(path, f"{name} is larger than {limit} bytes")
    return text


def _copy(reader: IO[bytes], writer: IO[bytes], size: int, stop: threading.Event) -> str:
    """Copy what is to be `size` bytes, never more; its sha256."""
    digest, left = hashlib.sha256(), size
    while chunk := reader.read(min(_CHUNK, left + 1)):
        left -= len(chunk)
        if stop.is_set() or left < 0:
            break
        digest.update(chunk)
        writer.write(chunk)
    return digest.hexdigest() if left == 0 else ""


def _decoded(path: Path, text: bytes, name: str) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise _refused(path, f"{name} is not UTF-8") from None


@contextmanager
def _new_file(place: Path) -> Iterator[IO[bytes]]:
    """A file to write. Names that differ in case or accents alone are one name on some disks."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as writer:
            yield writer
    except (FileExistsError, NotADirectoryError):
        raise RuntimeError(f"two of its files would be {place.name}") from None


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _refused(path, str(error) or "it is damaged") from error


def _refused(path: Path, detail: str) -> VqError:
    return fail("validation.queue_file", path=str(path), detail=detail)
