"""The files of the page as they are sent: compressed where the browser takes that, and asked for again each time."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import httpx
import pytest

from tests.api.running import RunningApi
from video_queue.app import STATIC

MODULE = "/views/queue.js"


@pytest.fixture
def page(shared_api: RunningApi) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=shared_api.url) as client:
        yield client


def test_a_browser_gets_texts_compressed(page: httpx.Client) -> None:
    with page.stream("GET", MODULE, headers={"Accept-Encoding": "gzip, br"}) as answer:
        sent = b"".join(answer.iter_raw())
    whole = (STATIC / MODULE[1:]).read_bytes()
    assert len(sent) < len(whole) / 2
    # Comments stay here; what is left stands on its line, so that an error names the right one.
    got, lines = gzip.decompress(sent).decode().split("\n"), whole.decode().split("\n")
    assert len(got) == len(lines)
    left_out = [line.strip() for line, there in zip(lines, got, strict=True) if line != there]
    assert len(left_out) > 5
    assert [line for line in left_out if not line.startswith(("//", "/**", "*"))] == []
    assert int(answer.headers["content-length"]) == len(sent)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["vary"] == "Accept-Encoding"


def test_what_a_browser_has_is_not_sent_again(page: httpx.Client) -> None:
    for coding in ("gzip", "identity"):
        first = page.get(MODULE, headers={"Accept-Encoding": coding})
        assert first.headers.get("content-encoding", "identity") == coding
        again = page.get(MODULE, headers={"Accept-Encoding": coding, "If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]


def test_whoever_takes_no_compression_gets_the_file_as_it_is(page: httpx.Client) -> None:
    answer = page.get(MODULE, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in answer.headers
    assert answer.content == (STATIC / MODULE[1:]).read_bytes()


def test_what_can_be_opened_as_a_page_has_the_policy(page: httpx.Client) -> None:
    for path in ("/", "/index.html", "/icon.svg"):
        assert "script-src 'self'" in page.get(path).headers["content-security-policy"]
