"""`vq config edit` and `vq edit ID` with an editor that is a small program; for `vq edit` at a terminal of its own."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from tests.terminal.processes import Vq, command, environment
from video_queue.cli import run


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program as $EDITOR; write into it what it does with the file, whose path is sys.argv[1]."""
    program = tmp_path / "an editor.py"
    monkeypatch.setenv("EDITOR", f'"{sys.executable}" "{program}"')
    monkeypatch.delenv("VISUAL", raising=False)
    return program


def writing(text: str) -> str:
    return f"import sys; open(sys.argv[1], 'w', encoding='utf-8').write({text!r})"


def replacing(old: str, new: str) -> str:
    return (
        "import sys, pathlib\n"
        "path = pathlib.Path(sys.argv[1]); text = path.read_text('utf-8')\n"
        f"assert {old!r} in text, text\n"
        f"path.write_text(text.replace({old!r}, {new!r}), 'utf-8')\n"
    )


def test_settings_are_checked_before_they_are_taken_and_a_broken_edit_is_kept(
    editor: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    settings, kept = home / "vq.toml", home / "edited-vq.toml"

    def edit(program: str) -> tuple[int, str]:
        editor.write_text(program)
        code = run(["--home", str(home), "config", "edit"])
        return code, capsys.readouterr().err

    assert edit("pass")[0] == 0
    assert not settings.exists()
    assert edit(writing("media_jobs = 3\n"))[0] == 0
    assert settings.read_text() == "media_jobs = 3\n"
    code, err = edit(writing("media_jobs = 3\nmedia_job = 4\n"))
    assert (code, "media_jobs?" in err, f"{kept}, line 2" in err or str(kept) in err) == (2, True, True)
    assert (settings.read_text(), kept.exists()) == ("media_jobs = 3\n", True)
    assert edit(replacing("media_job = 4\n", ""))[0] == 0
    assert not kept.exists()
    code, err = edit("raise SystemExit(3)")
    assert (code, "ended with 3" in err, kept.exists()) == (2, True, False)


def test_an_editor_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "no-such-editor")
    assert run(["--home", str(tmp_path / "home"), "config", "edit"]) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_values_of_a_job_are_edited_as_yaml(vq: Vq, editor: Path) -> None:
    from tests.terminal.terminals import terminal_of

    vq("submit", "tiny", "a.mp4", "-p", "prompt=día", "-q")
    environ = {**environment(vq.home), "EDITOR": os.environ["EDITOR"], "TERM": "xterm"}

    def edit(program: str) -> tuple[int, str]:
        editor.write_text(program)
        with terminal_of(command("edit", "1"), environ) as (process, shown):
            code = process.wait(60)
        return code, shown.text

    assert vq("edit", "1").code == 2  # nobody sits there
    changed = edit(replacing("prompt: día", "prompt: noche"))
    unchanged = edit("pass")
    code, said = edit(replacing("mirror: none", "mirror: sideways"))
    assert changed == (0, "1 changed: 1 prompt(s)\n")
    assert unchanged == (0, "Nothing was changed.\n")
    assert code == 2
    kept = Path(re.sub(r"\s", "", said.partition("kept in ")[2]).rstrip("."))
    assert "mirror: sideways" in kept.read_text()
    kept.unlink()
    kept.parent.rmdir()


def test_only_what_differs_in_the_document_is_a_change() -> None:
    from video_queue.terminal.flags import edited

    job = {
        "name": "a", "tags": ["x"], "note": "", "rating": None, "priority": 0,
        "submission": {"params": {}, "sweep": {"denoise": [1, 2]}},
    }  # fmt: skip
    fields = edited.editable_job(job, {"params": {"prompt": "ä: b", "seed": 2**64 - 1, "denoise": 1}})
    assert fields["params"] == {"prompt": "ä: b", "seed": 2**64 - 1}
    text = edited.document("1", fields)
    assert edited.changes_in(text, fields) == {}
    text = text.replace("ä: b", "c").replace("rating: null", "rating: 5")
    assert edited.changes_in(text, fields) == {"rating": 5, "params": {"prompt": "c"}}
    for broken in ("- a", "name: [", "title: x", "params: 3"):
        with pytest.raises(ValueError):
            edited.changes_in(broken, fields)
    assert json.dumps(edited.changes_in("", fields)) == "{}"
