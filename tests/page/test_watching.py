"""Watch folders and the inbox in a real browser: a folder is watched, its file is taken, and the inbox tells it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.media_clips import make_clip
from tests.page.browsing import Guard
from tests.page.serving import Served, served

_LONG = 60_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`vq serve` whose queue counts as finished as soon as it is empty."""
    home = tmp_path_factory.mktemp("watching") / "home"
    home.mkdir()
    (home / "vq.toml").write_text("notify.finished_seconds = 0.1\n")
    with served(home) as running:
        yield running


def drop(folder: Path, name: str) -> None:
    """A clip that was written long ago, as `cp -p` leaves it."""
    clip = make_clip(folder.parent / name, frames=3)
    os.utime(clip, (1e9, 1e9))
    clip.rename(folder / name)


def test_a_folder_is_watched_from_the_form_and_the_inbox_tells_what_came_of_it(
    page: Page, server: Served
) -> None:
    folder = server.shoot / "drop"
    folder.mkdir()
    page.goto("/#/watches")
    expect(page.get_by_text("No folder is watched")).to_be_visible()
    page.get_by_role("link", name="Watch a folder").click()
    page.get_by_role("link", name="Convert a video").click()
    page.get_by_label("Made for", exact=True).select_option("small")
    page.get_by_role("button", name="Watch a folder").click()
    page.get_by_label("Folder", exact=True).fill(str(folder))
    page.get_by_role("button", name="Watch this folder").click()

    part = page.get_by_role("region", name=str(folder))
    expect(part).to_contain_text("Watching")
    drop(folder, "harbour.mp4")
    part.get_by_role("button", name="Scan now").click()
    line = part.locator(".watch-file", has_text="harbour.mp4")
    expect(line).to_contain_text("Taken", timeout=_LONG)

    inbox = page.get_by_role("link", name="Inbox")
    expect(inbox).to_have_accessible_name("Inbox, 2 unread", timeout=_LONG)
    line.get_by_role("link").click()
    expect(page.get_by_role("complementary", name="Job 1")).to_contain_text("harbour.mp4")
    inbox.click()
    expect(page.locator(".inbox-line")).to_contain_text(["The queue is finished", "Finished: harbour.mp4"])
    page.get_by_role("button", name="Mark all as read").click()
    expect(inbox).to_have_accessible_name("Inbox")


def test_a_watch_is_paused_and_ended_and_a_wrong_folder_is_explained(
    watched: tuple[Page, Guard], server: Served
) -> None:
    page, guard = watched
    guard.refusal = 422
    folder = server.shoot / "paused"
    folder.mkdir()
    page.goto("/#/new/transcode")
    page.get_by_role("button", name="Watch a folder").click()
    page.get_by_label("Folder", exact=True).fill(str(folder / "nowhere"))
    page.get_by_role("button", name="Watch this folder").click()
    expect(page.get_by_role("alert")).to_contain_text("nowhere")
    page.get_by_label("Folder", exact=True).fill(str(folder))
    page.get_by_role("button", name="Watch this folder").click()

    part = page.get_by_role("region", name=str(folder))
    part.get_by_role("button", name="Actions for").click()
    page.get_by_role("menuitem", name="Pause").click()
    expect(part).to_contain_text("Paused")
    part.get_by_role("button", name="Actions for").click()
    page.get_by_role("menuitem", name="Stop watching").click()
    page.get_by_role("button", name="Stop watching").click()
    expect(part).to_have_count(0)
