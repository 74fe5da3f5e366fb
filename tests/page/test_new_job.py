"""A new job in the browser: what is dropped, what is laid out, what is submitted."""

from __future__ import annotations

import base64
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.page.serving import Served

# Files as a browser hands them over when they are dropped.
_TRANSFER = """files => {
  const transfer = new DataTransfer();
  for (const { name, content, type } of files) {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  return transfer;
}"""


def drop(page: Page, where: str, *paths: Path) -> None:
    """Drop files of the disk on a part of the page."""
    kinds = {".mp4": "video/mp4", ".png": "image/png", ".json": "application/json"}
    files = [
        {
            "name": path.name,
            "content": base64.b64encode(path.read_bytes()).decode(),
            "type": kinds.get(path.suffix, ""),
        }
        for path in paths
    ]
    transfer = page.evaluate_handle(_TRANSFER, files)
    page.locator(where).first.dispatch_event("drop", {"dataTransfer": transfer})


def test_files_that_lie_on_this_disk_are_found_and_not_copied(
    page: Page, server: Served, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "phone.mp4"
    elsewhere.write_bytes((server.clips / "good.mp4").read_bytes() + b"\0")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/uploads" in request.url else None)
    page.goto("/#/new/transcode")
    expect(page.get_by_role("button", name="Submit")).to_be_visible()
    drop(page, ".drop", server.clips / "good.mp4", server.shoot / "scene.mp4")
    for path in (server.clips / "good.mp4", server.shoot / "scene.mp4"):
        expect(page.locator(".input-entry").get_by_title(str(path))).to_be_visible()
    expect(page.locator(".summary-count")).to_contain_text("2 clips")
    assert sent == []
    assert not (server.home / "uploads").exists()
    drop(page, ".drop", elsewhere)
    expect(page.locator(".input-entry").filter(has_text="uploads")).to_contain_text("phone.mp4")
    assert len(sent) == 1
