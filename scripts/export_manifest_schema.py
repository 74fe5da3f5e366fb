"""Writes docs/manifest.schema.json, the JSON Schema of manifests; run it after changing `outputs/manifest.py`."""

from __future__ import annotations

import json
from pathlib import Path

from video_queue.outputs.manifest import Manifest

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "manifest.schema.json"


def schema_text() -> str:
    """The document's text."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Manifest.model_json_schema()}
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(schema_text(), "utf-8")
