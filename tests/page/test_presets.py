"""Presets in a real browser: what a form says is kept, and another workflow starts from what fits it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.page.browsing import Guard
from tests.page.serving import Served


def test_a_preset_is_kept_in_one_form_and_used_in_another(
    watched: tuple[Page, Guard], server: Served
) -> None:
    page, guard = watched
    page.goto("/#/new/transcode")
    page.get_by_label("Made for", exact=True).select_option("small")
    page.get_by_text("When and where").click()
    page.get_by_label("Priority").fill("7")
    page.get_by_text("Keep as a preset").click()
    page.get_by_label("Name of the preset").fill("a/b")
    guard.refusal = 422
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("cannot be a preset's name")).to_be_visible()
    guard.refusal = None
    page.get_by_label("Name of the preset").fill("night")
    page.get_by_label("For all workflows that take it").check()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("night is kept")).to_be_visible()

    page.goto("/#/new/video-to-frames")
    page.get_by_label("Start from a preset").select_option("night")
    expect(page.get_by_text("Not taken here: preset")).to_be_visible()
    page.get_by_text("When and where").click()
    expect(page.get_by_label("Priority")).to_have_value("7")

    page.goto("/#/new/transcode")
    page.reload()
    expect(page.get_by_label("Made for", exact=True)).not_to_have_value("small")
    page.get_by_label("Start from a preset").select_option("night")
    expect(page.get_by_label("Made for", exact=True)).to_have_value("small")
    with server.client() as client:
        [kept] = client.get("/api/presets").json()["items"]
    assert (kept["params"], kept["priority"]) == ({"preset": "small"}, 7)

    def names() -> list[str]:
        with server.client() as client:
            return [preset["name"] for preset in client.get("/api/presets").json()["items"]]

    page.get_by_role("button", name="Remove night").click()
    expect(page.get_by_label("Start from a preset")).to_have_count(0)
    assert names() == []
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Start from a preset")).to_be_visible()
    assert names() == ["night"]
