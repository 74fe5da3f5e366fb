"""Outputs looked at: frame by frame, before and after, compared, as a grid, and used for more."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.media_clips import make_clip
from tests.page.browsing import guarded_page
from tests.page.checks import serious
from tests.page.serving import Served

_VIDEO = ".view-picture video"


@pytest.fixture(scope="module")
def sweep(server: Served) -> int:
    """A job of two inputs with three values each, all done."""
    clips = [str(server.clips / name) for name in ("good.mp4", "other.mp4")]
    job = server.submit(workflow="transcode", inputs=clips, sweep={"crf": [18, 28, 40]}, name="How small?")
    server.wait_for(job, "succeeded")
    return job


def outputs(server: Served, job: int) -> list[int]:
    """The numbers of a job's published files."""
    with server.client() as client:
        return [item["id"] for item in client.get(f"/api/jobs/{job}/outputs").json()["items"]]


def prompt(server: Served, reference: str) -> dict[str, Any]:
    """A render as the server has it."""
    with server.client() as client:
        view: dict[str, Any] = client.get(f"/api/prompts/{reference}").json()
        return view


def test_a_pointer_that_rests_on_a_picture_before_the_page_is_whole_scrubs_it(
    page: Page, server: Served, sweep: int
) -> None:
    late: list[Route] = []
    page.route("**/scrub_over.js", lambda route: late.append(route))
    with page.expect_request("**/scrub_over.js"):
        page.goto("/")
    page.get_by_role("group", name="Renders of How small?").get_by_role("link").first.hover()
    late[0].continue_()
    expect(page.locator(".scrub-over .scrub-picture")).to_be_visible(timeout=30_000)


def test_an_output_frame_by_frame_and_its_input_before(page: Page, server: Served, sweep: int) -> None:
    first, second = outputs(server, sweep)[:2]
    page.goto("/")
    picture = page.get_by_role("group", name="Renders of How small?").get_by_role("link").first
    picture.hover()
    expect(page.locator(".scrub-over .scrub-picture")).to_be_visible(timeout=30_000)
    picture.click()
    expect(page.locator(".scrub-over")).to_have_count(0)
    expect(page).to_have_url(re.compile(rf"#/view/{first}$"))
    page.wait_for_function(f"() => document.querySelector('{_VIDEO}')?.readyState >= 2")
    page.keyboard.press("k")
    frame = page.get_by_label("Frame", exact=True)
    frame.fill("10")
    page.keyboard.press(".")
    page.keyboard.press(".")
    expect(frame).to_have_value("12")
    page.wait_for_function(f"() => Math.floor(document.querySelector('{_VIDEO}').currentTime * 30) === 12")
    page.keyboard.down("b")
    expect(page.locator(".view-before")).to_have_attribute("src", re.compile(rf"/{first}/before\?frame=12$"))
    page.keyboard.up("b")
    expect(page.locator(".view-before")).to_have_count(0)
    page.get_by_role("button", name="Before", exact=True).focus()
    page.keyboard.down("Enter")
    expect(page.locator(".view-before")).to_be_visible()
    page.keyboard.up("Enter")
    expect(page.locator(".view-before")).to_have_count(0)
    with page.expect_response(
        lambda answer: "/api/prompts/" in answer.url and answer.request.method == "PATCH"
    ):
        page.keyboard.press("4")
    assert prompt(server, f"{sweep}.1")["rating"] == 4
    frame.blur()  # the slider's own arrows go through the frames
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(rf"#/view/{second}$"))
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"#/queue$"))
    expect(page.locator(f'.cell[href="#/view/{second}"]')).to_be_focused()
    page.goto(f"/#/jobs/{sweep}")
    page.get_by_role("link", name="View").click()
    page.get_by_role("button", name="Close the viewer").click()
    expect(page).to_have_url(re.compile(rf"#/jobs/{sweep}$"))


def test_a_master_that_browsers_cannot_play_plays(page: Page, server: Served) -> None:
    clip = make_clip(server.clips / "master.mov", 12, codec="prores_ks", pixels="yuv422p10le", sound=None)
    job = server.submit(workflow="transcode", inputs=[str(clip)], params={"preset": "master"})
    server.wait_for(job, "succeeded")
    (master,) = outputs(server, job)
    page.goto(f"/#/view/{master}")
    page.get_by_label("Frame", exact=True).fill("5")
    expect(page.locator(_VIDEO)).to_have_attribute("src", f"/api/artifacts/{master}/preview", timeout=60_000)
    page.wait_for_function(f"() => Math.floor(document.querySelector('{_VIDEO}').currentTime * 30) === 5")


def test_two_of_a_grid_are_compared_and_one_is_used_for_a_folder(
    page: Page, server: Served, sweep: int
) -> None:
    with server.client() as client:
        assert client.patch(f"/api/prompts/{sweep}.2", json={"rating": 2}).is_success
    page.goto(f"/#/matrix/{sweep}")
    grid = page.get_by_role("grid", name=re.compile("^good.mp4"))
    expect(grid.get_by_role("rowheader")).to_contain_text(["18", "28★ 2.0", "40"])
    grid.get_by_role("button", name="18,").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("5")
    expect(grid.get_by_role("rowheader").nth(2)).to_contain_text("★ 5.0")
    page.keyboard.press("x")
    expect(grid.get_by_role("button", name=re.compile("^40,.*rejected"))).to_be_visible()
    page.keyboard.press("x")
    marks = grid.get_by_role("button", name="Mark to compare")
    marks.nth(2).hover()
    marks.nth(2).click()
    marks.nth(0).hover()
    marks.nth(0).click()
    compare = page.get_by_role("complementary", name="Compare")
    expect(compare.get_by_role("row")).to_contain_text(["A", "crf4018"])
    expect(compare.get_by_role("row").nth(1).get_by_role("cell")).to_have_text(["40", "18"])
    page.keyboard.press("d")
    expect(compare.get_by_role("button", name="Difference")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press(".")
    page.wait_for_function(
        f"() => [...document.querySelectorAll('{_VIDEO}')].every((v) => Math.floor(v.currentTime * 30) === 1)"
    )
    expect(compare.get_by_role("link", name="Use B for a whole folder")).to_be_visible()
    compare.get_by_role("link", name="Use A for a whole folder").click()
    page.get_by_role("button", name="Use this whole folder").click()
    with page.expect_response(lambda answer: answer.url.endswith("/api/jobs")) as sent:
        page.get_by_role("button", name="Submit").click()
    submission = sent.value.json()["submission"]
    assert (submission["input_dir"], submission["params"]["crf"]) == (str(server.clips), 40)
    assert not submission.get("sweep")
    assert not submission.get("inputs")


def test_the_files_of_two_renders_are_told_apart_by_their_names(page: Page, server: Served) -> None:
    clips = [str(server.clips / name) for name in ("good.mp4", "other.mp4")]
    job = server.submit(workflow="transcode", inputs=clips, params={"preset": "small"})
    server.wait_for(job, "succeeded")
    page.goto(f"/#/view/{','.join(map(str, outputs(server, job)))}")
    line = page.get_by_role("complementary", name="Compare").get_by_role("row", name="inputs")
    expect(line.get_by_role("cell")).to_have_text(
        [re.compile(r"^[^\[]*good\.mp4$"), re.compile(r"other\.mp4$")]
    )
    expect(line.get_by_title(clips[0])).to_be_visible()


@pytest.mark.parametrize(("theme", "width"), [("dark", "wide"), ("light", "narrow")])
def test_they_are_accessible_and_fit(
    browser: Browser, server: Served, sweep: int, tmp_path: Path, theme: str, width: str
) -> None:
    first, second = outputs(server, sweep)[:2]
    for place in (f"view/{first}", f"matrix/{sweep}/{first},{second}"):
        with guarded_page(browser, server.url, theme=theme, width=width) as (page, guard):
            page.goto(f"/#/{place}")
            expect(page.locator(".view-controls")).to_be_visible()
            page.wait_for_function(f"() => document.querySelector('{_VIDEO}').readyState >= 2")
            assert serious(page, guard) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.screenshot(path=tmp_path / f"{place.split('/')[0]}-{theme}-{width}.png")
