"""Headless Chromium as the tests use it: found on the machine, and a page whose errors fail the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
)
_ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
]  # fmt: skip
WIDTHS = {"wide": (1360, 850), "narrow": (390, 844)}
THEMES = ("dark", "light")
_profiles: dict[str, BrowserContext] = {}


def chromium() -> str | None:
    """The browser's path: `VQ_TEST_CHROMIUM`, else what is installed; None leaves it to Playwright's own."""
    named = os.environ.get("VQ_TEST_CHROMIUM")
    installed = (shutil.which(name) for name in _NAMES)
    placed = (place for place in _PLACES if Path(place).exists())
    return named or next((path for path in (*installed, *placed) if path), None)


def launch(playwright: Playwright) -> Browser:
    """A fresh headless browser."""
    return playwright.chromium.launch(executable_path=chromium(), args=_ARGUMENTS)


class Guard:
    """Collects the errors of a page; `errors` must be empty at the end.

    Nothing is collected while `paused` (the server is away, a tool works on the page). `refusal` is a status that a
    test is about: the browser writes every such answer into its console.
    """

    def __init__(self, page: Page, origin: str) -> None:
        self.errors: list[str] = []
        self.paused = False
        self.refusal: int | None = None
        self._origin = origin
        page.on(
            "console",
            lambda message: self._note("console", message.text, message.type in ("error", "warning")),
        )
        page.on("pageerror", lambda error: self._note("error", str(error)))
        page.on("request", lambda request: self._note("outside", request.url, not self._is_ours(request.url)))
        page.on("response", lambda answer: self._note(str(answer.status), answer.url, answer.status >= 400))
        # A player or a form that asks again drops its last request itself; any other failure is an error.
        page.on(
            "requestfailed",
            lambda request: self._note("failed", request.url, request.failure != "net::ERR_ABORTED"),
        )

    def _is_ours(self, url: str) -> bool:
        return url.startswith((self._origin, "blob:", "data:"))

    def _note(self, kind: str, text: str, is_error: bool = True) -> None:
        is_expected = self.refusal is not None and str(self.refusal) in f"{kind} {text}"
        if is_error and not self.paused and not is_expected:
            self.errors.append(f"{kind}: {text}")


@contextmanager
def guarded_page(
    browser: Browser, origin: str, *, theme: str = "dark", width: str = "wide"
) -> Iterator[tuple[Page, Guard]]:
    """A page that has nothing stored; at its end it must have no errors."""
    across, down = WIDTHS[width]
    context = _profile(browser, origin)
    page = context.new_page()
    page.set_viewport_size({"width": across, "height": down})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    context.new_cdp_session(page).send(
        "Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "cookies,local_storage,indexeddb"}
    )
    page.set_default_timeout(30_000)
    guard = Guard(page, origin)
    try:
        yield page, guard
    finally:
        page.close()
    assert not guard.errors, "\n".join(guard.errors)


def _profile(browser: Browser, origin: str) -> BrowserContext:
    """One for all pages of a server: they share the loaded and compiled files, half of what opening a page costs."""
    if _profiles.get(origin) not in browser.contexts:
        _profiles[origin] = browser.new_context(base_url=origin)
    return _profiles[origin]
