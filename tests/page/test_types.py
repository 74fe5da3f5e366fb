"""The page and the interface say the same: its modules are checked against types written from docs/openapi.json.

`deno check` is TypeScript's own check; it comes with the package `deno` of the extra `test` and needs no network.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.api_types import DOCUMENT, ROOT, TARGET, render

STATIC = Path("video_queue", "static")
SPECIMEN = Path("tests", "page", "specimen")
# A field of what is read first, of a render, of a watch and of a body; then a route.
RENAMED = (("Job", "eta_range"), ("Prompt", "phases"), ("Watch", "submission"), ("JobAction", "action"))
GONE = "/api/queue"


def test_the_types_are_those_of_the_interface() -> None:
    assert TARGET.read_text("utf-8") == render(_document()), "run: python -m scripts.export_openapi"


def test_the_page_uses_what_the_interface_has(tmp_path: Path) -> None:
    checked = _check(ROOT, tmp_path)
    assert checked.returncode == 0, checked.stderr


def test_what_the_interface_no_longer_has_is_found_in_the_page(tmp_path: Path) -> None:
    document = _document()
    for model, field in RENAMED:
        properties = document["components"]["schemas"][model]["properties"]
        properties[f"{field}_renamed"] = properties.pop(field)
    del document["paths"][GONE]["get"]
    for folder in (Path("types"), STATIC):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "types" / "api.d.ts").write_text(render(document), "utf-8")
    checked = _check(tmp_path, tmp_path)
    assert checked.returncode == 1
    missed = {field for _, field in RENAMED if not re.search(rf"'{field}' does not exist", checked.stderr)}
    assert missed == set()
    assert "state/store.js" in checked.stderr


def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(DOCUMENT.read_text("utf-8"))
    return document


def _check(root: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    """Check all modules of the page that lies in `root`, and of its specimen."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    deno = shutil.which("deno", path=places)
    if deno is None:
        pytest.skip("deno is not installed: pip install 'deno>=2.5', or python3 run.py test")
    modules = sorted(
        path.relative_to(root)
        for folder in (STATIC, SPECIMEN)
        for path in (root / folder).rglob("*.js")
        if "vendor" not in path.parts
    )
    return subprocess.run(
        [deno, "check", "--quiet", "--no-remote", "--config", "types/deno.json", *map(str, modules)],
        cwd=root,
        env={**os.environ, "DENO_DIR": str(cache / "deno"), "DENO_NO_UPDATE_CHECK": "1", "NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
