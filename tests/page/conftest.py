"""The page under test: one server and one browser for each file, a page of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.page.browsing import Guard, guarded_page, launch
from tests.page.serving import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`vq serve` on a fresh home."""
    with served(tmp_path_factory.mktemp("page") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    with sync_playwright() as playwright:
        started = launch(playwright)
        yield started
        started.close()


@pytest.fixture
def watched(browser: Browser, server: Served) -> Iterator[tuple[Page, Guard]]:
    """A page and the collected errors of it."""
    with guarded_page(browser, server.url) as pair:
        yield pair


@pytest.fixture
def page(watched: tuple[Page, Guard]) -> Page:
    """A page whose errors fail the test."""
    return watched[0]
