"""What waits for a review: what it is of, its frames, its sound, and a form of it that plays."""

from __future__ import annotations

import io
import time
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.api.running import RunningApi, running_api
from tests.media_clips import codes_of, make_clip, read_code
from tests.review_workflows import SILENCES
from tests.speech_clips import GAPS, SECONDS, make_speech

_PIECES = """
inputs: {kind: video}
phases:
  - {name: cut, uses: media.split, with: {source: "{{ input.path }}", at_frame: 4}}
  - {name: look, uses: review, with: {items: "{{ phases.cut.children }}"}}
  - {name: join, uses: media.merge, with: {inputs: "{{ phases.look.approved }}"}}
output: {phase: join}
"""


@pytest.fixture(scope="module")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    """A server that works."""
    home = tmp_path_factory.mktemp("reviews") / "home"
    with running_api(home, work=True) as api:
        for name, text in (("silences", SILENCES), ("pieces", _PIECES)):
            (home / "workflows" / f"{name}.yaml").write_text(text, "utf-8")
        yield api


def at_review(api: RunningApi, workflow: str, *clips: Path) -> list[int]:
    """The prompts of a job over these, once all wait for their review."""
    with api.trusted() as client:
        body = {"workflow": workflow, "inputs": [str(clip) for clip in clips], "dedupe": False}
        job = client.post("/api/jobs", json=body).json()["id"]
        end = time.monotonic() + 60
        while True:
            prompts = client.get(f"/api/jobs/{job}/prompts").json()["items"]
            if prompts and all(prompt["state"] == "review" for prompt in prompts):
                return [prompt["id"] for prompt in prompts]
            assert time.monotonic() < end, prompts
            time.sleep(0.02)


def view_of(client: httpx.Client, prompt: int) -> dict[str, Any]:
    answer = client.get(f"/api/prompts/{prompt}/review")
    assert answer.is_success, answer.text
    view: dict[str, Any] = answer.json()
    return view


def code(answer: httpx.Response) -> tuple[int, int]:
    """The number that a picture carries, and its longest side."""
    assert answer.status_code == 200, answer.text
    with Image.open(io.BytesIO(answer.content)) as picture:
        return read_code(np.asarray(picture.convert("RGB"))), max(picture.size)


@pytest.mark.parametrize("name", ["talk.mp4", "talk.flac"])
def test_the_outline_of_a_sound_shows_its_silences_where_they_are(working: RunningApi, name: str) -> None:
    folder = working.home.parent / name.replace(".", "-")
    folder.mkdir()
    talk = make_speech(folder / name, fps=None if name.endswith("flac") else 30)
    (prompt,) = at_review(working, "silences", talk)
    with working.client() as client:
        view = view_of(client, prompt)
        assert (view["of"], view["cut"], view["source"]["name"]) == ("spans", True, name)
        assert len(view["entries"]) == len(GAPS)
        outline = client.get(f"{view['source']['url']}/peaks").json()
        again = client.get(f"{view['source']['url']}/peaks").json()
    peaks, step = np.frombuffer(b64decode(outline["peaks"]), np.uint8), outline["step"]
    assert again == outline
    assert abs(len(peaks) * step - SECONDS) < 0.1
    times = (np.arange(len(peaks)) + 0.5) * step
    silent = np.zeros(len(peaks), bool)
    for start, end in GAPS:
        silent |= (times > start + 0.04) & (times < end - 0.04)
        loud = (times > end + 0.04) & (times < end + 0.2)
        assert peaks[loud].min(initial=255) > 30 or end >= SECONDS
    assert peaks[silent].max() < 10


def test_pieces_are_seen_frame_by_frame_and_played(working: RunningApi) -> None:
    folder = working.home.parent / "pieces"
    folder.mkdir()
    first, second = at_review(
        working,
        "pieces",
        make_clip(folder / "one.mp4", 12, sound=None, size=(640, 384)),
        make_clip(folder / "two.mp4", 12, sound=None),
    )
    with working.client() as client:
        view = view_of(client, first)
        assert (view["of"], view["waiting"] >= 2, view["next"]) == ("files", True, second)
        assert [entry["file"]["frames"] for entry in view["entries"]] == [4, 8]
        assert view_of(client, second)["next"] != second
        url = view["entries"][1]["file"]["url"]
        assert code(client.get(f"{url}/picture?frame=3")) == (7, 640)
        assert code(client.get(f"{url}/picture?frame=3&small=true")) == (7, 320)
        part = client.get(f"{url}/file", headers={"Range": "bytes=0-99"})
        assert (part.status_code, part.headers["content-type"], len(part.content)) == (206, "video/mp4", 100)
        assert client.get(f"{url}/proxy").json()["state"] == "original"
        assert client.get(f"{url}/peaks").json()["error"]["code"] == "input_unreadable"
        assert client.get(f"/api/prompts/{first}/review/9/file").status_code == 404


def test_what_a_review_names_outside_is_not_shown_to_the_page(working: RunningApi) -> None:
    hidden = working.home.parent / ".hidden"
    hidden.mkdir()
    clip = make_clip(hidden / "other.mp4", 6, sound=None)
    (working.home / "workflows" / "peep.yaml").write_text(
        "inputs: {kind: none}\nphases:\n"
        f"  - {{name: look, uses: review, with: {{items: [{{path: '{clip}'}}]}}}}\n"
        "  - {name: copy, uses: media.merge, with: {inputs: '{{ phases.look.approved }}'}}\n",
        "utf-8",
    )
    (prompt,) = at_review(working, "peep")
    with working.client() as client:
        assert view_of(client, prompt)["entries"][0]["file"] is None
        for form in ("picture", "file", "peaks", "proxy"):
            answer = client.get(f"/api/prompts/{prompt}/review/1/{form}")
            assert answer.json()["error"]["code"] == "path_not_allowed"


def test_a_render_that_waits_for_no_review_says_so(working: RunningApi) -> None:
    (prompt,) = at_review(working, "pieces", working.home.parent / "pieces" / "one.mp4")
    with working.client() as client:
        done = client.post(f"/api/prompts/{prompt}/actions", json={"action": "reject"})
        assert done.is_success
        answer = client.get(f"/api/prompts/{prompt}/review")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "invalid_state")


@pytest.mark.parametrize("drawn", [[], [{"start": 0.5, "end": 1.0}]])
def test_all_silences_may_be_kept_and_others_cut_that_were_not_heard(
    working: RunningApi, drawn: list[dict[str, float]]
) -> None:
    talk = working.home.parent / "short.mp4"
    make_speech(talk, gaps=((1.0, 2.0),), seconds=3, codec="aac")
    (prompt,) = at_review(working, "silences", talk)
    body = {"action": "approve", "items": [], "result": {"approved": drawn}}
    with working.client() as client:
        assert client.post(f"/api/prompts/{prompt}/actions", json=body).is_success
        end = time.monotonic() + 60
        while (view := client.get(f"/api/prompts/{prompt}").json())["state"] != "succeeded":
            assert time.monotonic() < end, view
            time.sleep(0.02)
    gone = range(15, 30) if drawn else range(0)
    assert codes_of(Path(view["artifacts"][0]["path"])) == [code for code in range(90) if code not in gone]
