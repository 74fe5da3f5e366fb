"""The page in a real browser against a real server: from the form to an output, and what goes wrong."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, Request, expect

from tests.page.browsing import Guard
from tests.page.serving import Served

# A drop as a browser makes it of a file.
_TRANSFER = """([content, name]) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  transfer.items.add(new File([bytes], name, { type: name.endsWith("mp4") ? "video/mp4" : "application/json" }));
  return transfer;
}"""
Watched = tuple[Page, Guard]


def row(page: Page, job_id: int) -> Locator:
    """A job's row in the list."""
    return page.locator(f'[data-job="{job_id}"]')


def quick(server: Served, **more: Any) -> int:
    """A job that is done in a moment."""
    clip = str(server.clips / "good.mp4")
    return server.submit(workflow="transcode", inputs=[clip], params={"preset": "small"}, **more)


def test_a_job_from_the_form_to_its_output(page: Page, server: Served) -> None:
    page.goto("/")
    page.get_by_role("link", name="New job").first.click()
    page.get_by_role("link", name="Convert a video").click()
    page.locator("input[type=file]").set_input_files(server.clips / "good.mp4")
    expect(page.get_by_role("complementary", name="Summary")).to_contain_text("1 render")
    page.get_by_label("Name", exact=True).fill("From the form")
    page.get_by_role("button", name="Submit").click()

    drawer = page.get_by_role("complementary", name=re.compile("^Job "))
    expect(drawer.get_by_role("heading", level=1)).to_have_text("From the form")
    expect(drawer.locator(".standing")).to_contain_text("Done", timeout=60_000)
    expect(page.locator(".job-block").filter(has_text="From the form")).to_contain_text("Done")
    video = drawer.locator("video")
    page.wait_for_function(
        "video => video.readyState > 0 && video.videoWidth === 320", arg=video.element_handle()
    )
    page.reload()
    expect(drawer.get_by_role("heading", level=1)).to_have_text("From the form")


def test_several_files_and_a_sweep_show_the_number_of_renders(page: Page, server: Served) -> None:
    page.goto("/#/new/transcode")
    page.locator("input[type=file]").set_input_files([server.clips / "good.mp4", server.clips / "other.mp4"])
    page.get_by_role("button", name="Vary Quality (CRF)").click()
    page.get_by_label("Another value of Quality (CRF)").fill("20..32 by 6")
    page.keyboard.press("Enter")
    expect(page.locator(".summary-count")).to_have_text("2 clips × 3 values of Quality (CRF) = 6 renders")
    expect(page.get_by_role("button", name="Submit 6 renders")).to_be_enabled()


def test_problems_are_shown_at_their_field(page: Page) -> None:
    page.goto("/#/new/transcode")
    rate = page.get_by_label("Frames per second", exact=True)
    rate.fill("0")
    complaint = page.locator("#field-fps-problem")
    expect(complaint).to_contain_text("below the minimum")
    expect(rate).to_have_attribute("aria-invalid", "true")
    expect(rate).to_have_attribute("aria-describedby", re.compile("field-fps-problem"))
    rate.fill("12")
    expect(complaint).to_have_count(0)


def test_a_missing_input_is_a_problem_after_submit(watched: Watched) -> None:
    page, guard = watched
    guard.refusal = 422
    page.goto("/#/new/transcode")
    expect(page.locator(".summary-count")).to_have_text("Add a clip to begin.")
    expect(page.locator(".complaint")).to_have_count(0)
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".inputs .complaint")).to_contain_text("needs video inputs")


def test_a_broken_file_in_a_folder_gets_a_card(page: Page, server: Served) -> None:
    page.goto("/#/new/transcode")
    page.get_by_role("button", name="Browse this machine").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Begin at").select_option(str(server.home.resolve()))
    dialog.get_by_role("button", name="mixed", exact=True).click()
    expect(dialog.get_by_text("junk.mp4")).to_be_visible()
    dialog.get_by_role("button", name="Use this whole folder").click()
    page.get_by_role("button", name="Submit 2 renders").click()

    card = page.get_by_role("article", name="Failed: junk.mp4")
    expect(card).to_be_visible(timeout=60_000)
    expect(card.get_by_role("heading")).to_have_text("junk.mp4 failed in convert")
    expect(card.locator(".error-cause")).to_contain_text("not readable as media")
    expect(card.get_by_role("button", name="Retry")).to_be_enabled()
    expect(page.locator(".standing")).to_contain_text("Partly done")
    card.get_by_text("Log and details").click()
    expect(card.locator("pre")).not_to_have_text("One moment.")


def test_a_narrow_list_has_room_for_the_menu_of_a_job_that_failed_in_part(page: Page, server: Served) -> None:
    job = server.submit(workflow="transcode", input_dir=str(server.mixed), name="A folder with a broken file")
    server.wait_for(job, "partial")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    expect(row(page, job)).to_contain_text("cannot be read")
    menu = row(page, job).get_by_role("button", name="What to do with A folder")
    box = menu.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 390
    # Where the name can give way, the state is whole.
    long = quick(server, name="A name that is far too long for the width of a phone", held=True)
    cut = "word => word.scrollWidth > word.clientWidth"
    assert not row(page, long).locator(".state-word").evaluate(cut)


def test_the_filter_is_kept_in_the_address(page: Page, server: Served) -> None:
    named = quick(server, name="Needle in the list")
    other = quick(server, name="Something else")
    for job in (named, other):
        server.wait_for(job, "succeeded")
    page.goto("/")
    expect(row(page, other)).to_be_visible()
    page.get_by_label("Find by name, note or workflow").fill("needle")
    expect(row(page, other)).to_have_count(0)
    expect(row(page, named)).to_be_visible()
    expect(page).to_have_url(re.compile("q=needle"))
    row(page, named).locator(".job-name").click()
    expect(page).to_have_url(re.compile(f"/jobs/{named}\\?q=needle"))
    page.reload()
    expect(row(page, named)).to_be_visible()
    expect(row(page, other)).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("complementary")).to_have_count(0)


def test_the_filter_takes_the_words_of_the_command_line(watched: tuple[Page, Guard], server: Served) -> None:
    page, guard = watched
    night, day = quick(server, name="Moon", tags=["late night"]), quick(server, name="Sun")
    for job in (night, day):
        server.wait_for(job, "succeeded")
    page.goto("/")
    expect(row(page, day)).to_be_visible()
    find = page.get_by_label("Find by name, note or workflow")
    find.fill('state:succeeded tag:"late night"')
    expect(row(page, day)).to_have_count(0)
    expect(row(page, night)).to_be_visible()
    guard.refusal = 422
    find.fill("tags:night")
    expect(page.get_by_text("Did you mean tag:night?")).to_be_visible()
    expect(row(page, night)).to_be_visible()
    find.fill("state:failed moon")
    expect(page.get_by_role("heading", name="No job fits the filter")).to_be_visible()
    expect(page.get_by_text("Did you mean")).to_have_count(0)


def test_a_chain_is_walked_from_job_to_job(page: Page, server: Served) -> None:
    first = quick(server, name="Cut it")
    second = server.submit(
        workflow="transcode",
        inputs=[str(server.clips / "good.mp4")],
        name="Grade it",
        after=[first],
        held=True,
    )
    page.goto(f"/#/jobs/{first}")
    chain = page.get_by_role("region", name="Chain")
    expect(chain.get_by_role("listitem")).to_contain_text(["Cut it", "Grade it"])
    expect(chain.locator("[aria-current]")).to_contain_text("this job")
    expect(chain.get_by_role("listitem").nth(1)).to_contain_text("On hold")
    chain.get_by_role("link", name="Grade it").click()
    expect(page.get_by_role("complementary", name=f"Job {second}")).to_be_visible()
    expect(chain.get_by_role("listitem").first).to_contain_text("Done", timeout=60_000)
    with server.client() as client:
        assert client.post(f"/api/jobs/{second}/actions", json={"action": "release"}).is_success
    expect(chain.get_by_role("listitem").nth(1)).to_contain_text("Done", timeout=60_000)


def test_a_search_follows_what_the_server_finds(page: Page, server: Served) -> None:
    page.goto("/#/queue?q=haystack")
    expect(page.get_by_role("heading", name="No job fits the filter")).to_be_visible()
    job = quick(server, name="A haystack")
    expect(row(page, job)).to_contain_text("Done", timeout=60_000)
    with server.client() as client:
        assert client.patch(f"/api/jobs/{job}", json={"name": "A heap"}).is_success
        expect(row(page, job)).to_have_count(0)
        assert client.patch(f"/api/jobs/{job}", json={"note": "the haystack of old"}).is_success
        expect(row(page, job)).to_be_visible()


def test_everything_by_keyboard(page: Page, server: Served) -> None:
    job = quick(server, name="By keyboard")
    server.wait_for(job, "succeeded")
    page.goto("/")
    expect(row(page, job)).to_be_visible()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard")
    expect(sheet.locator("kbd")).not_to_have_count(0)
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.keyboard.press("j")
    expect(page.locator(".job-name:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary")).to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.type("nq")
    expect(page.get_by_label("Find by name, note or workflow")).to_have_value("nq")


def test_the_filter_keeps_the_keyboard_when_a_job_was_closed_just_before(page: Page, server: Served) -> None:
    job = quick(server, name="Closed just before")
    page.goto(f"/#/jobs/{job}")
    expect(page.get_by_role("complementary")).to_be_visible()
    expect(row(page, job)).to_be_visible()
    # Both keys before the next frame, then what the frames after them do.
    page.evaluate("""async () => {
      const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
      ["Escape", "/"].forEach(press);
      for (let frame = 0; frame < 4; frame++) await new Promise(requestAnimationFrame);
    }""")
    expect(page.get_by_role("complementary")).to_have_count(0)
    expect(page.get_by_label("Find by name, note or workflow")).to_be_focused()


def test_single_keys_can_be_switched_off(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("?")
    page.get_by_label("Single keys act").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page).not_to_have_url(re.compile("new"))


def test_hold_and_undo_and_release(page: Page, server: Served) -> None:
    job = quick(server, held=True, name="Held back")
    page.goto("/")
    expect(row(page, job)).to_contain_text("On hold")
    with server.client() as client:
        client.post("/api/queue/actions", json={"action": "pause"})
        menu(page, job, "Release")
        expect(row(page, job)).to_have_attribute("data-state", "queued")
        page.get_by_role("button", name="Undo").click()
        expect(row(page, job)).to_contain_text("On hold")
        client.post("/api/queue/actions", json={"action": "resume"})
    menu(page, job, "Release")
    server.wait_for(job, "succeeded")
    expect(row(page, job)).to_contain_text("Done")


def test_remove_and_undo(page: Page, server: Served) -> None:
    job = quick(server, name="To be removed")
    server.wait_for(job, "succeeded")
    page.goto("/")
    menu(page, job, "Remove from list")
    expect(row(page, job)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row(page, job)).to_be_visible()
    menu(page, job, "Remove from list")
    page.get_by_role("button", name="Close this message").first.click()
    wait_until(page, lambda: gone(server, job))


def test_archive_and_bring_back(page: Page, server: Served) -> None:
    job = quick(server, name="For the archive")
    server.wait_for(job, "succeeded")
    page.goto("/")
    menu(page, job, "Archive")
    expect(row(page, job)).to_have_count(0)
    page.get_by_role("button", name="Archive").click()
    menu(page, job, "Bring back")
    expect(row(page, job)).to_have_count(0)
    page.get_by_role("button", name="Archive").click()
    expect(row(page, job)).to_be_visible()


def menu(page: Page, job: int, entry: str) -> None:
    """Choose an entry of a job's menu."""
    row(page, job).get_by_role("button", name=re.compile("^What to do")).click()
    page.get_by_role("menuitem", name=entry).click()


def gone(server: Served, job: int) -> bool:
    """Whether the server no longer knows a job."""
    with server.client() as client:
        return client.get(f"/api/jobs/{job}").status_code == 404


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    """Poll for at most half a minute."""
    for _ in range(300):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("the condition was not met")


def test_pause_and_go_on(page: Page, server: Served) -> None:
    page.goto("/")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("menuitem", name="After the current step").click()
    expect(page.get_by_text("The queue is paused.")).to_be_visible()
    expect(page).to_have_title(re.compile("^Paused"))
    job = quick(server, name="Waits for the queue")
    expect(row(page, job)).to_have_attribute("data-state", "queued")
    page.get_by_role("button", name="Resume").first.click()
    expect(row(page, job)).to_contain_text("Done", timeout=60_000)


def test_markup_in_names_stays_text(page: Page, server: Served) -> None:
    name = '<img src=x onerror="alert(1)"><b>bold</b>'
    job = quick(server, name=name, tags=["<i>tag</i>"], note="<script>alert(1)</script>")
    page.goto(f"/#/jobs/{job}")
    expect(page.get_by_role("complementary").get_by_role("heading", level=1)).to_have_text(name)
    expect(page.locator("img[src=x], #app b, #app script")).to_have_count(0)


def test_the_page_survives_a_restart_of_the_server(watched: Watched, server: Served) -> None:
    page, guard = watched
    page.goto("/")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    guard.paused = True
    server.stop()
    expect(page.get_by_text("The server does not answer.")).to_be_visible()
    server.start()
    expect(page.get_by_text("The server does not answer.")).to_have_count(0, timeout=30_000)
    guard.paused = False
    job = quick(server, name="After the restart")
    expect(row(page, job)).to_contain_text("Done", timeout=60_000)


WIDGETS = """
name: widgets
title: Every widget
inputs: {kind: none}
resolutions: [input, 832x480]
parameters:
  line: {type: text, default: "", ui: {order: 1}}
  lines: {type: text, default: a, ui: {widget: textarea, order: 2}}
  count: {type: int, default: 3, ui: {order: 3, unit: px}}
  strength: {type: float, default: 0.5, min: 0, max: 1, step: 0.05, ui: {order: 4}}
  wild: {type: bool, default: false, ui: {order: 5}}
  mood: {type: choice, options: [calm, loud], default: calm, ui: {order: 6}}
  model: {type: choice, options_source: checkpoints, required: false, ui: {order: 7}}
  extras: {type: multichoice, options: [a, b], ui: {order: 8}}
  area: {type: size, default: 64x32, ui: {order: 9}}
  mask: {type: file, required: false, ui: {order: 10}}
  place: {type: folder, required: false, ui: {order: 11}}
  tint: {type: color, default: "#102030", ui: {order: 12}}
  secret: {type: text, default: x, ui: {widget: hidden}}
  how_wild: {type: int, default: 1, ui: {order: 13, visible_if: {wild: true}}}
  seed: {type: seed, default: random, ui: {order: 14}}
phases:
  - {name: draw, uses: comfy, graph: widgets.draw.api.json, set: {"1.inputs.seed": "{{ params.seed }}"}}
output: {phase: draw, name: out}
"""
GRAPH = """{"1": {"class_type": "Noise", "inputs": {"seed": 0}},
 "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}}"""


def test_every_widget_is_drawn_and_submits_its_value(page: Page, server: Served) -> None:
    folder = server.home / "workflows"
    (folder / "widgets.draw.api.json").write_text(GRAPH, "utf-8")
    (folder / "widgets.yaml").write_text(WIDGETS, "utf-8")
    previews: list[dict[str, Any]] = []
    page.on(
        "request",
        lambda request: previews.append(body(request)) if "/jobs/preview" in request.url else None,
    )
    page.goto("/#/new/widgets")
    expect(page.get_by_label("Line", exact=True)).to_be_visible()
    drawn = page.locator(".field[data-widget]").evaluate_all("all => all.map(field => field.dataset.widget)")
    assert drawn == ["text", "textarea", "number", "slider", "checkbox", "select", "combobox", "multiselect",
                     "resolution", "file", "folder", "color", "seed"]  # fmt: skip
    page.get_by_label("Line", exact=True).fill("oil, painting")
    page.get_by_label("Count", exact=True).fill("7")
    page.get_by_label("Strength as a number").fill("0.75")
    page.get_by_label("Wild", exact=True).check()
    page.get_by_label("How wild", exact=True).fill("4")
    page.get_by_label("Mood", exact=True).select_option("loud")
    page.get_by_role("button", name="b", exact=True).click()
    page.get_by_role("button", name="Swap width and height").click()
    page.get_by_label("Seed", exact=True).fill("18446744073709551615")
    page.get_by_role("button", name="Vary Seed").click()
    page.get_by_label("Seeds", exact=True).fill("1..4")
    page.get_by_label("Size", exact=True).select_option("832x480")
    page.get_by_role("checkbox", name="Swap width and height").check()
    expect(page.get_by_role("button", name="Submit 4 renders")).to_be_visible()
    # What was changed last is asked about a moment later.
    wait_until(page, lambda: "flip" in previews[-1])
    assert previews[-1] == {
        "workflow": "widgets",
        "params": {"line": "oil, painting", "count": 7, "strength": 0.75, "wild": True, "how_wild": 4, "mood": "loud",
                   "extras": ["b"], "area": "32x64", "seed": "18446744073709551615"},
        "seeds": "1..4", "resolution": "832x480", "flip": True,
    }  # fmt: skip


def body(request: Request) -> dict[str, Any]:
    """What a request sent."""
    sent: dict[str, Any] = json.loads(request.post_data or "{}")
    return sent


def dropped(page: Page, path: Path, where: str) -> None:
    """Drop a file of the disk on a part of the page."""
    content = base64.b64encode(path.read_bytes()).decode()
    transfer = page.evaluate_handle(_TRANSFER, [content, path.name])
    page.locator(where).first.dispatch_event("drop", {"dataTransfer": transfer})


def test_a_finished_file_that_is_dropped_gives_its_settings_and_any_other_stays_an_input(
    page: Page, server: Served
) -> None:
    job = quick(server)
    output = Path(server.wait_for(job, "succeeded")["output_dir"]) / "good.mp4"
    inputs = page.locator(".input-entry")
    page.goto("/")
    dropped(page, output, "main")
    expect(page.get_by_label("Made for", exact=True)).to_have_value("small")
    expect(inputs.get_by_title(str(server.clips / "good.mp4"))).to_be_visible()
    page.wait_for_function("() => document.querySelector('.input-entry img')?.naturalWidth > 1")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="Convert a video").click()
    expect(inputs.get_by_title(str(output))).to_be_visible()
    expect(page.get_by_label("Made for", exact=True)).to_have_value("web")

    dropped(page, server.clips / "other.mp4", ".drop")
    expect(inputs).to_have_count(2)
    dropped(page, output.with_name("good.mp4.vq.json"), ".drop")
    expect(page.get_by_label("Made for", exact=True)).to_have_value("small")
    expect(inputs).to_have_count(1)

    page.goto(f"/#/jobs/{job}")
    page.get_by_role("button", name="Run exactly again").click()
    again = page.get_by_role("status").get_by_role("link", name="Open").get_attribute("href") or ""
    assert server.wait_for(int(again.rsplit("/", 1)[1]), "succeeded")["parent_id"] == job
