"""Jobs over HTTP: every route, paging, actions, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.api.running import RunningApi, submit


def test_submit_job(client: httpx.Client) -> None:
    answer = client.post(
        "/api/jobs", json={"workflow": "draw", "params": {"prompt": "a dog"}, "seeds": 3, "tags": ["x"]}
    )
    assert answer.status_code == 201
    job = answer.json()
    assert (job["state"], job["counts"]["queued"], job["tags"], job["submitted_by"]) == (
        "queued",
        3,
        ["x"],
        "api",
    )
    assert client.get(f"/api/jobs/{job['id']}").json() == job
    assert {"name": "cancel", "enabled": True, "reason": ""} in job["actions"]


def test_the_same_submission_gives_the_same_job(client: httpx.Client) -> None:
    first = client.post("/api/jobs", json={"workflow": "draw"})
    second = client.post("/api/jobs", json={"workflow": "draw"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["reused"] is True
    assert second.json()["id"] == first.json()["id"]


def test_idempotency_key(client: httpx.Client) -> None:
    body = {"workflow": "draw", "idempotency_key": "k", "dedupe": False}
    first = client.post("/api/jobs", json=body)
    second = client.post("/api/jobs", json=body)
    assert (second.status_code, second.json()["id"]) == (200, first.json()["id"])


def test_an_empty_idempotency_key_is_none(client: httpx.Client) -> None:
    body = {"workflow": "draw", "idempotency_key": "", "dedupe": False}
    first, second = (client.post("/api/jobs", json=body) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


def test_a_deleted_job_lets_its_idempotency_key_go(client: httpx.Client) -> None:
    body = {"workflow": "draw", "idempotency_key": "k"}
    first = client.post("/api/jobs", json=body).json()
    for action in ("cancel", "delete"):
        client.post(f"/api/jobs/{first['id']}/actions", json={"action": action}).raise_for_status()
    second = client.post("/api/jobs", json=body)
    assert (second.status_code, second.json()["id"] == first["id"]) == (201, False)


def test_all_problems_at_once(client: httpx.Client) -> None:
    answer = client.post("/api/jobs", json={"workflow": "draw", "params": {"steps": 99, "nope": 1}})
    assert answer.status_code == 422
    error = answer.json()["error"]
    assert error["code"] == "validation"
    assert {tuple(entry["loc"]) for entry in error["details"]["problems"]} == {
        ("params", "steps"),
        ("params", "nope"),
    }
    assert client.get("/api/jobs").json()["items"] == []


def test_preview_job(client: httpx.Client) -> None:
    shown = client.post(
        "/api/jobs/preview", json={"workflow": "draw", "seeds": 4, "sweep": {"steps": [2, 3]}}
    ).json()
    assert shown["prompts"] == 8
    assert shown["problems"] == []
    assert set(shown) == {"prompts", "sample", "estimate", "problems", "warnings", "matrix"}
    assert shown["matrix"] is None
    assert set(shown["estimate"]) == {"seconds_low", "seconds_high", "bytes"}
    preview = client.post("/api/jobs/preview", json={"workflow": "draw", "params": {"steps": 99}})
    assert preview.status_code == 200
    assert [entry["loc"] for entry in preview.json()["problems"]] == [["params", "steps"]]
    assert client.get("/api/jobs").json()["items"] == []


def test_a_preview_lays_the_renders_out_as_their_job_will(client: httpx.Client) -> None:
    submission = {"workflow": "draw", "seeds": [4, 5], "sweep": {"steps": [2, 3], "prompt": ["a", "b"]}}
    preview = client.post("/api/jobs/preview?matrix=true", json=submission).json()["matrix"]
    job = client.post("/api/jobs", json=submission).json()["id"]
    matrix = client.get(f"/api/jobs/{job}/matrix").json()
    assert preview["cells"] == [cell[:4] for cell in matrix.pop("cells")]
    assert {**matrix, **preview} == matrix | {"cells": preview["cells"]}
    many = {"workflow": "draw", "seeds": 2000}
    part = client.post("/api/jobs/preview?matrix=true", json=many).json()["matrix"]
    assert (len(part["cells"]), len(part["columns"]), part["complete"]) == (600, 600, False)
    refused = client.post("/api/jobs/preview?matrix=true", json={**submission, "params": {"no": 1}}).json()
    assert refused["matrix"] is None


def test_list_jobs_pages_and_counts(client: httpx.Client) -> None:
    ids = [submit(client, name=f"job {n}")["id"] for n in range(7)]
    client.post(f"/api/jobs/{ids[0]}/actions", json={"action": "cancel"})
    for sort, expected in (("newest", ids[::-1]), ("queue", ids[1:])):
        seen: list[int] = []
        cursor = None
        while True:
            query: dict[str, Any] = {"sort": sort, "limit": 3, **({"cursor": cursor} if cursor else {})}
            page = client.get("/api/jobs", params=query).json()
            seen += [job["id"] for job in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == expected
        assert (page["counts"]["queued"], page["counts"]["cancelled"]) == (6, 1)


def test_list_jobs_filters(client: httpx.Client) -> None:
    red = submit(client, name="Red", tags=["warm"])["id"]
    blue = submit(client, name="Blue", tags=["cold"])["id"]
    client.post(f"/api/jobs/{blue}/actions", json={"action": "cancel"})

    def ids(**query: Any) -> list[int]:
        return [job["id"] for job in client.get("/api/jobs", params=query).json()["items"]]

    assert ids(tag="warm") == [red]
    assert ids(q="blu") == [blue]
    assert ids(state="cancelled") == [blue]
    assert ids(state=["cancelled", "queued"]) == [blue, red]
    assert ids(workflow="draw") == [blue, red]
    assert ids(workflow="other") == []


def test_jobs_are_filtered_by_the_words_of_the_command_line(client: httpx.Client) -> None:
    red = submit(client, name="Red", tags=["late night"])["id"]
    blue = submit(client, name="Blue", tags=["late night"])["id"]
    submit(client, name="Green")
    client.post(f"/api/jobs/{blue}/actions", json={"action": "cancel"})

    def page(**query: Any) -> tuple[list[int], int]:
        answer = client.get("/api/jobs", params=query).json()
        return [job["id"] for job in answer["items"]], sum(answer["counts"].values())

    assert page(words='tag:"late night"') == ([blue, red], 2)
    assert page(words="state:queued,running re workflow:draw") == ([3, red], 2)
    assert page(words="state:cancelled", state="queued") == ([], 1)
    assert page(words="state:cancelled") == ([blue], 1)
    refused = client.get("/api/jobs", params={"words": "sate:failed"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "validation")
    assert "state:failed" in refused.json()["error"]["hint"]


def test_a_job_names_the_chain_before_and_after_it_also_when_that_is_done(client: httpx.Client) -> None:
    cut = submit(client, name="cut")["id"]
    grade = submit(client, name="grade", after=[cut])["id"]
    sound = submit(client, name="sound", after=[cut])["id"]
    join = submit(client, name="join", after=[grade, sound])["id"]
    alone = submit(client, name="alone")["id"]
    client.post(f"/api/jobs/{cut}/actions", json={"action": "cancel"})

    def chain(job: int) -> list[tuple[int, str, list[int]]]:
        items = client.get(f"/api/jobs/{job}").json()["chain"]
        return [(item["id"], item["held_reason"] or item["state"], item["after"]) for item in items]

    whole = [
        (cut, "cancelled", []),
        (grade, "dependency", [cut]),
        (sound, "dependency", [cut]),
        (join, "queued", [grade, sound]),
    ]
    assert [chain(job) for job in (cut, grade, join)] == [whole] * 3
    assert chain(alone) == []
    for job in (grade, cut):
        client.post(f"/api/jobs/{job}/actions", json={"action": "cancel"})
        client.post(f"/api/jobs/{job}/actions", json={"action": "delete"})
    assert chain(join) == [(sound, "dependency", []), (join, "dependency", [sound])]


def test_a_cursor_of_another_list_is_refused(client: httpx.Client) -> None:
    for sort, cursor in (
        ("newest", "[0, 1.0, 1]"),
        ("queue", "12"),
        ("newest", "x"),
        ("queue", "[[0], 1, 2]"),
    ):
        answer = client.get("/api/jobs", params={"sort": sort, "cursor": cursor})
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == "validation"


def test_edit_job(client: httpx.Client) -> None:
    job = submit(client)
    changes = {"name": "New", "tags": ["a", "b"], "note": "n", "rating": 4, "priority": 3}
    edited = client.patch(f"/api/jobs/{job['id']}", json=changes).json()
    assert {name: edited[name] for name in changes} == changes
    again = client.patch(f"/api/jobs/{job['id']}", json={"rating": None}).json()
    assert (again["rating"], again["name"]) == (None, "New")
    refused = client.patch(f"/api/jobs/{job['id']}", json={"state": "succeeded"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "validation")


def test_act_on_job(client: httpx.Client) -> None:
    path = f"/api/jobs/{submit(client)['id']}/actions"
    assert client.post(path, json={"action": "hold"}).json()["held_reason"] == "user"
    assert client.post(path, json={"action": "release"}).json()["held"] is False
    assert (
        client.post(path, json={"action": "cancel", "reason": "changed my mind"}).json()["state"]
        == "cancelled"
    )
    refused = client.post(path, json={"action": "cancel"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "invalid_state")
    again = client.post(path, json={"action": "rerun"}).json()
    assert (again["state"], again["parent_id"]) == ("queued", 1)
    assert client.post(path, json={"action": "retry"}).json()["state"] == "queued"


def test_move_and_delete_job(client: httpx.Client) -> None:
    first, second, third = (submit(client, name=name)["id"] for name in "abc")

    def order() -> list[int]:
        return [job["id"] for job in client.get("/api/jobs", params={"sort": "queue"}).json()["items"]]

    client.post(f"/api/jobs/{third}/actions", json={"action": "move", "to": "top"})
    assert order() == [third, first, second]
    client.post(f"/api/jobs/{first}/actions", json={"action": "move", "after": second})
    assert order() == [third, second, first]
    client.post(f"/api/jobs/{first}/actions", json={"action": "cancel"})
    assert client.post(f"/api/jobs/{first}/actions", json={"action": "delete"}).status_code == 200
    assert client.get(f"/api/jobs/{first}").status_code == 404


def test_an_unknown_action_is_refused(client: httpx.Client) -> None:
    job = submit(client)
    for body in ({"action": "explode"}, {"action": "cancel", "when": "now"}, {}, {"action": None}):
        answer = client.post(f"/api/jobs/{job['id']}/actions", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "validation")


def test_the_words_of_the_list_select_what_is_acted_on(client: httpx.Client) -> None:
    day, first, second = (submit(client, tags=[tag])["id"] for tag in ("day", "night", "night"))
    body = {"action": "hold", "filter": {"words": "tag:night since:today state:queued", "without": [second]}}
    done = client.post("/api/actions", json=body).json()
    assert (done["done"], done["refused"]) == (1, [])
    held = {job["id"]: job["held"] for job in client.get("/api/jobs").json()["items"]}
    assert [held[number] for number in (day, first, second)] == [False, True, False]
    assert client.post("/api/undo", json={"id": done["undo"]}).json()["done"] == 1
    assert client.post("/api/undo", json={"id": done["undo"]}).status_code == 404
    assert client.get("/api/jobs", params={"words": "since:2999-01-01"}).json()["items"] == []
    assert client.get("/api/jobs", params={"since": "soon"}).status_code == 422
    assert client.get("/api/jobs/causes", params={"words": "cause:timeout"}).json()["items"] == []


def test_act_on_many(client: httpx.Client) -> None:
    a, b = submit(client, name="a")["id"], submit(client, name="b", seeds=2)["id"]
    done = client.post("/api/actions", json={"action": "cancel", "ids": [str(a), f"{b}.2", "99", "x"]}).json()
    assert done["done"] == 2
    assert [(entry["id"], entry["code"]) for entry in done["refused"]] == [
        ("99", "unknown_job"),
        ("x", "validation"),
    ]
    done = client.post("/api/actions", json={"action": "cancel", "filter": {"state": "queued"}}).json()
    assert (done["done"], done["refused"]) == (1, [])
    for body in ({"action": "cancel"}, {"action": "cancel", "ids": [], "filter": {}}):
        assert client.post("/api/actions", json=body).status_code == 422


def test_list_prompts_of_a_job(client: httpx.Client) -> None:
    job = submit(client, seeds=5, limit=2)
    path = f"/api/jobs/{job['id']}/prompts"
    page = client.get(path, params={"limit": 3}).json()
    rest = client.get(path, params={"limit": 3, "cursor": page["next_cursor"]}).json()
    prompts = page["items"] + rest["items"]
    assert [prompt["index"] for prompt in prompts] == [1, 2, 3, 4, 5]
    assert [prompt["held_reason"] for prompt in prompts] == [None, None, "pilot", "pilot", "pilot"]
    assert rest["next_cursor"] is None
    assert client.get(path, params={"state": "failed"}).json()["items"] == []
    assert client.get(path, params={"state": "odd"}).status_code == 422


def test_a_list_of_jobs_carries_no_long_lists(client: httpx.Client) -> None:
    rows = [{"prompt": f"cat {n}"} for n in range(50)]
    job = client.post("/api/jobs", json={"workflow": "draw", "rows": rows}).json()
    assert job["submission"]["rows"] == rows
    (listed,) = client.get("/api/jobs").json()["items"]
    assert listed["submission"]["rows"] == {"count": 50, "first": rows[:3]}
    assert listed | {"submission": None} == job | {"submission": None}


def test_a_brief_list_of_prompts_has_no_results_and_no_actions(api: RunningApi, client: httpx.Client) -> None:
    client.post("/api/jobs", json={"workflow": "draw", "held": True})
    api.transact(
        lambda conn: conn.execute(
            "INSERT INTO phase (prompt_id, seq, name, state, attempt, result)"
            " VALUES (1, 0, 'render', 'succeeded', 1, ?)",
            (json.dumps({"images": [{"path": f"/scratch/{n}.png"} for n in range(1000)]}),),
        )
    )
    (whole,) = client.get("/api/jobs/1/prompts").json()["items"]
    answer = client.get("/api/jobs/1/prompts", params={"brief": True})
    (brief,) = answer.json()["items"]
    assert len(whole["phases"][0]["result"]["images"]) == 1000
    whole["phases"][0]["result"], whole["actions"] = None, []
    assert brief == whole
    assert len(answer.content) < 2000


def test_the_queue_names_what_runs_briefly(api: RunningApi, client: httpx.Client) -> None:
    client.post("/api/jobs", json={"workflow": "draw", "held": True})
    result = json.dumps({"images": [{"path": f"/scratch/{n}.png"} for n in range(1000)]})
    columns = "prompt_id, seq, name, state, attempt, result"
    phase = f"INSERT INTO phase ({columns}) VALUES (1, 0, 'render', 'succeeded', 1, ?)"
    api.transact(lambda conn: conn.execute("UPDATE prompt SET state = 'running', claimed = 1"))
    api.transact(lambda conn: conn.execute(phase, (result,)))
    answer = client.get("/api/queue")
    (running,) = answer.json()["running"]
    assert (running["index"], running["state"], running["actions"]) == (1, "running", [])
    assert running["phases"][0]["result"] is None
    assert len(answer.content) < 4000


def test_job_outputs_events_and_log(client: httpx.Client) -> None:
    job = submit(client)
    base = f"/api/jobs/{job['id']}"
    assert client.get(f"{base}/outputs").json() == {"items": [], "next_cursor": None}
    events = client.get(f"{base}/events").json()
    assert [event["type"] for event in events["items"]][:1] == ["job.created"]
    last = events["items"][-1]["id"]
    assert client.get(f"{base}/events", params={"after": last}).json()["items"] == []
    log = client.get(f"{base}/log")
    assert log.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("tail", ["", "/prompts", "/outputs", "/events", "/log", "/outputs.zip"])
@pytest.mark.parametrize("id_", ["999", "0", "-1", str(2**63), str(10**29)])
def test_an_unknown_job_is_404(shared_client: httpx.Client, tail: str, id_: str) -> None:
    answer = shared_client.get(f"/api/jobs/{id_}{tail}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_job")


def test_who_submitted(api: RunningApi, client: httpx.Client) -> None:
    with api.trusted() as cli, api.client(Origin=api.url) as page:
        assert submit(cli)["submitted_by"] == "cli"
        assert submit(page)["submitted_by"] == "ui"
        assert submit(client)["submitted_by"] == "api"


def test_a_request_may_not_name_what_lies_outside_the_roots(api: RunningApi, client: httpx.Client) -> None:
    outside = api.home.parent.parent / "outside.png"
    outside.write_bytes(b"x")
    body = {"workflow": "draw", "params": {"picture": str(outside)}, "output_dir": str(outside.parent)}
    answer = client.post("/api/jobs", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "path_not_allowed")
    assert {tuple(entry["loc"]) for entry in answer.json()["error"]["details"]["problems"]} == {
        ("params", "picture"),
        ("output_dir",),
    }
    assert "vq roots add" in answer.json()["error"]["message"]
    with api.trusted() as cli:
        assert cli.post("/api/jobs", json=body).status_code == 201


def test_a_rerun_may_not_name_it_either(api: RunningApi, client: httpx.Client) -> None:
    outside = api.home.parent.parent / "outside2.png"
    outside.write_bytes(b"x")
    job = submit(client)
    body = {"action": "rerun", "params": {"picture": str(outside)}}
    answer = client.post(f"/api/jobs/{job['id']}/actions", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "path_not_allowed")
    done = client.post("/api/actions", json={**body, "ids": [str(job["id"])]}).json()
    assert [entry["code"] for entry in done["refused"]] == ["path_not_allowed"]
    with api.trusted() as cli:
        assert cli.post(f"/api/jobs/{job['id']}/actions", json=body).json()["parent_id"] == job["id"]


def test_archive(client: httpx.Client) -> None:
    kept, put_away = submit(client, name="kept")["id"], submit(client, name="away")["id"]
    path = f"/api/jobs/{put_away}/actions"
    refused = client.post(path, json={"action": "archive"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "invalid_state")
    for job in (kept, put_away):
        client.post(f"/api/jobs/{job}/actions", json={"action": "cancel"})
    assert client.post(path, json={"action": "archive"}).json()["archived"] is True

    def listed(**query: Any) -> tuple[list[int], int]:
        page = client.get("/api/jobs", params=query).json()
        return [job["id"] for job in page["items"]], page["counts"]["cancelled"]

    assert listed() == listed(workflow="draw") == ([kept], 1)
    assert listed(archived=True) == listed(archived=True, q="away") == ([put_away], 1)
    assert client.get(f"/api/jobs/{put_away}").json()["archived"] is True
    # An action on all that match does not reach what is out of sight.
    done = client.post("/api/actions", json={"action": "delete", "filter": {"state": "cancelled"}}).json()
    assert done["done"] == 1
    assert client.post(path, json={"action": "unarchive"}).json()["archived"] is False
    assert listed() == ([put_away], 1)
    # What works again is in sight again.
    client.post(path, json={"action": "archive"})
    client.post(path, json={"action": "retry"})
    page = client.get("/api/jobs").json()
    assert ([job["id"] for job in page["items"]], page["counts"]["queued"]) == ([put_away], 1)
    client.post(path, json={"action": "cancel"})
    client.post(path, json={"action": "archive"})
    client.post(path, json={"action": "delete"})
    assert listed(archived=True) == listed() == ([], 0)
