"""Selecting, ordering and filtering many jobs on the page: one request, one undo, whatever their number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.page.serving import Served

# Until what is to be drawn now has been shown.
DRAWN = "() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(() => shown(true))))"


@pytest.fixture(scope="module", autouse=True)
def _paused(server: Served) -> Iterator[None]:
    """Nothing begins by itself."""
    with server.client() as client:
        client.post("/api/queue/actions", json={"action": "pause"})
        yield


def submit(server: Served, count: int, tag: str) -> list[int]:
    """So many waiting jobs, named `TAG 1`, `TAG 2`, ..."""
    clip = str(server.clips / "good.mp4")
    jobs = [
        {"workflow": "transcode", "inputs": [clip], "name": f"{tag} {number}", "tags": [tag], "dedupe": False}
        for number in range(1, count + 1)
    ]
    with server.client() as client:
        answer = client.post("/api/batches", json={"submissions": jobs})
        assert answer.is_success, answer.text
        return [job["id"] for job in answer.json()["jobs"]]


def order(server: Served, tag: str) -> list[int]:
    """What waits, in the order of the queue."""
    with server.client() as client:
        query = {"sort": "queue", "tag": tag, "limit": 200}
        return [job["id"] for job in client.get("/api/jobs", params=query).json()["items"]]


def open_list(page: Page, tag: str, first: int) -> list[Request]:
    """The list of a tag as rows; actions that are sent from now on."""
    page.goto(f"/#/queue?q=tag%3A{tag}")
    expect(job(page, first)).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator(".job-row").first).to_be_visible()
    # Dragging is fetched after the first screen, together with its style sheet.
    page.locator('link[href="/styles/order.css"]').wait_for(state="attached")
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.url.endswith("/api/actions") else None)
    return sent


def job(page: Page, number: int) -> Any:
    return page.locator(f'[data-job="{number}"]')


def shown(page: Page) -> list[int]:
    """The jobs that are drawn, from top to bottom."""
    ids: list[int] = page.evaluate(
        """[...document.querySelectorAll(".windowed [data-job]")]
        .map((row) => [row.getBoundingClientRect().top, Number(row.dataset.job)])
        .sort((a, b) => a[0] - b[0]).map((pair) => pair[1])"""
    )
    return ids


def test_fifty_jobs_go_to_the_top_in_one_request_and_back_in_one_undo(page: Page, server: Served) -> None:
    ids = submit(server, 55, "many")
    sent = open_list(page, "many", ids[0])
    job(page, ids[5]).locator(".pick").click()
    # The list stays where it is scrolled to, though the job at hand is far above.
    page.mouse.move(500, 500)
    page.mouse.wheel(0, 5000)
    job(page, ids[54]).locator(".job-name").click(modifiers=["Shift"])
    bar = page.get_by_role("toolbar", name="What is selected")
    expect(bar).to_contain_text("50 jobs selected")
    page.keyboard.press("Alt+Shift+ArrowUp")
    expect(page.get_by_text("50 jobs are at place 1 now")).to_be_visible()
    assert len(sent) == 1
    assert order(server, "many") == [*ids[5:], *ids[:5]]
    page.keyboard.press("u")
    page.evaluate("scrollTo(0, 0)")
    expect(job(page, ids[0]).locator(".job-place")).to_have_text("1")
    assert order(server, "many") == ids


def test_a_job_is_moved_by_keys_and_to_a_place_that_is_typed(page: Page, server: Served) -> None:
    ids = submit(server, 4, "keys")
    open_list(page, "keys", ids[0])
    page.keyboard.press("j")
    for _ in range(2):
        page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_text("keys 1 is at place 3 now")).to_be_visible()
    expect(job(page, ids[0]).locator(".job-name")).to_be_focused()
    assert order(server, "keys") == [ids[1], ids[2], ids[0], ids[3]]
    page.keyboard.press("Alt+Shift+ArrowDown")
    expect(page.get_by_text("keys 1 is at place 4 now")).to_be_visible()
    page.keyboard.press("m")
    page.get_by_label("To which place?").fill("1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Moved keys 1 to place 1")).to_be_visible()
    assert order(server, "keys")[0] == ids[0]


@pytest.mark.parametrize("density", ["1", "2", "3"])
def test_a_job_is_dragged_though_events_arrive_meanwhile(page: Page, server: Served, density: str) -> None:
    tag = f"drag{density}"
    ids = submit(server, 5, tag)
    open_list(page, tag, ids[0])
    page.keyboard.press(density)
    expect(page.locator(".job-row")).to_have_count(5 if density == "1" else 0)
    start, end = (job(page, ids[at]).locator(".job-name").bounding_box() for at in (0, 3))
    assert start
    assert end
    page.mouse.move(start["x"] + 10, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + 10, end["y"] + 2, steps=4)
    expect(page.locator(".drop-marker")).to_be_visible()
    # The frame around the window is for files that are dragged here.
    assert page.evaluate("getComputedStyle(document.documentElement, '::after').content") == "none"
    with server.client() as client:
        client.patch(f"/api/jobs/{ids[0]}", json={"name": "Renamed meanwhile"})
    expect(job(page, ids[0])).to_contain_text("Renamed meanwhile")
    page.mouse.up()
    expect(page.get_by_text("Renamed meanwhile is at place 3 now")).to_be_visible()
    assert order(server, tag) == [ids[1], ids[2], ids[0], ids[3], ids[4]]
    assert shown(page) == order(server, tag)


def test_a_finger_drags_by_the_number(page: Page, server: Served) -> None:
    ids = submit(server, 4, "touch")
    page.set_viewport_size({"width": 390, "height": 844})
    open_list(page, "touch", ids[0])
    start, end = (job(page, ids[at]).locator(".job-place").bounding_box() for at in (3, 1))
    assert start
    assert end
    devtools = page.context.new_cdp_session(page)
    x, y = start["x"] + 8, start["y"]
    path = [("touchStart", y + 8), ("touchMove", y - 10), ("touchMove", y - 40), ("touchMove", end["y"] - 20)]
    for kind, at in path:
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": at}]})
    expect(page.locator(".drop-marker")).to_be_visible()
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(page.get_by_text("touch 4 is at place 2 now")).to_be_visible()
    assert order(server, "touch") == [ids[0], ids[3], ids[1], ids[2]]


def test_all_that_match_are_cancelled_but_one_and_come_back(page: Page, server: Served) -> None:
    ids = submit(server, 12, "all")
    sent = open_list(page, "all", ids[0])
    page.keyboard.press("Control+a")
    bar = page.get_by_role("toolbar", name="What is selected")
    expect(bar).to_contain_text("All 12 jobs selected")
    (late,) = submit(server, 1, "all")
    expect(job(page, late)).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(bar).to_contain_text("All 11 jobs selected")
    bar.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled 11 jobs")).to_be_visible()
    assert order(server, "all") == [ids[0], late]
    body = sent[0].post_data_json
    assert len(sent) == 1
    assert body["filter"] == {"words": "tag:all", "archived": False, "up_to": ids[11], "without": [ids[0]]}
    expect(bar).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(job(page, ids[5]).locator(".job-place")).to_have_text("6")
    assert sorted(order(server, "all")) == [*ids, late]


def test_a_job_that_ends_in_a_filtered_list_is_never_listed_twice(page: Page, server: Served) -> None:
    first, second = submit(server, 2, "once")
    open_list(page, "once", first)
    page.wait_for_load_state("networkidle")
    page.evaluate(
        """(id) => {
          window.most = 0;
          const count = () => Math.max(window.most, document.querySelectorAll(`[data-job="${id}"]`).length);
          new MutationObserver(() => { window.most = count(); }).observe(document, { childList: true, subtree: true });
        }""",
        second,
    )
    # The section that it leaves is read more slowly than the one it comes to.
    held: list[Route] = []
    page.route("**/api/jobs?*section=next*", lambda route: held.append(route), times=1)
    with page.expect_response("**/api/jobs?*section=ended*") as ended, server.client() as client:
        client.post("/api/actions", json={"action": "cancel", "ids": [str(second)]}).raise_for_status()
    ended.value.finished()
    page.evaluate(DRAWN)
    held[0].continue_()
    expect(job(page, second)).to_contain_text("Cancelled")
    expect(page.locator('[data-section="next"]')).to_contain_text("1")
    assert page.evaluate("window.most") == 1


def test_renders_are_selected_and_cancelled_alone(page: Page, server: Served) -> None:
    clips = [str(server.clips / name) for name in ("good.mp4", "other.mp4")]
    number = server.submit(workflow="transcode", inputs=clips, name="Two renders", tags=["pair"])
    open_list(page, "pair", number)
    page.keyboard.press("2")
    cells = job(page, number).locator(".cell")
    expect(cells).to_have_count(2)
    cells.nth(1).hover()
    page.keyboard.press("x")
    bar = page.get_by_role("toolbar", name="What is selected")
    expect(bar).to_contain_text("1 render selected")
    bar.get_by_role("button", name="Cancel").click()
    expect(cells.nth(1)).to_have_attribute("data-state", "cancelled")
    expect(cells.nth(0)).to_have_attribute("data-state", "queued")


def test_all_that_failed_for_one_cause_are_tried_again_with_one_press(page: Page, server: Served) -> None:
    with server.client() as client:
        jobs = [
            server.submit(workflow="transcode", input_dir=str(server.mixed), priority=9, tags=["bad"])
            for _ in range(3)
        ]
        client.post("/api/queue/actions", json={"action": "resume"})
        for number in jobs:
            server.wait_for(number, "partial")
        client.post("/api/queue/actions", json={"action": "pause", "mode": "now"})
        page.goto("/#/queue?q=tag%3Abad")
        page.get_by_role("button", name="Try 3 again").click()
        expect(page.get_by_text("Trying 3 renders again: cannot be read")).to_be_visible()
        states = {client.get(f"/api/jobs/{number}").json()["counts"]["failed"] for number in jobs}
        assert states == {0}


def test_a_letter_that_is_typed_while_the_list_is_filtered_stays(page: Page) -> None:
    page.goto("/")
    field = page.get_by_label("Find by name, note or workflow")
    field.focus()
    page.evaluate(
        """() => addEventListener("hashchange", () => {
          const field = document.getElementById("filter");
          field.value += "n";
          field.dispatchEvent(new Event("input", { bubbles: true }));
        }, { once: true })"""
    )
    page.keyboard.type("moo")
    expect(page).to_have_url(re.compile("q=moon$"))
    expect(field).to_have_value("moon")


def test_words_of_the_filter_are_whole_in_a_narrow_window(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    page.get_by_label("Find by name, note or workflow").focus()
    page.keyboard.type("s")
    page.get_by_role("option", name="since:").wait_for()
    box = page.get_by_role("listbox", name="Words of the filter").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_words_are_completed_and_back_leads_to_the_filter_before(page: Page, server: Served) -> None:
    (moon,), (sun,) = submit(server, 1, "moonlight"), submit(server, 1, "sunlight")
    page.goto("/")
    expect(page.locator(".windowed")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Queued")).click()
    page.keyboard.press("/")
    expect(page.get_by_label("Find by name, note or workflow")).to_be_focused()
    page.keyboard.type("ta")
    page.get_by_role("option", name="tag:").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.type("moonl")
    page.get_by_role("option", name="tag:moonlight").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Find by name, note or workflow")).to_have_value("tag:moonlight ")
    expect(job(page, moon)).to_be_visible()
    expect(page).to_have_url(re.compile(r"state=queued&q=tag%3Amoonlight"))
    page.reload()
    expect(job(page, moon)).to_be_visible()
    expect(job(page, sun)).to_have_count(0)
    page.go_back()
    expect(page).to_have_url(re.compile(r"queue\?state=queued$"))
    expect(page.get_by_label("Find by name, note or workflow")).to_have_value("")
    page.go_back()
    expect(page).to_have_url(re.compile(r"/$|queue$"))
