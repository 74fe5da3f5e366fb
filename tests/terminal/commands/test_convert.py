"""`vq workflow convert`: files in, files out, and what is said of those that cannot be converted."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.comfy.conversion.editor_files import INFO, node, output, socket, workflow
from video_queue.cli import run

WORKFLOW = workflow(
    [
        node(1, "Picture", ["one.png", "image"], outputs=[output("IMAGE", 5)]),
        node(2, "Save", ["clip"], inputs=[socket("images", "IMAGE", 5)], title="Keep it"),
    ],
    [[5, 1, 0, 2, 0, "IMAGE"]],
)
GRAPH = {
    "1": {"inputs": {"image": "one.png"}, "class_type": "Picture", "_meta": {"title": "Picture"}},
    "2": {
        "inputs": {"filename_prefix": "clip", "images": ["1", 0]},
        "class_type": "Save",
        "_meta": {"title": "Keep it"},
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two workflows, one that is none, and the node classes."""
    (tmp_path / "still.ui.json").write_text(json.dumps(WORKFLOW))
    (tmp_path / "clip.json").write_text(json.dumps(WORKFLOW))
    (tmp_path / "junk.json").write_text("{")
    (tmp_path / "info.json.gz").write_bytes(gzip.compress(json.dumps(INFO).encode()))
    return tmp_path


def convert(
    folder: Path, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, list[dict[str, Any]]]:
    """The exit code and the items of one call on files of the folder."""
    paths = [str(folder / word) if not word.startswith("-") else word for word in words]
    options = ["--object-info", str(folder / "info.json.gz"), "--out-dir", str(folder / "out")]
    code = run(["--home", str(folder / "home"), "--json", "workflow", "convert", *paths, *options])
    return code, json.loads(capsys.readouterr().out)["items"]


def test_each_file_becomes_one_in_api_format_by_its_name(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, items = convert(folder, capsys, "still.ui.json", "clip.json")
    assert code == 0
    assert [item["output"] for item in items] == [
        str(folder / "out" / name) for name in ("still.api.json", "clip.api.json")
    ]
    assert {path.name for path in (folder / "out").iterdir()} == {"still.api.json", "clip.api.json"}
    assert json.loads((folder / "out" / "clip.api.json").read_text()) == GRAPH


def test_what_is_no_workflow_is_named_and_the_others_are_converted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, items = convert(folder, capsys, "junk.json", "clip.json", "gone.json")
    assert code == 7
    assert [item["error"] and item["error"]["code"] for item in items] == [
        "input_unreadable",
        None,
        "input_missing",
    ]
    assert convert(folder, capsys, "gone.json")[0] == 2
    (folder / "api.json").write_text(json.dumps(GRAPH))
    assert "in API format already" in convert(folder, capsys, "api.json")[1][0]["error"]["message"]


def test_a_converted_file_is_replaced_only_with_force(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "clip.api.json").write_text("mine")
    code, items = convert(folder, capsys, "clip.json")
    assert (code, items[0]["error"]["code"]) == (6, "invalid_state")
    assert (folder / "out" / "clip.api.json").read_text() == "mine"
    assert convert(folder, capsys, "clip.json", "--force")[0] == 0
    assert json.loads((folder / "out" / "clip.api.json").read_text()) == GRAPH
    assert [path.name for path in (folder / "out").iterdir()] == ["clip.api.json"]


def test_without_a_file_of_node_classes_those_of_the_last_comfyui_are_used(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "--home",
        str(folder / "home"),
        "workflow",
        "convert",
        str(folder / "clip.json"),
        "--out-dir",
        str(folder / "out"),
    ]
    (folder / "home").mkdir()
    (folder / "home" / "vq.toml").write_text('[comfy]\nurl = "http://127.0.0.1:9"\n')
    assert run(words) == 5
    assert "--object-info" in capsys.readouterr().err
    cache = folder / "home" / "cache"
    cache.mkdir()
    (cache / "object_info.json").write_text(json.dumps(INFO))
    assert run(words) == 0
    assert capsys.readouterr().out == f"{folder / 'out' / 'clip.api.json'}\n"


def test_a_class_that_comfyui_does_not_have_is_named_with_its_node(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    strange = node(7, "Strange", [3], title="My own", inputs=[socket("size", "INT", widget=True)])
    (folder / "odd.json").write_text(json.dumps(workflow([strange])))
    code, items = convert(folder, capsys, "odd.json")
    assert code == 0
    assert [(item["node"], item["title"], item["class"]) for item in items[0]["problems"]] == [
        ("7", "My own", "Strange")
    ]
    graph = json.loads((folder / "out" / "odd.api.json").read_text())
    assert graph["7"]["inputs"] == {"size": 3}
