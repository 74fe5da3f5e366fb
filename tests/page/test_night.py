"""The morning after: a page that opens on what the night made, whatever happened to the server meanwhile."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.media_clips import make_clip
from tests.page.browsing import Guard, guarded_page
from tests.page.checks import serious
from tests.page.serving import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A night: the page was left, some renders were made, two files were broken, and the server was killed between."""
    with served(tmp_path_factory.mktemp("night") / "home") as running:
        with running.client() as client:
            assert client.post("/api/report/visit", json={}).json() == {"away_since": None, "ended": 0}
        clips = [str(make_clip(running.clips / f"take_{n}.mp4", 24)) for n in range(3)]
        whole = [running.submit(workflow="transcode", inputs=[clip]) for clip in clips]
        broken = [running.submit(workflow="transcode", input_dir=str(running.mixed)) for _ in range(2)]
        for job in whole:
            running.wait_for(job, "succeeded")
        for job in broken:
            running.wait_for(job, "partial")
        sweep = {"crf": [20, 21]}
        long = running.submit(workflow="transcode", inputs=clips, sweep=sweep, name="All night")
        running.wait_for(long, "running")
        running.kill()
        _set_back(running.home, "8 hours")
        running.start()
        running.wait_for(long, "succeeded")
        yield running


def _set_back(home: Path, hours: str) -> None:
    """Let the page be left so long ago."""
    with closing(sqlite3.connect(home / "vq.db")) as conn, conn:
        moment = "strftime('%Y-%m-%dT%H:%M:%fZ', seen_at, '-' || ?)"
        conn.execute(f"UPDATE visit SET seen_at = {moment}", (hours,))


def test_the_page_opens_on_the_night_and_all_of_one_cause_is_retried_by_one_click(
    page: Page, server: Served
) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="11 renders while you were away")).to_be_visible()
    assert page.url.endswith("#/night")
    needs = page.get_by_role("region", name="Needs you")
    expect(needs.locator(".need")).to_have_count(1)
    for path in server.mixed.glob("junk.mp4"):
        make_clip(path, 12, sound=None)
    needs.get_by_role("button", name="Retry all 2").click()
    expect(page.get_by_text("Trying 2 renders again")).to_be_visible()
    expect(page.get_by_role("heading", name="13 renders while you were away")).to_be_visible()
    expect(needs).to_have_count(0)


def test_new_outputs_are_walked_through_by_key_and_stay_seen(page: Page) -> None:
    page.goto("/#/night")
    tiles = page.locator(".tile")
    expect(tiles).to_have_count(6)
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(0)).to_be_focused()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(tiles.nth(3)).to_be_focused()
    expect(page.locator(".tile[data-seen]")).to_have_count(3)
    page.reload()
    expect(page.locator(".tile[data-seen]")).to_have_count(3)
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(3)).to_be_focused()  # on from where one was
    page.keyboard.press("Enter")
    expect(page.locator("aside.viewer h1")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".tile[data-seen]")).to_have_count(4)
    page.get_by_role("button", name="Mark all as seen").click()
    expect(page.locator(".tile[data-seen]")).to_have_count(6)


def test_what_stands_in_the_way_tonight_goes_by_its_button(page: Page, server: Served) -> None:
    clip = str(server.clips / "take_0.mp4")
    with server.client() as client:
        assert client.post("/api/queue/actions", json={"action": "pause"}).is_success
    job = server.submit(workflow="transcode", inputs=[clip], held=True, name="With the client")
    page.goto("/#/night")
    page.get_by_role("link", name="Tonight").click()
    obstacles = page.get_by_role("region", name="In the way").locator(".need")
    expect(obstacles).to_have_count(2)
    obstacles.filter(has_text="With the client").get_by_role("button", name="Release").click()
    expect(obstacles).to_have_count(1)
    expect(page.get_by_role("heading", name=re.compile("About .* of work"))).to_be_visible()
    page.locator(".toast", has_text="Released").get_by_role("button", name="Undo").click()
    expect(obstacles).to_have_count(2)
    obstacles.filter(has_text="With the client").get_by_role("button", name="Release").click()
    expect(obstacles).to_have_count(1)
    obstacles.get_by_role("button", name="Resume").click()
    expect(
        page.locator(".toast", has_text="The queue goes on").get_by_role("button", name="Undo")
    ).to_be_visible()
    expect(page.get_by_text("Nothing stands in the way")).to_be_visible()
    server.wait_for(job, "succeeded")
    expect(page.get_by_role("heading", name="Nothing waits to be done")).to_be_visible()


def test_this_browser_tells_of_an_end_only_after_a_button_was_pressed(page: Page, server: Served) -> None:
    page.context.grant_permissions(["notifications"], origin=server.url)
    page.add_init_script(
        "window.told = []; window.Notification = new Proxy(Notification, {construct: (real, words) =>"
        " (told.push(words[0]), Reflect.construct(real, words))});"
        "Object.defineProperty(document, 'hasFocus', {value: () => false});"
    )
    page.goto("/#/inbox")
    button = page.get_by_role("button", name="Notify in this browser")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Play a sound").click()
    server.wait_for(
        server.submit(workflow="transcode", inputs=[str(server.clips / "good.mp4")], name="Told"), "succeeded"
    )
    page.wait_for_function("() => told.includes('Finished: Told')")


def test_the_icon_of_the_tab_fills_while_something_runs(page: Page, server: Served) -> None:
    icon = page.locator("link[rel=icon]")
    page.goto("/")
    expect(icon).to_have_attribute("href", "/icon.svg")
    sweep = {"crf": list(range(23, 29))}
    job = server.submit(workflow="transcode", inputs=[str(server.clips / "good.mp4")], sweep=sweep)
    expect(icon).to_have_attribute("href", re.compile("^data:image/png"))
    server.wait_for(job, "succeeded")
    expect(icon).to_have_attribute("href", "/icon.svg")


def test_every_setting_says_what_it_means_and_is_changed_where_it_stands(page: Page, server: Served) -> None:
    page.goto("/#/settings/min_free_gb")
    setting = page.locator(".setting[data-here]")
    expect(setting).to_contain_text("Work waits while less than this is free")
    field = page.get_by_label("min_free_gb", exact=True)
    field.fill("3.5")
    field.press("Enter")
    expect(page.get_by_text("Restart the server to use what was changed.")).to_be_visible()
    expect(setting).to_contain_text("Default: 2 · set in vq.toml")
    assert "min_free_gb = 3.5" in (server.home / "vq.toml").read_text("utf-8")
    setting.get_by_role("button", name="Default").click()
    expect(setting).not_to_contain_text("set in vq.toml")
    assert "min_free_gb" not in (server.home / "vq.toml").read_text("utf-8")


def test_a_value_that_cannot_be_is_refused_beside_its_setting(
    page: Page, watched: tuple[Page, Guard]
) -> None:
    watched[1].refusal = 422
    page.goto("/#/settings/media_jobs")
    field = page.get_by_label("media_jobs", exact=True)
    field.fill("many")
    field.press("Enter")
    expect(page.locator(".setting[data-here] .error-line")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")


def test_statistics_are_drawn_and_stand_in_tables(page: Page) -> None:
    page.goto("/#/system")
    page.get_by_role("link", name="Statistics").click()
    expect(page.locator(".chart canvas")).to_be_visible()
    page.get_by_text("As a table").click()
    rows = page.get_by_role("region", name="Renders in an hour").get_by_role("row")
    expect(rows.first).to_have_text(re.compile("Hour.*Made.*Failed"))
    phases = page.get_by_role("region", name="How long phases take")
    expect(phases.get_by_role("row", name=re.compile("convert"))).to_be_visible()


def test_the_doctor_names_problems_first_with_a_button_each(page: Page) -> None:
    page.goto("/#/system")
    checks = page.locator(".check-line")
    expect(checks.first).to_be_visible()
    words = checks.locator(".state-word").all_inner_texts()
    rank = {"Broken": 0, "To put right": 1, "Fine": 2}
    assert [rank[word] for word in words] == sorted(rank[word] for word in words)
    problems = [word for word in words if word != "Fine"]
    assert problems  # no ComfyUI is there
    expect(checks.locator("a.button, button")).to_have_count(len(problems))


SCREENS = {
    "night": ".tile",
    "tonight": ".tonight-fact",
    "statistics": ".chart canvas",
    "settings": ".setting",
}


@pytest.mark.parametrize(("theme", "width"), [("dark", "wide"), ("light", "narrow")])
@pytest.mark.parametrize("screen", SCREENS)
def test_screen(
    browser: Browser, server: Served, tmp_path: Path, screen: str, theme: str, width: str
) -> None:
    with guarded_page(browser, server.url, theme=theme, width=width) as (page, guard):
        page.goto(f"/#/{screen}")
        expect(page.locator(SCREENS[screen]).first).to_be_visible()
        assert serious(page, guard) == []
        page.screenshot(path=tmp_path / f"{screen}-{theme}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
