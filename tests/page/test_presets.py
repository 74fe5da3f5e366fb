"""Presets in a real browser: what a form says is kept, and another workflow starts from what fits it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.page.browsing import Guard
from tests.page.serving import Served
from tests.page.test_same_again import GRAPH, WORKFLOW
from video_queue.services.submission.presets import PresetValues

# Every field of a preset, each with something to say.
EVERYTHING: dict[str, Any] = {
    "params": {"prompt": "ink wash"}, "sweep": {"denoise": [0.35, 0.55]}, "seeds": "1..3", "resolution": "832x480",
    "flip": True, "review": True, "output_dir": "/out", "if_exists": "skip", "tags": ["night"], "priority": 3,
    "held": True, "reuse": False, "run_order": "by_phase", "note": "for Anna", "limit": 2, "not_before": "22:00",
}  # fmt: skip


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


def test_a_preset_that_is_kept_again_from_the_form_is_the_same(page: Page, server: Served) -> None:
    assert set(EVERYTHING) == set(PresetValues.model_fields)
    folder = server.home / "workflows"
    (folder / "everything.draw.api.json").write_text(GRAPH, "utf-8")
    (folder / "everything.yaml").write_text(WORKFLOW, "utf-8")
    presets = "/api/workflows/everything/presets"
    with server.client() as client:
        client.put(f"{presets}/first", json=EVERYTHING).raise_for_status()
        page.goto("/#/new/everything")
        page.get_by_label("Start from a preset").select_option("first")
        page.get_by_text("Keep as a preset").click()
        page.get_by_label("Name of the preset").fill("second")
        page.get_by_role("button", name="Keep it").click()
        expect(page.get_by_text("second is kept")).to_be_visible()
        kept = {item["name"]: item for item in client.get(presets).json()["items"]}
    assert {**kept["second"], "name": "first"} == kept["first"]
