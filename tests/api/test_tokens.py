"""The token: trying does not help, the cookie is not the token, and no file of the home repeats it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.running import RunningApi, running_api
from video_queue.api.token_attempts import ALLOWED, SECONDS, TokenAttempts
from video_queue.domain.errors import VqError
from video_queue.terminal.serving.log_file import logging_to

TOKEN = "open sesame & more"


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[RunningApi]:
    """A server with a token."""
    overrides: dict[str, Any] = {"server.token": TOKEN}
    with running_api(tmp_path / "home", **overrides) as running:
        yield running


def test_whoever_tries_tokens_is_soon_refused_even_with_the_right_one(guarded: RunningApi) -> None:
    with guarded.client() as stranger:
        for number in range(ALLOWED):
            answer = stranger.get("/api/queue", headers={"Authorization": f"Bearer try {number}"})
            assert answer.status_code == 401
        for way in ({"Authorization": f"Bearer {TOKEN}"}, {"Authorization": "Bearer another"}):
            refused = stranger.get("/api/queue", headers=way)
            assert (refused.status_code, refused.json()["error"]["code"]) == (429, "unauthorized")
            assert 0 < int(refused.headers["retry-after"]) <= SECONDS
        assert stranger.get("/", params={"token": TOKEN}).status_code == 429
        assert stranger.get("/api/queue", headers={"Cookie": "vq_token=x"}).status_code == 429
    with guarded.trusted() as command_line:
        assert command_line.get("/api/queue").status_code == 200


def test_an_old_cookie_that_comes_again_and_again_locks_nobody_out(guarded: RunningApi) -> None:
    with guarded.client() as browser:
        for _ in range(3 * ALLOWED):
            assert browser.get("/api/queue", headers={"Cookie": "vq_token=old"}).status_code == 401
            assert browser.get("/api/queue").status_code == 401
        assert browser.get("/api/queue", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_tries_are_forgotten_with_time_and_counted_by_network() -> None:
    now = 0.0
    attempts = TokenAttempts(lambda: now)
    for number in range(ALLOWED):
        attempts.require_few(f"2001:db8::{number}")
        attempts.count(f"2001:db8::{number}", str(number))
    with pytest.raises(VqError, match="too many"):
        attempts.require_few("2001:db8::ffff")
    for other in ("2001:db8:0:1::1", "192.0.2.1", "::ffff:192.0.2.1", ""):
        attempts.require_few(other)
    now = SECONDS + 1
    attempts.require_few("2001:db8::ffff")
    attempts.count("2001:db8::ffff", "again")
    attempts.require_few("2001:db8::ffff")


def test_the_cookie_is_not_the_token(guarded: RunningApi) -> None:
    """A cookie goes to the other servers of this host too."""
    with guarded.client() as browser:
        welcome = browser.get("/", params={"token": TOKEN})
        (cookie,) = (value for name, value in browser.cookies.items() if name == "vq_token")
        assert len(cookie) == 64
        assert TOKEN not in welcome.headers["set-cookie"]
        assert browser.get("/api/queue").status_code == 200
        assert browser.get("/api/queue", headers={"Authorization": f"Bearer {cookie}"}).status_code == 401


def test_an_old_link_opens_the_page_which_asks(guarded: RunningApi) -> None:
    opened = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none"}
    with guarded.client(**opened) as browser:
        answer = browser.get("/", params={"token": "of last year"})
        assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
        assert answer.headers["content-type"].startswith("text/html")


def test_no_log_and_no_answer_repeats_the_token(guarded: RunningApi) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    with (
        logging_to(guarded.home / "logs", quiet=True),
        guarded.trusted() as client,
        guarded.client() as anybody,
    ):
        logging.getLogger("test").warning("the log is written")
        anybody.get("/", params={"token": TOKEN})
        anybody.cookies.clear()
        anybody.get("/api/nope", params={"token": TOKEN})
        anybody.get("/api/jobs", headers={"Authorization": f"Bearer {TOKEN}x"})
        assert anybody.post("/api/jobs", json={"workflow": "draw"}, headers=bearer).status_code == 201
        for path in ("/api/settings", "/api/doctor", "/api/doctor/bundle", "/api/system", "/api/jobs/1"):
            assert TOKEN not in client.get(path).text
    logs = [path for path in (guarded.home / "logs").rglob("*") if path.is_file()]
    assert any("the log is written" in path.read_text("utf-8") for path in logs)
    for path in guarded.home.rglob("*"):
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path
