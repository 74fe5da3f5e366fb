"""From flags to a Submission."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from video_queue.domain.errors import ProblemsError, VqError
from video_queue.domain.submission import Submission
from video_queue.terminal.flags.body import build_submission, read_paths
from video_queue.terminal.flags.options import SubmissionFlags

_DEFINITION: dict[str, Any] = {
    "inputs": {"kind": "video", "per_prompt": 1},
    "parameters": {"prompt": {"type": "text"}, "denoise": {"type": "float"}, "lut": {"type": "file"}},
}
_SLOTS: dict[str, Any] = {"inputs": {"clip": {"kind": "video"}, "style": {"kind": "image"}}, "parameters": {}}


def _not_read() -> dict[str, Any]:
    raise AssertionError("nothing here depends on the definition")


def _build(
    workflow: str,
    *,
    definition: dict[str, Any] = _DEFINITION,
    preset: dict[str, Any] | None = None,
    **flags: Any,
) -> dict[str, Any]:
    submission = build_submission(lambda: definition, SubmissionFlags(workflow=workflow, **flags), preset)
    Submission.model_validate(submission)
    return submission


def test_build_submission_leaves_out_what_was_not_given() -> None:
    flags = SubmissionFlags(workflow="restyle", inputs=["/clips/a.mp4"], priority=None, held=False, name="")
    assert build_submission(_not_read, flags) == {
        "workflow": "restyle",
        "inputs": ["/clips/a.mp4"],
    }


def test_build_submission_makes_paths_absolute() -> None:
    here = Path.cwd()
    submission = _build(
        "restyle",
        inputs=["a.mp4", "job:12", "prompt:12.3"],
        param=["lut=warm.cube", "prompt=a.mp4"],
        input_dir=Path("in"),
        output_dir=Path("~/out"),
    )
    assert submission == {
        "workflow": "restyle",
        "inputs": [str(here / "a.mp4"), "job:12", "prompt:12.3"],
        "params": {"lut": str(here / "warm.cube"), "prompt": "a.mp4"},
        "input_dir": str(here / "in"),
        "output_dir": str(Path.home() / "out"),
    }


def test_build_submission_takes_every_form_of_a_sweep(tmp_path: Path) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("one, two\nthree\n")
    submission = _build("restyle", sweep=["denoise=0.3,0.5", f"prompt=@{texts}"], seeds="1..4")
    assert submission["sweep"] == {"denoise": ["0.3", "0.5"], "prompt": ["one, two", "three"]}
    assert submission["seeds"] == "1..4"
    assert _build("restyle", sweep=['prompt=["a, b", "c"]'])["sweep"] == {"prompt": ["a, b", "c"]}


def test_build_submission_refuses_a_comma_list_for_a_text() -> None:
    with pytest.raises(ProblemsError) as refused:
        _build("restyle", sweep=["prompt=rain, snow"])
    (problem,) = refused.value.problems
    assert problem.loc == ("sweep", "prompt")
    assert "prompt=[" in problem.message
    assert "@" in problem.message


def test_build_submission_knows_slots() -> None:
    words = ["clip=/a.mp4", "clip=/b.mp4", "style=/s.png"]
    assert _build("mix", inputs=words, definition=_SLOTS)["inputs"] == {
        "clip": ["/a.mp4", "/b.mp4"],
        "style": ["/s.png"],
    }
    assert _build("restyle", inputs=["clip=1.mp4"])["inputs"] == [str(Path.cwd() / "clip=1.mp4")]


def test_build_submission_splits_tags_and_jobs() -> None:
    submission = _build("restyle", tag=["a,b", "c"], after=["3", "4,5"])
    assert (submission["tags"], submission["after"]) == (["a", "b", "c"], [3, 4, 5])
    with pytest.raises(VqError):
        _build("restyle", after=["3.1"])


def test_build_submission_reads_rows(tmp_path: Path) -> None:
    table = tmp_path / "shots.csv"
    table.write_text("input,prompt,lut\n/a.mp4,rain,warm.cube\n")
    submission = _build("restyle", rows=table)
    assert submission["rows"] == [{"input": "/a.mp4", "prompt": "rain", "lut": str(Path.cwd() / "warm.cube")}]
    assert "inputs" not in submission


@pytest.mark.parametrize("content", [b"a.mp4\nb c.mp4\n\n", b"a.mp4\0b c.mp4\0"])
def test_read_paths_takes_lines_or_nuls(content: bytes) -> None:
    assert read_paths(io.BytesIO(content)) == ["a.mp4", "b c.mp4"]


def test_flags_win_over_the_preset() -> None:
    preset = {
        "name": "night", "workflow": "restyle", "params": {"prompt": "night", "denoise": 0.3}, "seeds": 4,
        "sweep": {"lut": ["/a"]}, "resolution": "832x480", "flip": True, "review": False,
    }  # fmt: skip
    submission = _build("restyle", param=["prompt=day"], sweep=["denoise=0.1,0.2"], seeds="2", preset=preset)
    assert submission["params"] == {"prompt": "day"}
    assert {name: len(values) for name, values in submission["sweep"].items()} == {"lut": 1, "denoise": 2}
    assert (submission["seeds"], submission["resolution"], submission["flip"]) == (2, "832x480", True)
    assert "review" not in submission
    assert "name" not in submission
