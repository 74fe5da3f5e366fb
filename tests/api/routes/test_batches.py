"""Batches over HTTP: all jobs or none, names within the batch, one key, one undo."""

from __future__ import annotations

from typing import Any

import httpx
import pytest


def draw(**more: Any) -> dict[str, Any]:
    return {"workflow": "draw", "dedupe": False, **more}


def send(client: httpx.Client, *submissions: dict[str, Any], **more: Any) -> httpx.Response:
    return client.post("/api/batches", json={"submissions": list(submissions), **more})


def total(client: httpx.Client) -> int:
    return sum(client.get("/api/jobs").json()["counts"].values())


def problems(answer: httpx.Response) -> list[tuple[Any, ...]]:
    return [(*item["loc"], item["code"]) for item in answer.json()["error"]["details"]["problems"]]


def test_jobs_of_a_batch_come_after_one_another_by_name(shared_client: httpx.Client) -> None:
    answer = send(
        shared_client,
        {"workflow": "transcode", "inputs": ["job:pictures"], "after": ["#1", "pictures"]},
        draw(name="first"),
        draw(key="pictures", seeds=3),
        name="night",
    )
    assert answer.status_code == 201, answer.text
    batch = answer.json()
    join, first, pictures = batch["jobs"]
    assert join["submission"]["inputs"] == [f"job:{pictures['id']}"]
    assert join["submission"]["after"] == [first["id"], pictures["id"]]
    assert {job["batch"] for job in batch["jobs"]} == {batch["id"]}
    assert shared_client.get(f"/api/batches/{batch['id']}").json() == batch
    listed = shared_client.get("/api/jobs", params={"batch": batch["id"]}).json()
    assert [job["id"] for job in listed["items"]] == [pictures["id"], first["id"], join["id"]]
    assert listed["counts"]["queued"] == 3
    shared_client.post(f"/api/jobs/{first['id']}/actions", json={"action": "cancel"})
    assert shared_client.get(f"/api/jobs/{join['id']}").json()["held_reason"] == "dependency"


def test_every_problem_is_named_by_its_submission_and_nothing_is_written(shared_client: httpx.Client) -> None:
    before = total(shared_client)
    answer = send(
        shared_client,
        draw(),
        draw(params={"steps": 99}, after=["nope"]),
        {"workflow": "drawn"},
        {"workflow": "transcode", "inputs": ["job:nope", "/none.mp4"]},
    )
    assert answer.status_code == 422
    assert set(problems(answer)) == {
        ("submissions", 1, "after", "validation"),
        ("submissions", 1, "params", "steps", "validation"),
        ("submissions", 2, "workflow", "unknown_workflow"),
        ("submissions", 3, "inputs", "validation"),
        ("submissions", 3, "inputs", "path_not_allowed"),
    }
    assert total(shared_client) == before


@pytest.mark.parametrize(
    "submissions",
    [
        [draw(after=["#0"])],
        [draw(key="a", after=["b"]), draw(key="b", after=["#2"]), draw(after=["a"])],
        [draw(key="a", after=["b"]), {"workflow": "transcode", "key": "b", "inputs": ["job:a"]}],
    ],
)
def test_jobs_that_would_wait_for_each_other_are_refused(
    shared_client: httpx.Client, submissions: list[dict[str, Any]]
) -> None:
    answer = send(shared_client, *submissions)
    assert (answer.status_code, problems(answer)[0][0]) == (422, "submissions")
    assert "wait for each other" in answer.text


def test_the_same_key_gives_the_same_batch_and_another_body_a_conflict(shared_client: httpx.Client) -> None:
    first, second = (send(shared_client, draw(), draw(), idempotency_key="k") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json() | {"reused": True}
    other = send(shared_client, draw(), idempotency_key="k")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "invalid_state")


def test_a_batch_is_undone_at_once_and_ends_with_its_last_job(shared_client: httpx.Client) -> None:
    alone = shared_client.post("/api/jobs", json={"workflow": "draw", "name": "there before"}).json()
    batch = send(
        shared_client, {"workflow": "draw", "name": "there before"}, draw(), draw(after=["#1"])
    ).json()
    assert [job["reused"] for job in batch["jobs"]] == [True, False, False]
    place = f"/api/batches/{batch['id']}"
    cancelled = shared_client.post(f"{place}/actions", json={"action": "cancel"})
    assert cancelled.json()["done"] == 2
    assert shared_client.get(f"/api/jobs/{alone['id']}").json()["state"] == "queued"
    again = shared_client.post(f"{place}/actions", json={"action": "cancel"})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "invalid_state")
    assert shared_client.post(f"{place}/actions", json={"action": "delete"}).json()["done"] == 2
    assert shared_client.get(place).status_code == 404
    assert shared_client.post(f"{place}/actions", json={"action": "dance"}).status_code == 422
