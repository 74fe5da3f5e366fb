"""Who may speak: hosts, origins, fetch metadata, token and secret, on every route and on the socket."""

from __future__ import annotations

import json
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.api.every_route import filled, routes
from tests.api.running import RunningApi, running_api
from video_queue.system.home.secret import SECRET_HEADER, ensure_secret, read_secret

ROUTES = routes()


def cross_origin_shapes(port: int) -> dict[str, dict[str, str]]:
    """What a foreign page, or a name that was rebound to this machine, would send."""
    return {
        "other site": {"Origin": "https://evil.example"},
        "other port of this machine": {"Origin": "http://127.0.0.1:3000"},
        "default port": {"Origin": "http://127.0.0.1"},
        "other name of this machine": {"Origin": f"http://localhost:{port}"},
        "null origin (sandboxed frame, file)": {"Origin": "null"},
        "empty origin": {"Origin": ""},
        "origin that is no address": {"Origin": "http://["},
        "origin with a broken port": {"Origin": "http://127.0.0.1:x"},
        "file origin": {"Origin": "file://"},
        "extension": {"Origin": f"chrome-extension://127.0.0.1:{port}"},
        "our address as a prefix": {"Origin": f"http://127.0.0.1:{port}.evil.example"},
        "our address as user": {"Origin": f"http://127.0.0.1:{port}@evil.example"},
        "with a path": {"Origin": f"http://evil.example/127.0.0.1:{port}"},
        "two origins in one": {"Origin": f"http://127.0.0.1:{port}, https://evil.example"},
        "cross-site without origin": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        "same-site (other port) without origin": {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
        "cross-site form": {
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
        },
        "cross-site frame": {
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "iframe",
        },
        "unknown fetch site": {"Sec-Fetch-Site": "odd"},
        "rebound name": {"Host": f"evil.example:{port}"},
        "rebound name with its own origin": {
            "Host": f"evil.example:{port}",
            "Origin": f"http://evil.example:{port}",
            "Sec-Fetch-Site": "same-origin",
        },
        "name below localhost": {"Host": f"evil.localhost:{port}"},
        "our address as a host's prefix": {"Host": f"127.0.0.1.evil.example:{port}"},
        "broken host": {"Host": "127.0.0.1:"},
        "host with user": {"Host": f"127.0.0.1@evil.example:{port}"},
        "all addresses": {"Host": f"0.0.0.0:{port}"},
    }


SHAPES = sorted(cross_origin_shapes(0))


def test_every_route_is_known_here() -> None:
    assert len(ROUTES) > 60
    assert {("POST", "/api/jobs"), ("HEAD", "/api/artifacts/{id}"), ("GET", "/api/openapi.json")} <= set(
        ROUTES
    )
    assert len(SHAPES) > 20


@pytest.mark.parametrize("shape", SHAPES)
def test_no_route_answers_other_origins(
    shared_api: RunningApi, shared_client: httpx.Client, shape: str
) -> None:
    headers = cross_origin_shapes(shared_api.port)[shape]
    for method, path in ROUTES:
        body: dict[str, str] | None = None if method in ("GET", "HEAD") else {}
        answer = shared_client.request(method, filled(path), headers=headers, json=body)
        assert answer.status_code == 403, (method, path)
        assert method == "HEAD" or answer.json()["error"]["code"] == "forbidden_origin"
        assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_socket_refuses_other_origins(shared_api: RunningApi, shape: str) -> None:
    headers = cross_origin_shapes(shared_api.port)[shape]
    assert socket_refusal(shared_api, headers) == (403, "forbidden_origin")


@pytest.mark.parametrize("shape", SHAPES)
def test_the_secret_does_not_open_the_door_to_other_origins(shared_api: RunningApi, shape: str) -> None:
    with shared_api.trusted() as cli:
        answer = cli.post(
            "/api/queue/actions",
            json={"action": "pause"},
            headers=cross_origin_shapes(shared_api.port)[shape],
        )
    assert answer.status_code == 403


def socket_refusal(api: RunningApi, headers: dict[str, str]) -> tuple[int, str]:
    """Status and code with which the handshake is refused."""
    rest = {name: value for name, value in headers.items() if name not in ("Origin", "Host")}
    if "Host" in headers:
        return raw_handshake(api, headers)
    origin = Origin(headers["Origin"]) if "Origin" in headers else None
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(api.socket_url, origin=origin, additional_headers=rest),
    ):
        pass
    body = json.loads(refused.value.response.body or b"{}")
    return refused.value.response.status_code, body["error"]["code"]


def raw_handshake(api: RunningApi, headers: dict[str, str]) -> tuple[int, str]:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    answer = httpx.get(f"{api.url}/api/ws", headers={**upgrade, **headers})
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize(
    "hosts", [(), ("",), ("127.0.0.1:{port}", "evil.example"), ("evil.example", "127.0.0.1:{port}")]
)
def test_no_host_and_two_hosts(shared_api: RunningApi, hosts: tuple[str, ...]) -> None:
    lines = "".join(f"Host: {host.format(port=shared_api.port)}\r\n" for host in hosts)
    with socket.create_connection(("127.0.0.1", shared_api.port), timeout=30) as raw:
        raw.sendall(f"GET /api/jobs HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.split(b" ", 2)[1] in (b"400", b"403")


def test_our_own_page_may(shared_api: RunningApi) -> None:
    ours = {"Origin": shared_api.url, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
    with shared_api.client(**ours) as page:
        assert page.get("/api/jobs").status_code == 200
        assert page.post("/api/jobs/preview", json={"workflow": "draw"}).status_code == 200
    typed = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    for host in ("127.0.0.1", "localhost", "LOCALHOST", "[::1]"):
        assert (
            httpx.get(
                f"{shared_api.url}/", headers={"Host": f"{host}:{shared_api.port}", **typed}
            ).status_code
            == 200
        )


def test_a_program_that_is_no_browser_may(shared_api: RunningApi) -> None:
    curl = {"User-Agent": "curl/8", "Accept": "*/*"}
    with shared_api.client(**curl) as program:
        assert program.get("/api/queue").status_code == 200
        assert program.post("/api/queue/actions", json={"action": "resume"}).status_code == 200


@pytest.mark.parametrize("path", sorted({path for method, path in ROUTES if method == "POST"}))
@pytest.mark.parametrize("type_", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_what_a_form_of_another_site_could_send_does_nothing(
    shared_client: httpx.Client, path: str, type_: str | None
) -> None:
    """Browsers before 2020 send a form without an Origin; no route takes one, not even an empty one."""
    headers = {} if type_ is None else {"Content-Type": type_}
    for content in (b"", b'{"action": "pause"}'):
        answer = shared_client.post(filled(path), content=content, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation"), path


def test_a_link_of_another_site_may_open_the_page_only(shared_client: httpx.Client) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert shared_client.get("/", headers=link).status_code == 200
    assert shared_client.get("/api/jobs", headers=link).status_code == 403
    frame = {**link, "Sec-Fetch-Dest": "iframe"}
    assert shared_client.get("/", headers=frame).status_code == 403


def test_preflights_get_no_permission(shared_client: httpx.Client) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = shared_client.options("/api/jobs", headers=asked)
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_every_answer_carries_the_safe_headers(shared_client: httpx.Client) -> None:
    for path in ("/", "/api/jobs", "/api/nope", "/api/openapi.json"):
        headers = shared_client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "default-src 'none'" in headers["content-security-policy"]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """A server with a token, known by a name."""
    home = tmp_path_factory.mktemp("token") / "home"
    overrides: dict[str, Any] = {"server.token": "open sesame", "server.allowed_hosts": ["studio.lan"]}
    with running_api(home, **overrides) as running:
        yield running


def test_the_token_is_needed_everywhere_below_api(guarded: RunningApi) -> None:
    with guarded.client() as stranger:
        for method, path in ROUTES:
            answer = stranger.request(method, filled(path))
            assert answer.status_code == 401, path
            assert method == "HEAD" or answer.json()["error"]["code"] == "unauthorized", path
        for path in ("/", "/app.js", "/lib/api.js"):
            assert stranger.get(path).status_code == 200
        assert stranger.get("/api.js").status_code == 404
        for value in ("Bearer no", "Basic open sesame", "Bearer", "Bearer open sesam\xe9"):
            headers = {b"Authorization": value.encode("latin-1")}
            assert stranger.get("/api/jobs", headers=headers).status_code == 401, value
    assert socket_refusal(guarded, {}) == (401, "unauthorized")


def test_the_token_opens(guarded: RunningApi) -> None:
    bearer = {"Authorization": "Bearer open sesame"}
    with guarded.client(**bearer) as known:
        assert known.get("/api/jobs").status_code == 200
        assert known.get("/api/jobs", headers={"Host": f"studio.lan:{guarded.port}"}).status_code == 200
    with connect(guarded.socket_url, additional_headers=bearer) as socket:
        assert json.loads(socket.recv(10))["type"] == "hello"
    with guarded.trusted() as cli:
        assert cli.get("/api/jobs").status_code == 200


def test_a_browser_gets_in_with_the_token_in_the_address(guarded: RunningApi) -> None:
    with guarded.client() as browser:
        assert browser.get("/", params={"token": "wrong"}).status_code == 401
        welcome = browser.get("/", params={"token": "open sesame"})
        assert (welcome.status_code, welcome.headers["location"]) == (303, "/")
        cookie = welcome.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert browser.get("/api/jobs").status_code == 200


def test_a_wrong_secret_is_worth_nothing(guarded: RunningApi, shared_api: RunningApi) -> None:
    for value in ("x", "", "\xe9"):
        headers = {SECRET_HEADER.encode(): value.encode("latin-1")}
        assert httpx.get(f"{guarded.url}/api/jobs", headers=headers).status_code == 401
        assert httpx.get(f"{shared_api.url}/api/files?path=/", headers=headers).status_code == 403


def test_the_secret_stays_with_its_user(tmp_path: Path) -> None:
    assert read_secret(tmp_path) is None
    secret = ensure_secret(tmp_path)
    assert len(secret) > 30
    assert ensure_secret(tmp_path) == secret == read_secret(tmp_path)
    if sys.platform != "win32":
        path = tmp_path / "secret"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o644)
        ensure_secret(tmp_path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
