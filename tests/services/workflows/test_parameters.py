"""A submission's values for the parameters of its workflow."""

from __future__ import annotations

from pathlib import Path

from tests.services.definitions import definition
from video_queue.services.workflows.parameters import file_problems, resolve_params


def test_resolve_params_gives_every_parameter() -> None:
    values, problems = resolve_params(definition(), {"denoise": "0.5"})
    assert problems == []
    assert values == {"prompt": "", "denoise": 0.5, "seed": "random"}


def test_resolve_params_reports_all_problems_at_once() -> None:
    parameters = {
        "prompt": {"type": "text", "required": True},
        "denoise": {"type": "float", "max": 1, "default": 0.5},
        "steps": {"type": "int", "required": True},
        "lora": {"type": "choice", "options_source": "loras", "required": False},
    }
    params = {"denois": 1, "denoise": 2, "steps": "", "lora": "anything", "zz": 1}
    values, problems = resolve_params(definition(parameters=parameters), params)
    assert [(problem.loc, problem.code) for problem in problems] == [
        (("params", "denois"), "validation"),
        (("params", "zz"), "validation"),
        (("params", "prompt"), "validation"),
        (("params", "denoise"), "validation"),
        (("params", "steps"), "validation"),
    ]
    assert "Did you mean denoise?" in problems[0].message
    assert "prompt, denoise, steps, lora" in problems[1].message
    assert values["lora"] == "anything"


def test_resolve_params_takes_blank_as_not_given() -> None:
    parameters = {
        "fps": {"type": "float", "required": False},
        "n": {"type": "int", "default": 3},
        "text": {"type": "text", "default": "hello"},
        "many": {"type": "multichoice", "options": ["a"]},
    }
    values, problems = resolve_params(definition(parameters=parameters), {"fps": "", "n": None, "text": ""})
    assert problems == []
    assert values == {"fps": None, "n": 3, "text": "", "many": []}


def test_resolve_params_does_not_miss_what_is_given_elsewhere() -> None:
    parameters = {"prompt": {"type": "text", "required": True}}
    assert resolve_params(definition(parameters=parameters), {}, elsewhere={"prompt"})[1] == []


def test_resolve_params_survives_names_that_cannot_be_written() -> None:
    (problem,) = resolve_params(definition(), {"\ud800": 1})[1]
    problem.model_dump_json()


def test_defaults_have_their_type() -> None:
    parameters = {
        "size": {"type": "size", "default": "832x480"},
        "color": {"type": "color", "default": "#F00"},
        "n": {"type": "int", "default": 2.0},
    }
    values, _ = resolve_params(definition(parameters=parameters), {})
    assert values == {"size": {"width": 832, "height": 480}, "color": "#ff0000", "n": 2}


def test_file_problems(tmp_path: Path) -> None:
    parameters = {
        "audio": {"type": "file", "required": False},
        "to": {"type": "folder", "required": False},
        "none": {"type": "file", "required": False},
    }
    workflow = definition(parameters=parameters)
    there = tmp_path / "a.wav"
    there.write_bytes(b"x")
    assert file_problems(workflow, {"audio": str(there), "to": str(tmp_path), "none": None}) == []
    mixed_up = file_problems(workflow, {"audio": str(tmp_path), "to": str(there)})
    assert [(problem.loc, problem.code) for problem in mixed_up] == [
        (("params", "audio"), "input_unreadable"),
        (("params", "to"), "input_missing"),
    ]
    gone = file_problems(workflow, {"audio": str(tmp_path / "no.wav"), "to": str(tmp_path / "no")})
    assert [problem.code for problem in gone] == ["input_missing", "input_missing"]
