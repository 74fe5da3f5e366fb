"""What a body may be: never more than allowed, always JSON that everything behind can hold, never a 5xx."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.api.running import RunningApi, running_api

JSON = {"Content-Type": "application/json"}
BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b"   ",
    "half": b'{"workflow": "draw"',
    "no quotes": b"{workflow: draw}",
    "trailing": b'{"workflow": "draw"} x',
    "two": b'{"workflow": "draw"}{"workflow": "draw"}',
    "nul bytes": b"\0\0\0",
    "nul in text": b'{"workflow": "dr\\u0000aw"}',
    "nul in key": b'{"work\\u0000flow": "draw"}',
    "lone surrogate": b'{"workflow": "\\ud800"}',
    "not utf-8": b'{"workflow": "\xff\xfe"}',
    "utf-16": '{"workflow": "draw"}'.encode("utf-16"),
    "byte order mark": b'\xef\xbb\xbf{"workflow": "draw"}',
    "nan": b'{"workflow": "draw", "params": {"steps": NaN}}',
    "infinity": b'{"workflow": "draw", "params": {"steps": -Infinity}}',
    "huge float": b'{"workflow": "draw", "params": {"steps": 1e999}}',
    "huge integer": b'{"workflow": "draw", "priority": 1' + b"0" * 400 + b"}",
    "endless integer": b'{"workflow": "draw", "seeds": ' + b"9" * 6000 + b"}",
    "deep list": b"[" * 100_000,
    "deep closed list": b"[" * 5000 + b"]" * 5000,
    "deep object": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "a list": b"[]",
    "a text": b'"draw"',
    "a number": b"1",
    "null": b"null",
    "true": b"true",
    "wrong types": b'{"workflow": {}, "inputs": 3, "params": [], "seeds": {}, "tags": "x", "limit": -1}',
    "null fields": b'{"workflow": null, "inputs": null, "params": null}',
    "unknown field": b'{"workflow": "draw", "wrokflow": 1}',
    "empty name": b'{"workflow": ""}',
    "path as name": b'{"workflow": "../../etc/passwd"}',
    "long name": b'{"workflow": "' + b"a" * 100_000 + b'"}',
    "many seeds": b'{"workflow": "draw", "seeds": 1000000000000}',
    "seed beyond 64 bits": b'{"workflow": "draw", "params": {"seed": 18446744073709551616}}',
    "negative seeds": b'{"workflow": "draw", "seeds": -5}',
    "seed range of all numbers": b'{"workflow": "draw", "seeds": "0..18446744073709551615"}',
    "sweep product": b'{"workflow": "draw", "sweep": {"steps": [1,2,3], "prompt": []}}',
    "unknown job": b'{"workflow": "draw", "after": [123456]}',
    "huge after": b'{"workflow": "draw", "after": [9223372036854775808]}',
    "first year": b'{"workflow": "draw", "not_before": "0001-01-01T00:00:00+14:00"}',
    "last year": b'{"workflow": "draw", "not_before": "9999-12-31T23:59:59-14:00"}',
    "broken input": b'{"workflow": "transcode", "inputs": ["\\u0001", "~nobody/x", "\\\\\\\\server\\\\share", "file://x/y"]}',
    "job reference": b'{"workflow": "transcode", "inputs": ["job:999999999999999999999999"]}',
    "prompt reference": b'{"workflow": "transcode", "inputs": ["prompt:1.99999999999999999999"]}',
    "nested rows": b'{"workflow": "draw", "rows": [{"prompt": {"a": [1]}}, {}]}',
    "odd glob": b'{"workflow": "transcode", "input_dir": "/", "glob": "[!"}',
    "odd resolution": b'{"workflow": "draw", "resolution": "99999999999999999999x1"}',
    "null idempotency": b'{"workflow": "draw", "idempotency_key": ""}',
}


def assert_refused_or_fine(answer: httpx.Response) -> None:
    """Anything but a failure of the server; a refusal has the one shape."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert set(answer.json()["error"]) == {"code", "message", "hint", "details"}, answer.text


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize(
    "path", ["/api/jobs", "/api/jobs/preview", "/api/actions", "/api/queue/actions", "/api/reveal"]
)
def test_broken_bodies_are_refused(shared_client: httpx.Client, path: str, name: str) -> None:
    answer = shared_client.post(path, content=BROKEN[name], headers=JSON)
    assert_refused_or_fine(answer)
    if (
        path != "/api/jobs/preview"
        and name != "null idempotency"
        and not (path == "/api/jobs" and "job" in answer.text)
    ):
        assert answer.status_code >= 400


@pytest.mark.parametrize(
    "type_",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "",
        "*/*",
    ],
)
def test_only_json_is_json(shared_client: httpx.Client, type_: str) -> None:
    answer = shared_client.post("/api/jobs", content=b'{"workflow": "draw"}', headers={"Content-Type": type_})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation")


def test_a_charset_beside_json_is_fine(shared_client: httpx.Client) -> None:
    type_ = {"Content-Type": "application/json; charset=utf-8"}
    answer = shared_client.post("/api/jobs/preview", content=b'{"workflow": "draw"}', headers=type_)
    assert answer.status_code == 200


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """A server that takes little."""
    overrides: dict[str, Any] = {"limits.max_body": 2000, "limits.max_upload": 3000}
    with running_api(tmp_path_factory.mktemp("small") / "home", **overrides) as running:
        yield running


def test_a_declared_body_that_is_too_large(small: RunningApi) -> None:
    with small.client() as client:
        answer = client.post("/api/jobs", json={"workflow": "draw", "note": "x" * 3000})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


def test_an_undeclared_body_that_is_too_large(small: RunningApi) -> None:
    def chunks() -> Iterator[bytes]:
        yield b'{"workflow": "draw", "note": "'
        for _ in range(100):
            yield b"x" * 100

    with small.client() as client:
        answer = client.post("/api/jobs", content=chunks(), headers=JSON)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
        assert client.get("/api/jobs").json()["items"] == []


def test_an_upload_that_is_too_large_leaves_nothing(small: RunningApi) -> None:
    with small.client() as client:
        answer = client.post("/api/uploads", files={"file": ("a.mp4", b"x" * 10_000)})
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")

        def chunks() -> Iterator[bytes]:
            yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
            for _ in range(100):
                yield b"x" * 100

        type_ = {"Content-Type": "multipart/form-data; boundary=b"}
        answer = client.post("/api/uploads", content=chunks(), headers=type_)
        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert list((small.home / "uploads").iterdir()) == []


@pytest.mark.parametrize("length", ["-1", "1e3", "99999999999999999999999999", "0x10", "+5", " "])
def test_odd_lengths_are_refused(shared_api: RunningApi, length: str) -> None:
    request = (
        f"POST /api/jobs HTTP/1.1\r\nHost: 127.0.0.1:{shared_api.port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\nConnection: close\r\n\r\n{{}}"
    )
    with socket.create_connection(("127.0.0.1", shared_api.port), timeout=30) as raw:
        raw.sendall(request.encode())
        raw.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.split(b" ", 2)[1] in (b"400", b"413", b"422")


def test_a_client_that_hangs_up_in_its_body_does_no_harm(
    shared_api: RunningApi, shared_client: httpx.Client
) -> None:
    head = (
        f"POST /api/jobs HTTP/1.1\r\nHost: 127.0.0.1:{shared_api.port}\r\nContent-Type: application/json\r\n"
        "Content-Length: 500\r\n\r\n{"
    )
    with socket.create_connection(("127.0.0.1", shared_api.port), timeout=30) as raw:
        raw.sendall(head.encode())
    assert shared_client.get("/api/jobs").status_code == 200
