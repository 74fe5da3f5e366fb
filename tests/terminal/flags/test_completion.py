"""What Tab offers, asked for as zsh asks: https://typer.tiangolo.com/tutorial/options-autocompletion/"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.terminal.processes import make_home
from video_queue.cli import run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, clips: Path) -> Path:
    """A home with a held job with a tag, a copy of its database, and a preset."""
    home = make_home(tmp_path_factory.mktemp("tab") / "home")
    words = ["submit", "tiny", str(clips / "a.mp4"), "--tag", "hero", "--held"]
    assert run(["--home", str(home), *words]) == 0
    assert run(["--home", str(home), "db", "backup"]) == 0
    preset = home / "presets" / "tiny" / "night.json"
    preset.parent.mkdir(parents=True)
    preset.write_text('{"params": {"prompt": "night"}}')
    return home


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("submit ti", ["tiny"]),
        ("submit tiny -p ", ["prompt=", "mirror=", "seed="]),
        ("submit tiny -p mirror=v", ["mirror=vertical"]),
        ("submit tiny --preset ni", ["night"]),
        ("submit tiny --if-exists ", ["version", "skip"]),
        ("show ", ["1"]),
        ("cancel ", ["1"]),
        ("edit 1 -p mi", ["mirror="]),
        ("retry 1 --from-phase ", ["convert"]),
        ("ls --state f", ["failed"]),
        ("ls --tag ", ["hero"]),
        ("ls state:suc", ["state:succeeded"]),
        ("workflow show cu", ["cut"]),
        ("config comfy.u", ["comfy.url"]),
        ("clean --kind t", ["thumbnails"]),
        ("watch add /x -w cu", ["cut"]),
        ("submit nope -p ", []),
    ],
)
def test_tab_offers(
    words: str,
    offered: list[str],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert offers(f"--home {home} {words}", monkeypatch, capsys) == offered


def test_tab_offers_the_copies_of_the_database(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy,) = home.joinpath("backups").iterdir()
    assert offers(f"--home {home} db restore ", monkeypatch, capsys) == [copy.name]


def offers(words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    monkeypatch.setenv("_VQ_COMPLETE", "complete_zsh")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", f"vq {words}")
    with pytest.raises(SystemExit):
        run([])
    offered = re.findall(r'(?:^|\(\()"([^"]+)"', capsys.readouterr().out, re.MULTILINE)
    return [word.replace("\\", "") for word in offered]
