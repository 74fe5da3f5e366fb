"""A new job in the browser: what is dropped, what is laid out, what is submitted."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser, Locator, Page, expect

from tests.graphs import text_to_image
from tests.page.browsing import THEMES, WIDTHS, Guard, guarded_page
from tests.page.checks import serious
from tests.page.serving import Served

# Files as a browser hands them over when they are dropped.
_TRANSFER = """files => {
  const transfer = new DataTransfer();
  for (const { name, content, type } of files) {
    const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  return transfer;
}"""


def drop(page: Page, where: str, *paths: Path) -> None:
    """Drop files of the disk on a part of the page."""
    kinds = {".mp4": "video/mp4", ".png": "image/png", ".json": "application/json"}
    files = [
        {
            "name": path.name,
            "content": base64.b64encode(path.read_bytes()).decode(),
            "type": kinds.get(path.suffix, ""),
        }
        for path in paths
    ]
    transfer = page.evaluate_handle(_TRANSFER, files)
    page.locator(where).first.dispatch_event("drop", {"dataTransfer": transfer})


def really_drop(page: Page, path: Path) -> None:
    """Drop a file or folder on the middle of the page, as the desktop does."""
    page.evaluate(
        "() => addEventListener('drop', () => (window.wasDropped = true), { capture: true, once: true })"
    )
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 400, "y": 500, "data": data})
    page.wait_for_function("() => window.wasDropped")
    session.detach()


def test_submit_waits_for_what_was_just_chosen(page: Page, server: Served) -> None:
    held = []
    page.route("**/forms/take_drop.js", lambda route: held.append(route))
    page.goto("/#/new/transcode")
    page.locator("input[type=file]").set_input_files(server.clips / "good.mp4")
    expect(page.get_by_role("button", name="One moment")).to_be_disabled()
    held[0].continue_()
    expect(page.get_by_role("button", name="Submit")).to_be_enabled()


def test_files_that_lie_on_this_disk_are_found_and_not_copied(
    page: Page, server: Served, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "phone.mp4"
    elsewhere.write_bytes((server.clips / "good.mp4").read_bytes() + b"\0")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/uploads" in request.url else None)
    page.goto("/#/new/transcode")
    expect(page.get_by_role("button", name="Submit")).to_be_visible()
    drop(page, ".drop", server.clips / "good.mp4", server.shoot / "scene.mp4")
    for path in (server.clips / "good.mp4", server.shoot / "scene.mp4"):
        expect(page.locator(".input-entry").get_by_title(str(path))).to_be_visible()
    expect(page.locator(".summary-count")).to_contain_text("2 clips")
    assert sent == []
    assert not (server.home / "uploads").exists()
    drop(page, ".drop", elsewhere)
    expect(page.locator(".input-entry").filter(has_text="uploads")).to_contain_text("phone.mp4")
    assert len(sent) == 1


def begin(page: Page, server: Served, *names: str) -> None:
    """The form of Convert a video with some of the clips."""
    page.goto("/#/new/transcode")
    for name in names:
        page.get_by_label("A path on the machine that renders").fill(str(server.clips / name))
        page.keyboard.press("Enter")


def test_a_folder_is_submitted_in_four_clicks(page: Page, server: Served) -> None:
    page.goto("/")
    page.get_by_role("link", name="New job").first.click()
    page.get_by_role("link", name="Convert a video").click()
    begin(page, server, "good.mp4")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("complementary", name=re.compile("^Job "))).to_be_visible()

    # From then on: the form of that workflow, the folder, submit.
    page.goto("/#/queue")
    page.get_by_role("link", name="New job").first.click()
    page.get_by_role("group", name="Recent folders").get_by_title(f"All of {server.clips}").click()
    future = page.get_by_role("region", name="The job that you make")
    expect(future.get_by_role("listitem")).to_have_count(2)
    with page.expect_response(lambda answer: answer.url.endswith("/api/jobs")) as sent:
        page.get_by_role("button", name="Submit 2 renders").click()
    assert sent.value.json()["submission"]["input_dir"] == str(server.clips)
    # Another folder: one click more, in the picker.
    page.get_by_role("link", name="New job").first.click()
    page.get_by_role("button", name="Browse this machine").click()
    page.get_by_role("dialog").get_by_label("Begin at").select_option(str(server.home.resolve()))
    page.get_by_role("button", name="Use all of mixed").click()
    expect(page.get_by_role("button", name="Submit 2 renders")).to_be_enabled()


def test_a_dropped_folder_lies_on_the_table_and_becomes_a_job_of_its_name(
    page: Page, server: Served, tmp_path: Path
) -> None:
    folder = server.shoot / "tuesday"
    (folder / "day 2").mkdir(parents=True)
    (folder / ".trash").mkdir()
    for name in ("b10.mp4", "b9.mp4", "day 2/c.mp4", ".trash/gone.mp4"):
        shutil.copy(server.clips / "good.mp4", folder / name)
    (folder / "notes.txt").write_text("no clip", "utf-8")
    page.goto("/")
    expect(page.locator(".queue")).to_be_visible()
    really_drop(page, folder)
    expect(page.get_by_text("1 file left out")).to_be_visible()
    future = page.get_by_role("region", name="The job that you make")
    expect(future.get_by_role("listitem")).to_have_text(["b9.mp4", "b10.mp4", "c.mp4"])
    page.get_by_role("link", name="Convert a video").click()
    paths = page.locator(".input-text [title]")
    expect(paths.nth(2)).to_have_attribute("title", str(folder / "day 2" / "c.mp4"))
    with page.expect_response(lambda answer: answer.url.endswith("/api/jobs")) as sent:
        page.get_by_role("button", name="Submit 3 renders").click()
    assert sent.value.json()["name"] == "tuesday"
    assert not any(path.name == "c.mp4" for path in (server.home / "uploads").glob("*/*"))


def test_what_is_varied_in_its_field_is_laid_out_on_the_table(page: Page, server: Served) -> None:
    begin(page, server, "good.mp4", "other.mp4")
    page.get_by_role("button", name="Vary Quality (CRF)").click()
    page.get_by_label("Another value of Quality (CRF)").fill("18, 28, 40")
    page.keyboard.press("Enter")
    future = page.get_by_role("region", name="The job that you make")
    expect(future.get_by_role("columnheader")).to_have_text(["18", "28", "40"])
    expect(future.get_by_role("rowheader")).to_have_text(["good.mp4", "other.mp4"])
    expect(future.locator(".cell img")).to_have_count(6)
    expect(page.locator(".summary-count")).to_have_text(re.compile("2 clips × 3 values .* = 6 renders"))
    page.get_by_role("button", name="Leave out 28").click()
    expect(page.get_by_role("button", name="Submit 4 renders")).to_be_visible()
    page.get_by_role("button", name="Vary Quality (CRF)").click()
    expect(future.get_by_role("listitem")).to_have_count(2)
    expect(page.get_by_label("Quality (CRF)", exact=True)).to_be_visible()
    # The queue beside it stays what it is.
    job = server.submit(workflow="transcode", inputs=[str(server.clips / "good.mp4")], name="Meanwhile")
    expect(page.locator(f'[data-job="{job}"]')).to_contain_text("Done")


def test_one_is_tried_first_and_then_the_rest_runs(page: Page, server: Served) -> None:
    begin(page, server, "good.mp4", "other.mp4")
    page.get_by_role("button", name="Try one first").click()
    drawer = page.get_by_role("complementary", name=re.compile("^Job "))
    expect(drawer).to_contain_text("1 done")
    drawer.get_by_role("button", name="Run the rest").click()
    expect(drawer.locator(".standing")).to_contain_text("2 done")


def test_files_that_do_not_fit_are_said_at_once_and_not_sent(
    watched: tuple[Page, Guard], server: Served
) -> None:
    page, _ = watched
    page.goto("/#/new/transcode")
    expect(page.get_by_role("button", name="Submit")).to_be_visible()
    drop(page, "main", server.home / "vq.toml", server.clips / "good.mp4")
    expect(page.get_by_text("1 file left out")).to_be_visible()
    expect(page.locator(".input-entry")).to_have_count(1)


def test_an_upload_that_broke_off_is_tried_again(
    watched: tuple[Page, Guard], server: Served, tmp_path: Path
) -> None:
    page, guard = watched
    clip = tmp_path / "phone.mp4"
    clip.write_bytes(os.urandom(1000))
    page.goto("/#/new/transcode")
    expect(page.get_by_role("button", name="Submit")).to_be_visible()
    drop(page, "main", server.clips / "good.mp4")
    expect(page.locator(".input-entry")).to_contain_text("clips")
    guard.paused = True
    page.context.set_offline(True)
    drop(page, "main", clip)
    again = page.locator(".input-entry").get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    page.context.set_offline(False)
    again.click()
    expect(page.locator(".input-entry").filter(has_text="uploads")).to_contain_text("phone.mp4")
    guard.paused = False


def test_a_folder_of_pictures_that_is_dropped_is_one_sequence(page: Page, server: Served) -> None:
    folder = server.shoot / "frames"
    folder.mkdir()
    for number in range(3):
        Image.new("RGB", (32, 18), (number, 0, 0)).save(folder / f"frame_{number:03}.png")
    page.goto("/#/new/frames-to-video")
    expect(page.get_by_role("button", name="Submit")).to_be_visible()
    really_drop(page, folder)
    expect(page.locator(".input-entry").get_by_title(str(folder))).to_be_visible()
    expect(page.locator(".summary-count")).to_have_text(re.compile("^1 render"))


def test_another_workflow_takes_the_same_files(page: Page, server: Served) -> None:
    page.goto("/")
    drop(page, "main", server.clips / "good.mp4")
    page.get_by_role("link", name="Convert a video").click()
    expect(page.locator(".input-entry")).to_contain_text("good.mp4")
    page.get_by_role("link", name="All workflows").click()
    page.get_by_role("link", name="Contact sheet").click()
    expect(page.locator(".input-entry").get_by_title(str(server.clips / "good.mp4"))).to_be_visible()


def test_a_job_is_made_by_keyboard_alone(page: Page, server: Served) -> None:
    page.goto("/")
    expect(page.locator(".queue")).to_be_visible()
    page.keyboard.press("n")
    card = page.get_by_role("link", name="Convert a video")
    expect(card).to_be_visible()
    card.focus()
    page.keyboard.press("Enter")
    path = page.get_by_label("A path on the machine that renders")
    tab_to(page, path)
    page.keyboard.type(str(server.clips / "good.mp4"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Vary Quality (CRF)"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_label("Another value of Quality (CRF)"))
    page.keyboard.type("30, 40")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Submit 2 renders")).to_be_enabled()
    tab_to(page, page.get_by_role("button", name="Submit 2 renders"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name=re.compile("^Job "))).to_be_visible()


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the keyboard is there."""
    expect(target).to_be_visible()
    for _ in range(80):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not lead there")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_what_is_made_is_accessible_and_fits(
    browser: Browser, server: Served, theme: str, width: str
) -> None:
    with guarded_page(browser, server.url, theme=theme, width=width) as (page, guard):
        begin(page, server, "good.mp4", "other.mp4")
        page.get_by_role("button", name="Vary Quality (CRF)").click()
        page.get_by_label("Another value of Quality (CRF)").fill("18..40 by 2")
        page.keyboard.press("Enter")
        page.get_by_text("When and where").click()
        expect(
            page.get_by_role("region", name="The job that you make").locator(".cell img").first
        ).to_be_visible()
        assert serious(page, guard) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("button", name="Browse this machine").click()
        expect(page.get_by_role("dialog").get_by_label("Find files below this folder")).to_be_visible()
        assert serious(page, guard) == []


def test_a_workflow_of_comfyui_that_is_dropped_is_imported(page: Page, tmp_path: Path) -> None:
    graph = tmp_path / "lighthouse.json"
    graph.write_text(json.dumps(text_to_image()), "utf-8")
    page.goto("/")
    expect(page.locator(".queue")).to_be_visible()
    really_drop(page, graph)
    expect(page.get_by_role("region", name="Draft")).to_contain_text("lighthouse.json")
    # A picture with one may as well be an input.
    saved, note = tmp_path / "saved.png", PngInfo()
    note.add_text("prompt", json.dumps(text_to_image()))
    Image.new("RGB", (32, 18)).save(saved, pnginfo=note)
    page.goto("/#/queue")
    expect(page.locator(".queue")).to_be_visible()
    really_drop(page, saved)
    expect(page.get_by_role("region", name="The job that you make")).to_contain_text("saved.png")
    page.get_by_role("link", name="Import it").click()
    expect(page.get_by_role("region", name="Draft")).to_contain_text("saved.png")
