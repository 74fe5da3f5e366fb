"""A file as an answer, with byte ranges as RFC 9110 has them: malformed ones are ignored, impossible ones are 416."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from fastapi.responses import FileResponse
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from video_queue.api.errors import error_response
from video_queue.domain.catalogue import fail

_PART = r"\s*(?:[0-9]{1,18}-[0-9]{0,18}|-[0-9]{1,18})\s*"
_RANGES = re.compile(rf"bytes={_PART}(?:,{_PART}){{0,20}}")
_RANGE = re.compile(r"([0-9]*)-([0-9]*)")


class FileAnswer(FileResponse):
    """A regular file with the status that was just read. Without a `media_type` it comes as a download."""

    def __init__(
        self, path: Path, status: os.stat_result, *, media_type: str | None, headers: Mapping[str, str]
    ) -> None:
        super().__init__(
            path,
            media_type=media_type or "application/octet-stream",
            headers=headers,
            filename=path.name.encode("utf-8", "replace").decode(),
            stat_result=status,
            content_disposition_type="inline" if media_type else "attachment",
        )
        self._size = status.st_size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the file, the ranges asked for, or 416."""
        wanted = Headers(scope=scope).get("range")
        if wanted is not None and (not _RANGES.fullmatch(wanted) or _backwards(wanted) or self._size == 0):
            kept = [pair for pair in scope["headers"] if pair[0] != b"range"]
            scope = {**scope, "headers": kept}
        elif wanted is not None and not _satisfiable(wanted, self._size):
            await self._refuse(scope, receive, send)
            return
        await super().__call__(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = fail("validation.range", size=self._size)
        response = error_response(error, status=416, headers={"Content-Range": f"bytes */{self._size}"})
        await response(scope, receive, send)


def _backwards(wanted: str) -> bool:
    return any(first and last and int(first) > int(last) for first, last in _RANGE.findall(wanted))


def _satisfiable(wanted: str, size: int) -> bool:
    return all(int(first) < size if first else int(last) > 0 for first, last in _RANGE.findall(wanted))
