"""`vq config edit` and `vq edit ID` with an editor that is a small program; for `vq edit` at a terminal of its own."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from tests.terminal.processes import Vq
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


@contextmanager
def a_terminal() -> Iterator[TextIO]:
    """The end of a pseudo terminal that a program reads."""
    import pty

    own, its = pty.openpty()
    try:
        with os.fdopen(its) as stream:
            yield stream
    finally:
        os.close(own)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_values_of_a_job_are_edited_as_yaml(
    vq: Vq, editor: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(vq.home)]
    assert run([*home, "submit", "tiny", str(vq.cwd / "a.mp4"), "-p", "prompt=día", "-q"]) == 0

    def edit(program: str) -> tuple[int, str, str]:
        editor.write_text(program)
        capsys.readouterr()
        return run([*home, "edit", "1"]), *capsys.readouterr()

    assert edit("pass")[0] == 2  # nobody sits there
    with a_terminal() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        changed = edit(replacing("prompt: día", "prompt: noche"))
        unchanged = edit("pass")
        code, _, err = edit(replacing("mirror: none", "mirror: sideways"))
    assert changed == (0, "1 changed: 1 prompt(s)\n", "")
    assert unchanged == (0, "", "Nothing was changed.\n")
    assert code == 2
    kept = Path(err.partition("kept in ")[2].splitlines()[0].rstrip("."))
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
