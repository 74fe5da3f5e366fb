"""The page as an app of its own: what a browser needs for that, without a service worker that could serve old files."""

from __future__ import annotations

import io
import json

import httpx
from PIL import Image
from playwright.sync_api import Page

from tests.page.serving import Served


def test_the_browser_offers_to_install_the_page(page: Page) -> None:
    page.goto("/")
    debugger = page.context.new_cdp_session(page)
    errors = debugger.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A test's profile counts as a private window, which installs nothing.
    assert [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []
    manifest = debugger.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert json.loads(manifest["data"])["display"] == "standalone"
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0


def test_the_manifest_names_icons_that_are_there(server: Served) -> None:
    with httpx.Client(base_url=server.url) as client:
        answer = client.get("/app.webmanifest")
        assert answer.headers["content-type"] == "application/manifest+json"
        assert "manifest-src 'self'" in client.get("/").headers["content-security-policy"]
        for icon in answer.json()["icons"]:
            file = client.get(icon["src"])
            assert file.headers["content-type"] == icon["type"]
            if icon["type"] == "image/png":
                width, height = Image.open(io.BytesIO(file.content)).size
                assert f"{width}x{height}" == icon["sizes"]
