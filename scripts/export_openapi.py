"""Writes docs/openapi.json, the REST interface as the server describes it, and types/api.d.ts, the same for the page.

Run it after changing a route or a model.
"""

from __future__ import annotations

import json
from pathlib import Path

from scripts import api_types
from video_queue.app import bare_app

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "openapi.json"


def main() -> None:
    text = json.dumps(bare_app().openapi(), indent=1, ensure_ascii=False, sort_keys=True)
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(text + "\n", "utf-8")
    api_types.main()


if __name__ == "__main__":
    main()
