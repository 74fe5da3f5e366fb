"""Aliases of aliases, on every way on which YAML comes in: a few hundred bytes that stand for a million values.

A million and not more: without its defence a reader would take long, and not the machine's memory.
"""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.api.running import running_api
from tests.terminal.processes import VqHere
from video_queue.domain.errors import VqError
from video_queue.media.text.styles import read_style
from video_queue.services.watch.sidecars import SidecarError, Sidecars

_LEVELS = 5
BOMB = "\n".join(
    [
        "a0: &a0 [x, x, x, x, x, x, x, x, x, x]",
        *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, _LEVELS + 1)),
    ]
)


def nested(key: str) -> str:
    """A key whose value is the bomb."""
    text, anchor = "[x, x, x, x, x, x, x, x, x, x]", ""
    lines = []
    for number in range(_LEVELS + 1):
        anchor = f"&a{number} "
        lines.append(f"- {anchor}{text}")
        text = f"[{', '.join([f'*a{number}'] * 10)}]"
    inner = "\n".join(f"  {line}" for line in lines)
    return f"{key}:\n{inner}\n"


WORKFLOW = f"""
name: bomb
inputs: {{kind: none}}
{nested("tags")}
parameters: {{t: {{type: text, default: ""}}}}
phases:
  - {{name: take, uses: media.convert, with: {{source: "{{{{ params.t }}}}"}}}}
output: {{phase: take}}
"""


def test_a_workflow_file_of_the_home_is_listed_with_its_problem(tmp_path: Path) -> None:
    with running_api(tmp_path / "home") as api, api.client() as client:
        (api.home / "workflows" / "bomb.yaml").write_text(WORKFLOW)
        answer = client.get("/api/workflows/bomb")
        assert "nested too deeply" in answer.text
        submitted = client.post("/api/jobs", json={"workflow": "bomb"})
        assert submitted.status_code == 422, submitted.text


def test_a_workflow_that_a_request_brings_is_refused(tmp_path: Path) -> None:
    with running_api(tmp_path / "home") as api, api.client() as client:
        for save in ("", "?save=bomb"):
            answer: httpx.Response = client.post(
                f"/api/workflows/import{save}", json={"draft": {"yaml": WORKFLOW}}
            )
            assert "nested too deeply" in answer.text
            assert len(answer.content) < 100_000
        assert client.get("/api/workflows/bomb").status_code == 404


@pytest.mark.parametrize("text", [BOMB, nested("submissions"), nested("name")])
def test_a_batch_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "night.yaml"
    file.write_text(text)
    done = VqHere(tmp_path / "home", tmp_path)("submit", "--batch", str(file))
    assert done.code != 0
    assert "nested too deeply" in done.err


def test_settings_beside_watched_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "_vq.yaml").write_text(nested("tags"))
    with pytest.raises(SidecarError, match="nested too deeply"):
        Sidecars(tmp_path, {"workflow": "w"}).submission_for("x.mp4")


@pytest.mark.parametrize("text", [BOMB, nested("font"), nested("size")])
def test_a_caption_style_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "loud.yaml"
    file.write_text(text)
    with pytest.raises(VqError) as refused:
        read_style(file)
    assert refused.value.code == "media_failed"
    assert len(str(refused.value)) < 1000
