"""The end of the machine's work is near: every page says so, also one that is opened later, and can prevent it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.page.serving import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`vq serve` that runs a program an hour after the work."""
    home = tmp_path_factory.mktemp("ends") / "home"
    home.mkdir()
    command = json.dumps([sys.executable, "-c", ""])
    (home / "vq.toml").write_text(
        f'when_done = "command"\nwhen_done_command = {command}\nwhen_done_seconds = 3600\n'
    )
    with served(home) as running:
        yield running


def test_a_page_that_is_opened_later_shows_the_countdown(page: Page, server: Served) -> None:
    job = server.submit(workflow="transcode", inputs=[str(server.clips / "good.mp4")])
    server.wait_for(job, "succeeded")
    strip = page.get_by_text("All is done: the command for the end starts at ")
    page.goto("/#/")
    expect(strip).to_be_visible(timeout=60_000)
    page.reload()
    expect(strip).to_be_visible()
    page.get_by_role("button", name="Stay on").click()
    expect(strip).to_have_count(0)
    page.reload()
    expect(page.get_by_role("link", name="good")).to_be_visible()
    expect(strip).to_have_count(0)
