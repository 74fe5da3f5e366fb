"""Prompts over HTTP: looked at, edited, acted on, their logs."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.running import RunningApi


@pytest.fixture
def prompt(client: httpx.Client) -> dict[str, Any]:
    """The second prompt of a job with three."""
    client.post("/api/jobs", json={"workflow": "draw", "seeds": 3})
    second: dict[str, Any] = client.get("/api/prompts/1.2").json()
    return second


def test_get_prompt(client: httpx.Client, prompt: dict[str, Any]) -> None:
    assert (prompt["job_id"], prompt["index"], prompt["state"], prompt["seed"]) == (1, 2, "queued", 8)
    assert [phase["name"] for phase in prompt["phases"]] == ["render"]
    assert client.get(f"/api/prompts/{prompt['id']}").json() == prompt


def test_edit_prompt(client: httpx.Client, prompt: dict[str, Any]) -> None:
    changes = {"rating": 5, "tags": ["best"], "note": "this one"}
    edited = client.patch("/api/prompts/1.2", json=changes).json()
    assert {name: edited[name] for name in changes} == changes
    assert edited["id"] == prompt["id"]
    assert client.patch("/api/prompts/1.2", json={"state": "failed"}).status_code == 422
    assert client.patch("/api/prompts/1.2", json={"rating": 6}).status_code == 422


def test_act_on_prompt(client: httpx.Client, prompt: dict[str, Any]) -> None:
    path = "/api/prompts/1.2/actions"
    assert client.post(path, json={"action": "hold"}).json()["held_reason"] == "user"
    assert client.post(path, json={"action": "release"}).json()["held"] is False
    assert client.post(path, json={"action": "cancel"}).json()["state"] == "cancelled"
    refused = client.post(path, json={"action": "skip"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "invalid_state")
    assert client.post(path, json={"action": "retry"}).json()["state"] == "queued"
    skipped = client.post(path, json={"action": "skip"}).json()
    assert (skipped["state"], skipped["skipped"]) == ("succeeded", True)
    assert client.post(path, json={"action": "fly"}).status_code == 422


def test_prompt_log(api: RunningApi, client: httpx.Client, prompt: dict[str, Any]) -> None:
    assert client.get("/api/prompts/1.2/log").text == ""
    log = api.home / "logs" / "test.log"
    log.write_text("--- phase one\na\nb\n--- phase two\nc\nd\n")
    api.transact(
        lambda conn: conn.execute("UPDATE prompt SET log_path = ? WHERE id = ?", (str(log), prompt["id"]))
    )
    assert client.get("/api/prompts/1.2/log").text == log.read_text()
    assert client.get("/api/prompts/1.2/log", params={"phase": "two"}).text == "--- phase two\nc\nd\n"
    assert client.get("/api/prompts/1.2/log", params={"tail": 2}).text == "c\nd\n"
    assert client.get("/api/jobs/1/log").text == "=== 1.2\n" + log.read_text()
    assert client.get("/api/prompts/1.2/log", params={"tail": 0}).status_code == 422


def test_a_long_log_is_sent_while_the_server_answers_others(api: RunningApi, client: httpx.Client) -> None:
    client.post("/api/jobs", json={"workflow": "draw", "seeds": 2})
    first, second = (api.home / "logs" / f"{index}.log" for index in (1, 2))
    with first.open("wb") as file:
        file.truncate(64 * 2**20)  # more than the sockets between them hold
    for index, log in ((1, first), (2, second)):
        api.transact(
            lambda conn, *row: conn.execute("UPDATE prompt SET log_path = ? WHERE idx = ?", row),
            str(log),
            index,
        )
    with client.stream("GET", "/api/jobs/1/log") as response:
        blocks = response.iter_bytes()
        assert next(blocks).startswith(b"=== 1.1\n")
        with api.client() as another:
            assert another.get("/api/queue").status_code == 200
        second.write_text("written while the first log was sent\n")
        end = b""
        for block in blocks:
            end = (end + block)[-1000:]
    assert end.endswith(b"=== 1.2\nwritten while the first log was sent\n")


@pytest.mark.parametrize("tail", ["", "/log"])
@pytest.mark.parametrize(
    ("id_", "status"),
    [
        ("99", 404),
        ("1.99", 404),
        ("0", 404),
        ("0.0", 404),
        ("9" * 15, 404),
        ("9" * 30, 422),
        ("x", 422),
        ("1.2.3", 422),
        ("-1", 422),
        ("1.", 422),
    ],
)
def test_unknown_and_broken_ids(shared_client: httpx.Client, id_: str, status: int, tail: str) -> None:
    answer = shared_client.get(f"/api/prompts/{id_}{tail}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (
        status,
        "not_found" if status == 404 else "validation",
    )


def test_a_result_may_not_name_what_lies_outside_the_roots(
    client: httpx.Client, prompt: dict[str, Any]
) -> None:
    for result in (
        {"file": "/etc/passwd"},
        {"items": [{"path": "file:///etc/passwd"}]},
        {"file": "~/.ssh/id"},
    ):
        answer = client.post(
            f"/api/prompts/{prompt['id']}/actions", json={"action": "approve", "result": result}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "path_not_allowed")
    fine = {"action": "approve", "result": {"text": "a caption", "score": 3}}
    assert client.post(f"/api/prompts/{prompt['id']}/actions", json=fine).status_code == 409
