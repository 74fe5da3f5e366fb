"""Pages of the site that lie beside docs/: the README is its home. MkDocs calls these functions (see mkdocs.yml)."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
_PAGES = {
    "README.md": "index.md",
    **{name: name for name in ("SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")},
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the repository's own folder, their links as seen from docs/."""
    for source, name in _PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Links to the repository's own folder lead to its pages; what is no page stays a name."""
    return markdown.replace("](../", "](").replace("](README.md", "](index.md")
