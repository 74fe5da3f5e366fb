"""The page: static files at `/`, with their types spelled out and a policy that lets nothing in from elsewhere."""

from __future__ import annotations

import base64
import gzip
import hashlib
import os
import re
from functools import lru_cache
from pathlib import Path

from fastapi import Response
from starlette.datastructures import Headers
from starlette.routing import Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from video_queue.api.security import is_api

# Spelled out: Windows reads types from its registry, where .js is often text/plain, which browsers refuse to run.
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_TEXTS = frozenset({".css", ".html", ".js", ".mjs", ".svg"})
# Lines of a module that are a comment as a whole; no text of the page begins a line so.
_COMMENT = re.compile(rb"^[ ]*(?://[^\n]*|/\*\*.*?\*/)$", re.DOTALL | re.MULTILINE)
# What a browser can open as a page; a policy means nothing elsewhere.
_DOCUMENTS = frozenset({".html", ".svg"})
_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)


def page_route(folder: Path) -> Mount:
    """The mount at `/` that serves `folder`, and leaves everything below /api to the API."""
    return _PageMount("/", app=_PageFiles(folder), name="page")


class _PageMount(Mount):
    """Matches no /api path, so that wrong methods and unknown routes there get the API's answers."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or is_api(scope):
            return Match.NONE, {}
        return super().matches(scope)


class _PageFiles(StaticFiles):
    """Static files that the browser asks for again each time (an update must not meet old scripts).

    Texts are compressed, once each: a phone on the network loads a third of the bytes.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True)
        self._policy = content_policy(folder / "index.html")

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        suffix = Path(full_path).suffix.lower()
        type_ = _TYPES.get(suffix, "application/octet-stream")
        if suffix in _TEXTS:
            response = _compressed(response, str(full_path), stat_result, Headers(scope=scope))
        if "content-type" in response.headers or response.status_code == 200:
            response.headers["content-type"] = type_
        if suffix in _DOCUMENTS:
            response.headers["content-security-policy"] = self._policy
        response.headers["cache-control"] = "no-cache"
        return response


def _compressed(plain: Response, path: str, stat: os.stat_result, asked: Headers) -> Response:
    """The same answer in fewer bytes, where the browser takes that."""
    plain.headers["vary"] = "Accept-Encoding"
    if "gzip" not in asked.get("accept-encoding", ""):
        return plain
    # Another form of the file may not have its strong tag.
    plain.headers["etag"] = f"W/{plain.headers['etag']}"
    if plain.status_code != 200:
        return plain
    kept = {name: plain.headers[name] for name in ("etag", "last-modified", "vary")}
    return Response(_kept(path, stat.st_mtime_ns), headers={**kept, "content-encoding": "gzip"})


@lru_cache(maxsize=512)
def _kept(path: str, _changed: int) -> bytes:
    return as_sent(Path(path))


def as_sent(path: Path) -> bytes:
    """A text of the page as a browser gets it: compressed, a module without its comments. Lines stay where they are."""
    text = path.read_bytes()
    if path.suffix == ".js":
        text = _COMMENT.sub(lambda lines: b"\n" * lines[0].count(b"\n"), text)
    return gzip.compress(text, mtime=0)


def content_policy(index: Path) -> str:
    """The Content-Security-Policy of the page: own files only; inline scripts (an import map) by their hash."""
    page = index.read_bytes() if index.exists() else b""
    hashes = [_hash(script) for script in _INLINE_SCRIPT.findall(page)]
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *hashes)),
            "style-src 'self'",
            "img-src 'self' blob: data:",
            "media-src 'self' blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def _hash(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"
