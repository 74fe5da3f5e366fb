"""Workflows with the graphs that ComfyUI's own editor made of them, from a folder outside the repository.

VQ_TEST_CONVERSION_PAIRS names it: `NAME.ui.json`, `NAME.api.json` and `object_info.json.gz`.
"""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from video_queue.comfy.conversion.convert import convert

FOLDER = os.environ.get("VQ_TEST_CONVERSION_PAIRS")


@pytest.mark.skipif(not FOLDER, reason="VQ_TEST_CONVERSION_PAIRS names no folder of pairs")
def test_every_workflow_of_the_folder_becomes_what_the_editor_made_of_it() -> None:
    folder = Path(FOLDER or "")
    info = json.loads(gzip.decompress((folder / "object_info.json.gz").read_bytes()))
    differing = []
    for expected_path in sorted(folder.glob("*.api.json")):
        workflow = json.loads(
            expected_path.with_name(expected_path.name.replace(".api.", ".ui.")).read_bytes()
        )
        if _plain(convert(workflow, info).graph, info) != _plain(
            json.loads(expected_path.read_bytes()), info
        ):
            differing.append(expected_path.name)
    assert differing == []


def _plain(graph: dict[str, Any], info: dict[str, Any]) -> dict[str, Any]:
    """Classes and inputs by node; what a class does not declare counts for nothing."""
    return {
        node_id: (
            node["class_type"],
            {name: value for name, value in node["inputs"].items() if _declared(info, node, name)},
        )
        for node_id, node in graph.items()
    }


def _declared(info: dict[str, Any], node: dict[str, Any], name: str) -> bool:
    declared = info.get(node["class_type"], {}).get("input", {})
    return any(name.split(".")[0] in declared.get(section, {}) for section in ("required", "optional"))
