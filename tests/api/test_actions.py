"""Every action over HTTP: what is not in the table is refused, and nothing is changed by it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.running import RunningApi
from video_queue.domain.actions import BULK_ACTIONS, JOB_ACTIONS, PROMPT_ACTIONS, QUEUE_ACTIONS
from video_queue.services.jobs import row_actions


def test_every_action_of_the_table_can_be_done() -> None:
    assert {*row_actions.JOB_ACTIONS, "move", "rerun", "delete"} == set(JOB_ACTIONS)
    assert set(row_actions.PROMPT_ACTIONS) == set(PROMPT_ACTIONS)


@pytest.mark.parametrize("action", ["relase", "", *QUEUE_ACTIONS])
@pytest.mark.parametrize("place", ["jobs/1/actions", "prompts/1.1/actions", "actions"])
def test_an_unknown_action_is_refused_and_changes_nothing(
    client: httpx.Client, place: str, action: str
) -> None:
    job = client.post("/api/jobs", json={"workflow": "draw", "held": True}).json()
    body = {"action": action, **({"ids": ["1", "1.1"]} if place == "actions" else {})}
    answer = client.post(f"/api/{place}", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation")
    assert client.get(f"/api/jobs/{job['id']}").json() == job


@pytest.mark.parametrize("action", sorted(BULK_ACTIONS))
def test_the_queue_refuses_what_is_for_jobs(client: httpx.Client, action: str) -> None:
    answer = client.post("/api/queue/actions", json={"action": action})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation")
    assert client.get("/api/queue").json()["state"] == "running"


def test_a_job_action_is_refused_for_a_prompt_and_the_other_way_round(client: httpx.Client) -> None:
    client.post("/api/jobs", json={"workflow": "draw", "held": True})
    for place, names in (("prompts/1.1", JOB_ACTIONS), ("jobs/1", PROMPT_ACTIONS)):
        known: dict[str, Any] = client.get(f"/api/{place}").json()
        for action in set(names) - {entry["name"] for entry in known["actions"]}:
            answer = client.post(f"/api/{place}/actions", json={"action": action})
            assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation"), action


def test_a_moved_job_goes_where_the_options_say(client: httpx.Client) -> None:
    for _ in range(3):
        client.post("/api/jobs", json={"workflow": "draw", "held": True, "dedupe": False})
    for options, order in (
        ({"to": "top"}, [3, 1, 2]),
        ({"after": 2}, [1, 2, 3]),
        ({"before": 2}, [1, 3, 2]),
        ({"to": 2}, [1, 3, 2]),
        ({"to": "bottom"}, [1, 2, 3]),
    ):
        assert client.post("/api/jobs/3/actions", json={"action": "move", **options}).status_code == 200
        jobs = client.get("/api/jobs", params={"sort": "queue"}).json()["items"]
        assert [job["id"] for job in jobs] == order, options
    answer = client.post("/api/jobs/3/actions", json={"action": "move", "before": 3})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "invalid_state")


def test_a_review_result_may_not_name_a_file_outside_the_roots(api: RunningApi, client: httpx.Client) -> None:
    client.post("/api/jobs", json={"workflow": "draw", "held": True})
    body = {"action": "approve", "result": {"mask": [str(api.home / "secret")]}}
    for place, more in (("prompts/1.1/actions", {}), ("actions", {"ids": ["1.1"]})):
        answer = client.post(f"/api/{place}", json=body | more)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "path_not_allowed")
