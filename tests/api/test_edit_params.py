"""Values of prompts that have not begun, changed over HTTP."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.api.running import RunningApi, submit
from video_queue.db import claims, prompts
from video_queue.domain.states import PromptState

NOW = "2026-01-01T00:00:00.000Z"


def prompts_of(client: httpx.Client, job: dict[str, Any]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"/api/jobs/{job['id']}/prompts").json()["items"]
    return items


def begin_first(api: RunningApi) -> None:
    """The worker takes the first prompt."""
    assert api.transact(claims.claim_next_prompt, "gpu", 0.0, NOW, "/logs", 2) is not None


def test_a_whole_job(client: httpx.Client) -> None:
    job = submit(client, seeds=3, params={"steps": 5})
    place = f"/api/jobs/{job['id']}"
    edited = client.patch(place, json={"params": {"prompt": "a dog", "steps": "9"}, "note": "n"})
    assert edited.json() == {"changed": 3, "refused": []}
    assert {(entry["params"]["prompt"], entry["params"]["steps"]) for entry in prompts_of(client, job)} == {
        ("a dog", 9)
    }
    now = client.get(place).json()
    assert (now["note"], now["submission"]["params"]) == ("n", {"prompt": "a dog", "steps": "9"})
    again = client.post(f"{place}/actions", json={"action": "rerun"}).json()
    assert prompts_of(client, again)[0]["params"]["prompt"] == "a dog"
    # What was edited is other work: the same submission makes a new job.
    assert (
        client.post("/api/jobs", json={"workflow": "draw", "seeds": 3, "params": {"steps": 5}}).status_code
        == 201
    )


def test_what_has_begun_keeps_its_values(api: RunningApi, client: httpx.Client) -> None:
    job = submit(client, seeds=3)
    begin_first(api)
    first = f"{job['id']}.1"
    edited = client.patch(f"/api/jobs/{job['id']}", json={"params": {"prompt": "a dog"}}).json()
    assert edited["changed"] == 2
    assert [(entry["id"], entry["code"]) for entry in edited["refused"]] == [(first, "invalid_state")]
    assert [entry["params"]["prompt"] for entry in prompts_of(client, job)] == ["a cat", "a dog", "a dog"]
    refused = client.patch(f"/api/prompts/{first}", json={"params": {"prompt": "x"}}).json()
    assert (refused["changed"], [entry["id"] for entry in refused["refused"]]) == (0, [first])
    # A retry has begun as well.
    row = prompts_of(client, job)[0]
    api.transact(
        prompts.persist_prompt_result, row["id"], 1, prompts.PromptResult(PromptState.CANCELLED), NOW
    )
    client.post(f"/api/prompts/{first}/actions", json={"action": "retry"})
    assert client.patch(f"/api/prompts/{first}", json={"params": {"prompt": "x"}}).json()["changed"] == 0
    assert prompts_of(client, job)[0]["params"]["prompt"] == "a cat"


def test_one_prompt_and_then_its_job(client: httpx.Client) -> None:
    job = submit(client, seeds=2)
    second = f"/api/prompts/{job['id']}.2"
    assert client.patch(second, json={"params": {"prompt": "alone"}}).json() == {"changed": 1, "refused": []}
    assert [entry["params"]["prompt"] for entry in prompts_of(client, job)] == ["a cat", "alone"]
    assert client.patch(f"/api/jobs/{job['id']}", json={"params": {"prompt": "all"}}).json()["changed"] == 2
    assert [entry["params"]["prompt"] for entry in prompts_of(client, job)] == ["all", "all"]


@pytest.mark.parametrize(
    "params", [{"steps": 99}, {"nope": 1}, {"steps": 3}, {"seed": 5}, {"picture": "/nowhere/x.png"}]
)
def test_what_cannot_be_changed(client: httpx.Client, params: dict[str, Any]) -> None:
    job = submit(client, sweep={"steps": [2, 3]})
    for place in (f"/api/jobs/{job['id']}", f"/api/prompts/{job['id']}.1"):
        answer = client.patch(place, json={"params": params, "note": "not written"})
        assert answer.status_code in (403, 422)
        assert [entry["loc"] for entry in answer.json()["error"]["details"]["problems"]] == [
            ["params", *params]
        ]
    assert client.get(f"/api/jobs/{job['id']}").json()["note"] == ""
    assert [entry["params"]["steps"] for entry in prompts_of(client, job)] == [2, 3]


def test_names_follow_the_values(api: RunningApi, client: httpx.Client) -> None:
    workflow = api.home / "workflows" / "draw.yaml"
    named = workflow.read_text().replace(
        '"draw_{{ params.seed }}"', '"{{ params.prompt }}_{{ params.steps }}"'
    )
    (api.home / "workflows" / "named.yaml").write_text(named.replace("name: draw", "name: named", 1))
    job = submit(client, workflow="named", seeds=2)

    def names() -> list[str]:
        rows = api.call(api.services.db.read(lambda conn: conn.execute("SELECT plan FROM prompt").fetchall()))
        return [str(json.loads(row["plan"])["output_name"]) for row in rows]

    assert names() == ["a cat_4_seed-7", "a cat_4_seed-8"]
    client.patch(f"/api/jobs/{job['id']}", json={"params": {"prompt": "a dog"}})
    assert [entry.rpartition("_")[0] for entry in names()] == ["a dog_4", "a dog_4"]
    assert len(set(names())) == 2
    client.patch(f"/api/prompts/{job['id']}.2", json={"params": {"steps": 9}})
    assert names()[1] == "a dog_9"


def test_nothing_but_params_given_empty(client: httpx.Client) -> None:
    job = submit(client)
    assert client.patch(f"/api/jobs/{job['id']}", json={"params": {}}).json() == {"changed": 0, "refused": []}
