"""Whatever a client sends, the server answers with a refusal in the one shape or does what it says: never a 5xx."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.running import RunningApi, running_api
from video_queue.domain.actions import JOB_ACTIONS, PROMPT_ACTIONS

JSON = {"Content-Type": "application/json"}
UNHURRIED = settings(deadline=None, max_examples=200, suppress_health_check=list(HealthCheck))
# Each example is about all jobs that the other tests left.
OF_ALL_JOBS = settings(UNHURRIED, max_examples=60)

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
EXTREMES = st.sampled_from(
    [-(2**70), -(2**63), -1, 0, 1, 2**31, 2**53, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**40]
)
NUMBERS = st.integers() | EXTREMES
NAMES = ["prompt", "steps", "seed", "picture", "crf", "x"]
TEXTS = st.text(max_size=30) | st.sampled_from(
    ["", " ", "~", "~nobody/x", "/", "//", "\\\\server\\share\\a.mp4", "C:\\a.mp4", "file://host/x", "job:0", "job:1",
     "prompt:1.1", "prompt:99999999999999.1", "..", "../../../etc/passwd", "a" * 5000, "\u202e", "%00",
     "{{ input.path }}", "draw", "random", "1..4", "4..1", "0..18446744073709551615", "9" * 5000, "1x1", "0x0",
     "832x480"]
)  # fmt: skip
MOMENTS = st.datetimes().map(lambda moment: moment.isoformat()) | TEXTS | NUMBERS | st.floats()
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "inputs": st.lists(TEXTS, max_size=3) | st.lists(st.dictionaries(TEXTS, TEXTS, max_size=2), max_size=2),
    "input_dir": TEXTS,
    "recursive": st.booleans(),
    "glob": TEXTS | st.sampled_from(["**/*", "[", "[!]", "*" * 50, "(" * 30]),
    "rows": st.lists(st.dictionaries(st.sampled_from(["input", *NAMES]), ANYTHING, max_size=3), max_size=3),
    "params": st.dictionaries(st.sampled_from(NAMES), ANYTHING | NUMBERS | TEXTS, max_size=3),
    "sweep": st.dictionaries(st.sampled_from(NAMES), st.lists(ANYTHING | NUMBERS, max_size=3), max_size=2),
    "seeds": NUMBERS | TEXTS | st.lists(NUMBERS | TEXTS, max_size=3),
    "resolution": TEXTS,
    "flip": st.booleans(),
    "output_dir": TEXTS,
    "if_exists": st.sampled_from(["version", "skip", "replace"]),
    "review": st.booleans(),
    "run_order": st.sampled_from(["by_phase", "by_prompt", "other"]),
    "name": TEXTS,
    "tags": st.lists(TEXTS, max_size=3),
    "note": TEXTS,
    "priority": NUMBERS,
    "front": st.booleans(),
    "held": st.booleans(),
    "not_before": MOMENTS,
    "after": st.lists(NUMBERS, max_size=3),
    "limit": NUMBERS,
    "idempotency_key": TEXTS,
}
SUBMISSIONS = st.fixed_dictionaries(
    {
        "workflow": st.sampled_from(["draw", "draw", "transcode", "frames-to-video", "nope"]),
        "dedupe": st.booleans(),
    },
    optional=FIELDS,
)
FEW_FIELDS = st.lists(st.sampled_from(sorted(FIELDS)), max_size=4, unique=True).flatmap(
    lambda names: st.fixed_dictionaries(
        {"workflow": st.sampled_from(["draw", "transcode"]), **{n: FIELDS[n] for n in names}}
    )
)


SMALL: dict[str, Any] = {"limits.max_prompts": 50}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """A server with one job; a small limit keeps fanned-out jobs small."""
    with running_api(tmp_path_factory.mktemp("hostile") / "home", **SMALL) as api:
        with api.client() as client:
            client.post("/api/jobs", json={"workflow": "draw", "seeds": 2})
        yield api


@pytest.fixture(scope="module")
def hostile(server: RunningApi) -> Iterator[httpx.Client]:
    """Anybody."""
    with server.client() as client:
        yield client


@pytest.fixture(scope="module")
def clumsy(server: RunningApi) -> Iterator[httpx.Client]:
    """The CLI, whose paths no roots stop."""
    with server.trusted() as client:
        yield client


def assert_answered(answer: httpx.Response) -> None:
    """No failure of the server; a refusal has the one shape."""
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        error = answer.json()["error"]
        assert set(error) == {"code", "message", "hint", "details"}, answer.text
        assert error["code"] != "internal"


def send(client: httpx.Client, method: str, path: str, body: Any) -> httpx.Response:
    answer = client.request(method, path, content=json.dumps(body).encode(), headers=JSON)
    assert_answered(answer)
    return answer


@UNHURRIED
@given(FEW_FIELDS | SUBMISSIONS)
def test_submissions(hostile: httpx.Client, body: dict[str, Any]) -> None:
    send(hostile, "POST", "/api/jobs/preview", body)
    send(hostile, "POST", "/api/jobs", body)


@UNHURRIED
@given(FEW_FIELDS)
def test_submissions_of_the_cli(clumsy: httpx.Client, body: dict[str, Any]) -> None:
    """Without the folders: the CLI's are made and walked through, wherever they are."""
    kept = {name: value for name, value in body.items() if name not in ("input_dir", "output_dir")}
    send(clumsy, "POST", "/api/jobs/preview", kept)
    send(clumsy, "POST", "/api/jobs", kept)


@UNHURRIED
@given(st.binary(max_size=200))
def test_bytes(hostile: httpx.Client, body: bytes) -> None:
    assert_answered(hostile.post("/api/jobs", content=body, headers=JSON))


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "reason": TEXTS,
        "keep_work": st.booleans(),
        "failed_only": st.booleans(),
        "from_phase": TEXTS | st.just("render"),
        "params": FIELDS["params"],
        "seeds": FIELDS["seeds"],
        "new_seed": st.booleans(),
        "to": st.sampled_from(["top", "bottom", "middle"]) | NUMBERS,
        "before": NUMBERS,
        "after": NUMBERS,
        "outputs": st.booleans(),
        "items": st.lists(NUMBERS, max_size=3),
        "result": st.dictionaries(TEXTS, ANYTHING | TEXTS, max_size=2),
        "note": TEXTS,
    },
)


@UNHURRIED
@given(st.sampled_from([*JOB_ACTIONS, "archive", ""]), OPTIONS)
def test_job_actions(hostile: httpx.Client, action: str, options: dict[str, Any]) -> None:
    job = send(hostile, "POST", "/api/jobs", {"workflow": "draw", "dedupe": False}).json()
    send(hostile, "POST", f"/api/jobs/{job['id']}/actions", {"action": action, **options})
    send(hostile, "POST", f"/api/jobs/{job['id']}/actions", {"action": "cancel"})
    send(hostile, "POST", f"/api/jobs/{job['id']}/actions", {"action": action, **options})


@UNHURRIED
@given(st.sampled_from([*PROMPT_ACTIONS, "approve"]), OPTIONS)
def test_prompt_actions(hostile: httpx.Client, action: str, options: dict[str, Any]) -> None:
    job = send(hostile, "POST", "/api/jobs", {"workflow": "draw", "dedupe": False}).json()
    send(hostile, "POST", f"/api/prompts/{job['id']}.1/actions", {"action": action, **options})
    send(hostile, "POST", f"/api/prompts/{job['id']}.1/actions", {"action": "cancel"})
    send(hostile, "POST", f"/api/prompts/{job['id']}.1/actions", {"action": action, **options})


@UNHURRIED
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "name": TEXTS,
            "tags": st.lists(TEXTS, max_size=3),
            "note": TEXTS,
            "rating": NUMBERS | st.none(),
            "priority": NUMBERS,
            "params": FIELDS["params"],
        },
    )
)
def test_edits(hostile: httpx.Client, changes: dict[str, Any]) -> None:
    send(hostile, "PATCH", "/api/jobs/1", changes)
    send(hostile, "PATCH", "/api/prompts/1.1", changes)


@OF_ALL_JOBS
@given(
    st.lists(TEXTS | NUMBERS.map(str), max_size=3),
    st.fixed_dictionaries(
        {},
        optional={
            "state": st.sampled_from(["queued", "odd"]),
            "workflow": TEXTS,
            "tag": TEXTS,
            "q": TEXTS,
            "created_before": MOMENTS,
        },
    ),
)
def test_many(hostile: httpx.Client, ids: list[str], filter_: dict[str, Any]) -> None:
    send(hostile, "POST", "/api/actions", {"action": "release", "ids": ids})
    send(hostile, "POST", "/api/actions", {"action": "release", "filter": filter_})


@UNHURRIED
@given(st.sampled_from(["pause", "resume"]), MOMENTS, st.sampled_from(["now", "after_current", "x"]))
def test_queue_actions(hostile: httpx.Client, action: str, until: Any, mode: str) -> None:
    send(hostile, "POST", "/api/queue/actions", {"action": action, "until": until, "mode": mode})
    assert_answered(hostile.get("/api/queue"))


GET_ROUTES = (
    "/api/jobs",
    "/api/jobs/1",
    "/api/jobs/1/prompts",
    "/api/jobs/1/outputs",
    "/api/jobs/1/events",
    "/api/jobs/1/log",
    "/api/prompts/1",
    "/api/prompts/1/log",
    "/api/files",
    "/api/options/encoders",
    "/api/workflows/draw",
    "/api/artifacts/1",
)
QUERY = st.dictionaries(
    st.sampled_from(
        ["state", "workflow", "tag", "q", "sort", "limit", "cursor", "after", "path", "phase", "tail"]
    ),
    (TEXTS | NUMBERS.map(str)).map(lambda text: text[:3000]),
    max_size=4,
)


@UNHURRIED
@given(st.sampled_from(GET_ROUTES), QUERY)
def test_queries(hostile: httpx.Client, path: str, query: dict[str, str]) -> None:
    assert_answered(hostile.get(path, params=query))


@UNHURRIED
@given(
    st.sampled_from(
        [
            "/api/jobs/{}",
            "/api/prompts/{}",
            "/api/artifacts/{}/thumbnail",
            "/api/workflows/{}/schema",
            "/api/options/{}",
            "/api/{}",
            "/{}",
        ]
    ),
    st.text(max_size=30).map(lambda text: quote(text, safe="", errors="replace"))
    | NUMBERS.map(str)
    | st.sampled_from(
        ["%00", "..%2f..%2fetc%2fpasswd", "%ff%fe", "1.1.1", "0.0", "%2e%2e/", "//evil", ";", "?"]
    ),
)
def test_paths(hostile: httpx.Client, path: str, text: str) -> None:
    assert_answered(hostile.get(path.format(text)))


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]
)
@pytest.mark.parametrize(
    "path", ["/", "/nope", "/api", "/api/", "/api/nope", "/api/jobs", "/api/jobs/1", "/api/jobs/", "/api/ws"]
)
def test_methods(hostile: httpx.Client, method: str, path: str) -> None:
    answer = hostile.request(method, path)
    assert answer.status_code < 500
    if answer.status_code >= 400 and method != "HEAD":
        assert "error" in answer.json()


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json", "Expect": "200-ok"},
        {"Range": "bytes=" + "0-1," * 500},
        {"Cookie": "a" * 5000},
        {"Authorization": "Bearer " + "x" * 5000},
        {"Last-Event-ID": "x"},
    ],
)
def test_headers(hostile: httpx.Client, headers: dict[str, str]) -> None:
    assert_answered(
        hostile.post("/api/jobs/preview", content=b'{"workflow": "draw"}', headers={**JSON, **headers})
    )
    assert_answered(hostile.get("/api/jobs", headers=headers))
    assert_answered(
        hostile.get("/", headers=headers) if headers.get("Range") is None else hostile.get("/api/jobs")
    )
