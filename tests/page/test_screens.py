"""Every screen in both themes and two widths: no serious axe findings, nothing wider than the window, and a picture.

The pictures are kept in pytest's folder of the run; `scripts/screenshots.py` makes those of the docs.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.page.browsing import THEMES, WIDTHS, guarded_page
from tests.page.checks import serious
from tests.page.serving import Served

SCREENS = {
    "queue": ("/#/queue", ".cell img"),
    "job": ("/#/jobs/{partial}", ".error-card"),
    "new": ("/#/new", ".card"),
    "form": ("/#/new/transcode", ".field"),
    "folders": ("/#/new/frames-to-video", ".field"),
    "workflows": ("/#/workflows", ".workflow-line"),
    "watches": ("/#/watches", ".watch-file"),
    "inbox": ("/#/inbox", ".inbox-line"),
    "system": ("/#/system", ".check-line"),
}


@pytest.fixture(scope="module")
def partial(server: Served) -> int:
    """A job that failed in part, among others that are held and done."""
    job = server.submit(
        workflow="transcode", input_dir=str(server.mixed), params={"preset": "small"}, tags=["try"]
    )
    server.submit(workflow="transcode", inputs=[str(server.clips / "good.mp4")], held=True, priority=2)
    sheet = server.submit(workflow="contact-sheet", inputs=[str(server.clips / "other.mp4")], name="A sheet")
    watch = {"path": str(server.shoot), "submission": {"workflow": "transcode"}, "existing": "skip"}
    with server.client() as client:
        assert client.post("/api/watches", json=watch).is_success
    server.wait_for(job, "partial")
    server.wait_for(sheet, "succeeded")
    return job


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("screen", SCREENS)
def test_screen(
    browser: Browser, server: Served, partial: int, tmp_path: Path, screen: str, theme: str, width: str
) -> None:
    address, sign = SCREENS[screen]
    with guarded_page(browser, server.url, theme=theme, width=width) as (page, guard):
        page.goto(address.format(partial=partial))
        expect(page.locator(sign).first).to_be_visible()
        assert serious(page, guard) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.screenshot(path=tmp_path / f"{screen}-{theme}-{width}.png", full_page=True)


@pytest.mark.parametrize("theme", THEMES)
def test_what_floats(browser: Browser, server: Served, partial: int, theme: str) -> None:
    with guarded_page(browser, server.url, theme=theme) as (page, guard):
        page.goto("/#/queue")
        page.locator(f'[data-job="{partial}"] .menu-anchor button').click()
        assert serious(page, guard) == []
        page.keyboard.press("Escape")
        page.locator(f'[data-job="{partial}"] .pick').click()
        expect(page.get_by_role("toolbar", name="What is selected")).to_be_visible()
        assert serious(page, guard) == []
        page.keyboard.press("/")
        expect(page.get_by_role("option").first).to_be_visible()
        assert serious(page, guard) == []
        page.locator("#filter").blur()
        page.keyboard.press("1")
        page.locator(f'[data-job="{partial}"] .expander').click()
        expect(page.locator(".render-row").first).to_be_visible()
        assert serious(page, guard) == []
        page.keyboard.press("?")
        assert serious(page, guard) == []


def test_the_toggle_changes_the_theme_and_it_stays(browser: Browser, server: Served) -> None:
    with guarded_page(browser, server.url, theme="dark") as (page, _):
        page.goto("/")
        dark = ground(page)
        page.get_by_role("button", name="Use the light theme").click()
        light = ground(page)
        assert light != dark
        page.reload()
        assert ground(page) == light


def ground(page: Page) -> Any:
    """The colour behind everything."""
    return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


def test_a_gif_moves_where_its_job_is_shown(browser: Browser, server: Served) -> None:
    job = server.submit(
        workflow="moving-picture", inputs=[str(server.clips / "good.mp4")], params={"width": 64}
    )
    server.wait_for(job, "succeeded")
    with guarded_page(browser, server.url) as (page, _):
        page.goto(f"/#/jobs/{job}")
        picture = page.locator(".stage img")
        expect(picture).to_have_attribute("alt", "good.gif")
        expect(picture).to_have_attribute("src", re.compile(r"/api/artifacts/\d+$"))
        expect(page.get_by_text("cannot play it")).to_have_count(0)
