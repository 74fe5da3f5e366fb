"""Errors name flags as they are typed."""

from __future__ import annotations

import pytest

from video_queue.cli import run
from video_queue.terminal.field_names import as_typed, flag_of


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Name files, or a folder with input_dir.", "Name files, or a folder with --input-dir."),
        ("existing=skip or existing=take", "--existing skip or --existing take"),
        (
            "/clips/input_dir/a.mp4 and comfy.input_dir stay",
            "/clips/input_dir/a.mp4 and comfy.input_dir stay",
        ),
        (
            "the request body is not valid: params.a: Wrong. See the schema at /api/openapi.json.",
            "-p a: Wrong",
        ),
    ],
)
def test_fields_in_texts(text: str, typed: str) -> None:
    assert as_typed(text) == typed


def test_places_of_problems() -> None:
    places: list[list[str | int]] = [["if_exists"], ["sweep", "denoise", 0], ["submission", "tags"]]
    assert [flag_of(place) for place in places] == ["--if-exists", "--sweep denoise 0", "--tag"]
    assert [flag_of(place) for place in (["server", "port"], [])] == ["server.port", ""]


def test_a_refusal_names_flags_for_people_and_fields_for_programs(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--home", f"{tmp_path}/home", "submit", "transcode", "--if-exists", "replace", "--limit", "0"]
    assert run(words) == 2
    shown = capsys.readouterr().err
    assert "--if-exists: " in shown
    assert "--limit: " in shown
    assert "if_exists" not in shown
    assert "request body" not in shown
    assert run([*words, "--json"]) == 2
    assert '"loc": ["if_exists"]' in capsys.readouterr().out
