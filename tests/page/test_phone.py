"""The queue at a glance on a phone: what runs, and buttons for a thumb."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.page.browsing import Guard
from tests.page.serving import Served


@pytest.fixture
def phone(browser: Browser, server: Served) -> Iterator[Page]:
    """A page in a small window under fingers, whose errors fail the test."""
    context = browser.new_context(
        base_url=server.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    guard = Guard(page, server.url)
    yield page
    context.close()
    assert not guard.errors, "\n".join(guard.errors)


def test_a_phone_shows_the_whole_header_and_buttons_for_a_thumb(phone: Page) -> None:
    phone.goto("/")
    for name, button in {
        "new job": phone.locator(".header .primary"),
        "pause": phone.get_by_role("button", name="Pause"),
    }.items():
        expect(button).to_be_visible()
        box = button.bounding_box()
        assert box
        assert box["height"] >= 40
        assert box["x"] + box["width"] <= 390 - 8, name
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
