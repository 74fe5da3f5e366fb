"""The page of a server with a token: the address with the token opens it, and it works from then on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.page.browsing import guarded_page
from tests.page.serving import Served, served

TOKEN = "open sesame"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`vq serve` with a token in its settings."""
    home = tmp_path_factory.mktemp("token") / "home"
    home.mkdir()
    (home / "vq.toml").write_text(f'[server]\ntoken = "{TOKEN}"\n', "utf-8")
    with served(home) as running:
        yield running


def test_the_address_with_the_token_opens_the_page(browser: Browser, server: Served) -> None:
    with guarded_page(browser, server.url) as (page, _):
        page.goto("/?token=open%20sesame")
        expect(page).to_have_url(re.compile(r"/(#.*)?$"))
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        page.get_by_role("link", name="New job").first.click()
        page.get_by_role("link", name="Convert a video").click()
        page.locator("input[type=file]").set_input_files(server.clips / "good.mp4")
        page.get_by_role("button", name="Submit").click()
        expect(page.locator(".standing")).to_contain_text("Done", timeout=60_000)
        page.reload()
        expect(page.get_by_role("complementary", name=re.compile("^Job "))).to_be_visible()


def test_a_browser_without_the_token_is_asked_for_it(browser: Browser, server: Served) -> None:
    with guarded_page(browser, server.url) as (page, guard):
        guard.paused = True  # every request is refused, and the browser writes that into its console
        page.goto("/?token=of+last+year")
        expect(page.get_by_role("heading", name="This server needs its token")).to_be_visible()
        expect(page.get_by_text("The server does not answer.")).to_have_count(0)
        field = page.get_by_label("Token")
        expect(field).to_be_focused()
        field.fill("open sesami")
        field.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("This is not the token")
        field.fill(TOKEN)
        field.press("Enter")
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        assert TOKEN not in page.url


def test_the_system_page_shows_the_code_that_lets_a_phone_in(browser: Browser, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "vq.toml").write_text(f'[server]\ntoken = "{TOKEN}"\nhost = "0.0.0.0"\n', "utf-8")
    with served(home) as server, guarded_page(browser, server.url) as (page, _):
        page.goto("/?token=open%20sesame")
        page.get_by_role("link", name="System").click()
        page.get_by_role("button", name="Show the QR code").click()
        code = page.get_by_alt_text("QR code that opens this page on a phone")
        expect(code).to_be_visible()
        page.wait_for_function("document.querySelector('.pairing-qr').naturalWidth > 100")
