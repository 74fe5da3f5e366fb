"""Writes docs/openapi.json, the REST interface as the server describes it. Run it after changing a route or a model."""

from __future__ import annotations

import json
from pathlib import Path

from video_queue.app import bare_app

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


def main() -> None:
    text = json.dumps(bare_app().openapi(), indent=1, ensure_ascii=False, sort_keys=True)
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
