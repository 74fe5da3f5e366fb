"""`vq workflow test` and `vq workflow edit`, with an editor that is a small program."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.terminal.processes import Vq


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program as $EDITOR; write into it what it does with the file, whose path is sys.argv[1]."""
    program = tmp_path / "editor.py"
    monkeypatch.setenv("EDITOR", f'"{sys.executable}" "{program}"')
    monkeypatch.delenv("VISUAL", raising=False)
    return program


def replacing(old: str, new: str) -> str:
    path = "__import__('pathlib').Path(__import__('sys').argv[1])"
    return f"path = {path}; path.write_text(path.read_text('utf-8').replace({old!r}, {new!r}), 'utf-8')"


def test_a_workflow_is_tried_on_a_sample_without_a_server(vq: Vq) -> None:
    tried = vq("workflow", "test", "transcode")
    assert tried.code == 0
    [output] = tried.out.split()
    assert Path(output).is_file()
    assert vq("ls", "--json").json["items"][0]["tags"] == ["test"]


def test_a_workflow_is_tried_on_the_input_that_is_named(vq: Vq) -> None:
    tried = vq("workflow", "test", "transcode", "a.mp4")
    assert Path(tried.out.strip()).name == "a.mp4"
    assert vq("workflow", "test", "nope").code == 3


def test_editing_one_that_ships_makes_it_one_s_own(vq: Vq, editor: Path) -> None:
    folder = vq.home / "workflows"
    editor.write_text("pass")
    assert vq("workflow", "edit", "invert-image").code == 0
    assert not list(folder.glob("*invert-image*"))
    editor.write_text(replacing("Invert a picture", "Turn it around"))
    assert vq("workflow", "edit", "invert-image").code == 0
    assert vq("workflow", "show", "invert-image", "--json").json["title"] == "Turn it around"
    assert (folder / "invert-image.render.api.json").is_file()
    assert vq("workflow", "check", "invert-image").code == 0


def test_an_edit_that_breaks_the_file_is_kept_beside_it(vq: Vq, editor: Path) -> None:
    editor.write_text(replacing("uses: comfy", "uses: comfi"))
    refused = vq("workflow", "edit", "invert-image")
    assert refused.code == 2
    assert "line 6" in refused.err
    assert (vq.home / "workflows" / ".edited-invert-image.yaml").is_file()
    editor.write_text(replacing("uses: comfi", "uses: comfy") + "\n" + replacing("Turns", "Puts"))
    assert vq("workflow", "edit", "invert-image").code == 0
    assert vq("workflow", "show", "invert-image", "--json").json["description"].startswith("Puts")
