"""Every code has a status, and every failure the one shape."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
from starlette.requests import Request
from starlette.responses import Response

from tests.api.running import RunningApi
from video_queue.api.errors import STATUS, error_response
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorCode
from video_queue.domain.texts import TEXTS


def test_every_code_has_a_status() -> None:
    assert set(STATUS) == set(ErrorCode)
    assert all(400 <= status < 600 for status in STATUS.values())
    assert {key.partition(".")[0] for key in TEXTS} <= {code.value for code in ErrorCode}


def test_details_are_always_json() -> None:
    odd = fail("validation.value", name="x", value="\ud800", expected="y")
    odd.details |= {
        "path": Path("/a"),
        "nan": float("nan"),
        "inner": [{"path": Path("/b"), "inf": float("inf")}],
        "odd": {4: 5},
    }
    response = error_response(odd)
    error = json.loads(bytes(response.body))["error"]
    assert response.status_code == 422
    assert error["details"]["path"] == "/a"
    assert error["details"]["nan"] == "nan"
    assert error["details"]["inner"] == [{"path": "/b", "inf": "inf"}]


def test_a_bug_is_answered_too(api: RunningApi, client: httpx.Client) -> None:
    async def boom(_: Request) -> Response:
        raise ZeroDivisionError("secret detail")

    api.app.router.add_route("/api/boom", boom)
    answer = client.get("/api/boom")
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal")
    assert "secret detail" not in answer.text
    client.close()  # uvicorn hangs up after a failure
    with api.client() as client:
        assert client.get("/api/jobs").status_code == 200


def test_a_wrong_method_names_the_right_ones(shared_client: httpx.Client) -> None:
    answer = shared_client.delete("/api/queue")
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "validation")
    assert answer.headers["allow"] == "GET"


def test_a_route_that_is_not_there(shared_client: httpx.Client) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = shared_client.request(method, "/api/nope", headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_wrong_queries_are_listed(shared_client: httpx.Client) -> None:
    answer = shared_client.get("/api/jobs", params={"limit": 0, "sort": "odd", "state": "x" * 5000})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "validation")
    assert {entry["loc"][0] for entry in error["details"]["problems"]} == {"limit", "sort", "state"}
    assert len(answer.text) < 3000


def test_a_request_is_told_to_come_back_while_another_program_keeps_the_database(
    api: RunningApi, client: httpx.Client
) -> None:
    with closing(sqlite3.connect(api.services.settings.db_path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = client.post("/api/queue/actions", json={"action": "resume"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "locked")
        assert int(refused.headers["retry-after"]) > 0
        assert client.get("/api/queue").status_code == 200  # reading goes on
        other.execute("ROLLBACK")
    assert client.post("/api/queue/actions", json={"action": "resume"}).status_code == 200
