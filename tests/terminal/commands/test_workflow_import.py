"""`vq workflow import`: with and without a server, from a file or from a pipe."""

from __future__ import annotations

import json
from pathlib import Path

from tests.graphs import text_to_image
from tests.terminal.processes import Vq


def test_a_graph_becomes_a_workflow_without_a_server(vq: Vq, tmp_path: Path) -> None:
    path = tmp_path / "cat.json"
    path.write_text(json.dumps(text_to_image()))
    printed = vq("workflow", "import", str(path))
    assert printed.code == 0
    assert "prompt:" in printed.out
    saved = vq("workflow", "import", str(path), "--save", "cat")
    assert saved.out.strip().endswith("cat.yaml")
    assert vq("workflow", "check", "cat").code == 0
    assert vq("workflow", "import", str(path), "--save", "cat").code == 6
    assert vq("workflow", "import", str(path), "--save", "cat", "--force", "--json").json["name"] == "cat"
    assert vq("workflow", "import", str(tmp_path / "missing.json")).code == 2


def test_a_graph_in_the_home_gets_its_workflow_file(vq: Vq) -> None:
    folder = vq.home / "workflows"
    (folder / "portrait.api.json").write_text(json.dumps(text_to_image()))
    assert "portrait.api.json" in vq("workflow", "ls").out
    assert "vq workflow new" in vq("workflow", "check", "portrait.api.json").out
    assert vq("workflow", "new", str(folder / "portrait.api.json")).code == 0
    assert "portrait.api.json" not in vq("workflow", "ls").out
    assert vq("workflow", "check", "portrait").code == 0
