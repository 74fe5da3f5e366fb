"""The page without a pointer: where the focus is, how one moves along and across the list, and what is said aloud."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.page.browsing import guarded_page
from tests.page.checks import serious
from tests.page.serving import Served


def submit(server: Served, name: str, *, held: bool = True) -> int:
    clip = str(server.clips / "good.mp4")
    return server.submit(
        workflow="transcode", inputs=[clip], params={"preset": "small"}, name=name, held=held
    )


def test_a_day_at_the_keyboard(page: Page, server: Served) -> None:
    first, second = submit(server, "One"), submit(server, "Two")
    page.goto("/")
    name = {number: page.locator(f'[data-job="{number}"] .job-name') for number in (first, second)}
    expect(name[first]).to_be_visible()
    page.keyboard.press("w")
    expect(page.get_by_role("heading", name="Workflows", level=1)).to_be_focused()
    page.keyboard.press("q")
    expect(page.get_by_role("heading", name="Queue", level=1)).to_be_focused()
    page.keyboard.press("j")
    expect(name[second]).to_be_focused()  # the newest of what needs the artist
    # One stop of Tab leads into the list, arrows lead on.
    assert page.locator('.windowed .job-name[tabindex="0"]').count() == 1
    page.keyboard.press("ArrowDown")
    expect(name[first]).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="What to do with One")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator(f'[data-job="{first}"] .cell')).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("checkbox", name="Select Two")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.get_by_role("gridcell", selected=True)).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("toolbar", name="What is selected")).to_contain_text("2 jobs selected")
    page.keyboard.press("c")
    expect(page.get_by_text("Cancelled 2 jobs")).to_be_visible()
    page.keyboard.press("u")
    expect(page.locator(f'[data-job="{second}"]')).to_contain_text("On hold")
    expect(page.locator(f'[data-job="{first}"]')).to_contain_text("On hold")
    name[first].focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary").get_by_role("heading", name="One")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary")).to_have_count(0)
    expect(name[first]).to_be_focused()


def test_a_failure_is_said(page: Page, server: Served) -> None:
    page.goto("/")
    expect(page.locator(".queue")).to_be_visible()
    expect(page.locator("body > [role=status]")).to_be_attached()
    job = server.submit(
        workflow="transcode", inputs=[str(server.mixed / "fine.mp4")], name="Will fail", held=True
    )
    (server.mixed / "fine.mp4").unlink()
    with server.client() as client:
        client.post(f"/api/jobs/{job}/actions", json={"action": "release"})
    server.wait_for(job, "failed")
    expect(page.locator("body > [role=status]")).to_contain_text("Will fail")


def test_the_systems_own_colours_and_more_contrast_show_what_is_selected(
    browser: Browser, server: Served
) -> None:
    job = submit(server, "Selected")
    with guarded_page(browser, server.url) as (page, guard):
        page.goto("/")
        page.locator(f'[data-job="{job}"] .pick').click()
        page.emulate_media(forced_colors="active")
        style = "row => getComputedStyle(row).outlineStyle"
        assert page.locator(f'[data-job="{job}"]').evaluate(style) == "solid"
        page.emulate_media(forced_colors="none", contrast="more")
        assert serious(page, guard) == []


def test_workflows_that_were_used_last_stand_first_and_broken_ones_are_folded(
    page: Page, server: Served
) -> None:
    server.wait_for(submit(server, "Used", held=False), "succeeded")
    folder = server.home / "workflows"
    folder.mkdir(exist_ok=True)
    (folder / "broken.yaml").write_text("name: broken\nphases: []\n")
    page.goto("/#/workflows")
    first = page.locator("[data-workflow]").first
    expect(first).to_have_attribute("data-workflow", "transcode")
    expect(first.get_by_role("link", name=re.compile("^Before and after: "))).to_be_visible()
    expect(first.locator(".workflow-picture img")).to_have_count(2)
    page.get_by_text("1 workflow cannot be used").click()
    expect(page.locator(".broken-workflows")).to_contain_text("broken")
