"""docs/ as a site: it is built without a network, its links lead somewhere, and it loads nothing from elsewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What a browser would fetch by itself; a link that is clicked may lead anywhere.
_FETCHED = re.compile(r"""<(?:script|img|iframe|source)[^>]*\ssrc=["']?(https?:)?//|<link[^>]*rel=["']?"""
                      r"""(?:stylesheet|icon|preload|preconnect)[^>]*href=["']?(https?:)?//""")  # fmt: skip


def test_the_site_is_whole_and_fetches_nothing(tmp_path: Path) -> None:
    # Not --quiet: warnings that are not shown do not count as strict.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(tmp_path)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    pages = {path.relative_to(tmp_path).as_posix(): path.read_text() for path in tmp_path.rglob("*.html")}
    assert {"index.html", "tutorial.html", "SECURITY.html"} <= pages.keys()
    assert [name for name, text in pages.items() if _FETCHED.search(text)] == []
    assert "docs/images" not in pages["index.html"]
