"""One uploaded file, streamed to the disk while it comes: `multipart/form-data` with the field `file`."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from video_queue.api.bodies import Upload
from video_queue.domain.catalogue import fail
from video_queue.system.files.durable import sync_files
from video_queue.system.files.names import safe_file_name
from video_queue.system.files.passing_errors import is_full
from video_queue.system.files.safe_join import safe_join

# The body as the OpenAPI document describes it.
UPLOAD_FORM = {
    "multipart/form-data": {
        "schema": {
            "type": "object",
            "properties": {"file": {"type": "string", "format": "binary"}},
            "required": ["file"],
        }
    }
}
_FIELD = "file"


async def receive_upload(content_type: str, chunks: AsyncIterator[bytes], folder: Path) -> Upload:
    """The file in the field `file`, stored under its own name in a new folder below `folder`.

    Raises:
        VqError: `validation` when the body is not one file, `too_large`, `disk_full`; nothing is left behind.
    """
    _, parameters = parse_options_header(content_type)
    boundary = parameters.get(b"boundary")
    if not boundary or len(boundary) > 200:
        raise fail("validation.upload", detail="its boundary is missing")
    place = folder / secrets.token_hex(6)
    await asyncio.to_thread(place.mkdir, parents=True)
    receiver = _Receiver(place)
    try:
        parser = MultipartParser(boundary, receiver.callbacks())
        async for chunk in chunks:
            await asyncio.to_thread(parser.write, chunk)
        parser.finalize()
        return await asyncio.to_thread(receiver.finished)
    except BaseException as error:
        receiver.close()
        await asyncio.to_thread(shutil.rmtree, place, True)
        if isinstance(error, FormParserError):
            raise fail("validation.upload", detail=str(error)) from None
        if isinstance(error, OSError) and is_full(error):
            raise fail("disk_full.write", path=str(folder)) from None
        raise


class _Receiver:
    """Follows the parser: reads the part's headers, then writes its data."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._file: IO[bytes] | None = None
        self._name = ""
        self._bytes = 0
        self._header = self._value = b""
        self._disposition = b""
        self._whole = False

    def callbacks(self) -> Any:
        """What the parser calls, by its names."""
        return {
            "on_header_field": self._on_header_field,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_end": self._on_end,
        }

    def finished(self) -> Upload:
        """The stored file, once the body is at its end."""
        if self._file is None or not self._whole:
            raise fail("validation.upload", detail="it ends too early or holds no file")
        self.close()
        final = safe_join(self._place, self._name)
        (self._place / ".partial").rename(final)
        # A job rests on it once the caller has the answer: no power cut may take it then.
        sync_files([final], self._place.parents[1])
        return Upload(path=str(final), bytes=self._bytes)

    def close(self) -> None:
        """Close the file, if one was begun."""
        if self._file is not None:
            self._file.close()

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _on_headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        field = options.get(b"name", b"").decode("utf-8", "replace")
        name = options.get(b"filename")
        if self._file is not None or field != _FIELD or name is None:
            raise fail("validation.upload", detail=f"it must be one file in the field {_FIELD}")
        self._name = _file_name(name.decode("utf-8", "replace"))
        self._file = (self._place / ".partial").open("xb")

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._bytes += self._file.write(data[start:end])

    def _on_end(self) -> None:
        self._whole = True


def _file_name(text: str) -> str:
    """The last part of a name as some browser gave it, safe here."""
    return safe_file_name(PurePosixPath(text.replace("\\", "/")).name)
