"""A review in the page: by key, with what is judged in sight, and nothing lost that was decided."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.media_clips import codes_of, make_clip
from tests.page.browsing import guarded_page
from tests.page.checks import serious
from tests.page.serving import Served
from tests.review_workflows import SILENCES
from tests.scene_clips import make_scenes
from tests.speech_clips import make_speech

_PICTURES = """
inputs: {kind: video}
phases:
  - {name: frames, uses: media.extract_frames, with: {source: "{{ input.path }}"}}
  - {name: look, uses: review, with: {items: "{{ phases.frames.images }}"}}
  - {name: join, uses: media.encode, with: {frames: "{{ phases.look.approved }}", fps: 10, crf: 0}}
output: {phase: join}
"""
_SCENES = """
inputs: {kind: video}
phases:
  - {name: scenes, uses: media.detect_scenes, with: {source: "{{ input.path }}"}}
  - {name: look, uses: review, with: {items: "{{ phases.scenes.scenes }}"}}
  - {name: splice, uses: media.splice, with: {source: "{{ input.path }}", scenes: "{{ phases.look.approved }}"}}
output: {phase: splice}
"""
_CUT = """
inputs: {kind: video}
phases:
  - {name: cut, uses: media.split, with: {source: "{{ input.path }}", at_frame: 2}}
  - {name: copy, uses: media.convert, for_each: "{{ phases.cut.children }}", with: {source: "{{ item.path }}"}}
  - {name: look, uses: review, with: {items: "{{ phases.copy.file }}"}}
  - {name: join, uses: media.merge, with: {inputs: "{{ phases.look.approved }}"}}
output: {phase: join}
"""
_SAID = """
inputs: {kind: video}
phases:
  - name: look
    uses: review
    with:
      items:
        - {start: 0, end: 0.3, text: Helo}
        - {start: 0.3, end: 0.6, text: "to all,"}
        - {start: 0.6, end: 0.8, text: um}
  - name: captions
    uses: media.captions
    with: {source: "{{ input.path }}", segments: "{{ phases.look.approved }}", mode: file, with_clip: true}
output: {phase: captions}
"""
_WORKFLOWS = {"frames": _PICTURES, "silences": SILENCES, "scenes": _SCENES, "cutting": _CUT, "said": _SAID}
_SCENE_CUTS = [30, 75, 110]
_FPS = 30


@pytest.fixture(scope="module", autouse=True)
def workflows(server: Served) -> None:
    """The workflows of these stories."""
    for name, text in _WORKFLOWS.items():
        (server.home / "workflows" / f"{name}.yaml").write_text(text)


def at_review(server: Served, workflow: str, *clips: Path) -> tuple[int, list[dict[str, Any]]]:
    """A job of that workflow once it waits: its number, and its renders."""
    job = server.submit(workflow=workflow, inputs=[str(clip) for clip in clips], name=workflow)
    end = server.wait_for(job, "review")
    while end["counts"]["review"] < len(clips):
        end = server.wait_for(job, "review")
    return job, renders(server, job)


def renders(server: Served, job: int) -> list[dict[str, Any]]:
    """The renders of a job as they are."""
    with server.client() as client:
        items: list[dict[str, Any]] = client.get(f"/api/jobs/{job}/prompts").json()["items"]
        return items


def result(prompt: dict[str, Any], phase: str) -> dict[str, Any]:
    """What a phase of a render gave."""
    view: dict[str, Any] = next(each["result"] for each in prompt["phases"] if each["name"] == phase)
    return view


def output(server: Served, job: int) -> Path:
    """The file that a job published."""
    with server.client() as client:
        return Path(client.get(f"/api/jobs/{job}/outputs").json()["items"][0]["path"])


def test_twenty_pictures_are_judged_by_key_and_a_slip_is_taken_back(page: Page, server: Served) -> None:
    clips = [make_clip(server.clips / f"two{number}.mp4", 2, sound=None) for number in range(10)]
    job, prompts = at_review(server, "frames", *clips)
    page.goto(f"/#/jobs/{job}")
    page.locator(".drawer-buttons").get_by_role("button", name="Review").click()
    review = page.get_by_role("complementary", name="Review")
    said = review.get_by_role("status").first
    for number in range(1, 11):
        expect(review.get_by_role("heading", level=1)).to_have_text(
            f"Review: render {number} of frames (job {job})"
        )
        expect(review.locator(".review-item[aria-current]")).to_have_attribute("data-item", "1")
        page.keyboard.press("r" if number == 4 else "a")
        expect(review.locator(".review-item[aria-current]")).to_have_attribute("data-item", "2")
        page.keyboard.press("a")
        if number == 7:  # the second picture of the seventh was no good: back from the eighth
            expect(review.get_by_role("heading", level=1)).to_contain_text("render 8")
            page.keyboard.press("u")
            expect(said).to_contain_text("Taken back")
            expect(review.get_by_role("heading", level=1)).to_contain_text("render 7")
            page.keyboard.press("r")
    expect(review.get_by_role("heading", name="Nothing waits for your eye")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(rf"#/jobs/{job}$"))
    server.wait_for(job, "succeeded")
    approved = [len(result(prompt, "look")["approved"]) for prompt in renders(server, job)]
    assert approved == [2, 2, 2, 1, 2, 2, 1, 2, 2, 2]
    assert [prompt["id"] for prompt in prompts] == sorted(prompt["id"] for prompt in prompts)


def test_silences_moved_on_the_sound_leave_exactly_the_frames_that_were_asked(
    page: Page, server: Served
) -> None:
    talk = make_speech(
        server.clips / "talk.mp4", gaps=((1.0, 2.0), (3.0, 4.0), (5.0, 6.0)), seconds=7, codec="aac"
    )
    job, (prompt,) = at_review(server, "silences", talk)
    page.goto(f"/#/review/{prompt['id']}")
    review = page.get_by_role("complementary", name="Review")
    start = review.get_by_role("slider", name="Start of 1")
    expect(start).to_have_attribute("aria-valuenow", re.compile(r"^1\.0"))
    page.wait_for_function("() => document.querySelector('.view-picture video')?.readyState >= 2")
    edge, span = start.bounding_box(), review.locator(".review-span").first.bounding_box()
    assert edge is not None
    assert span is not None
    second = span["width"] / 1.0
    middle = (edge["x"] + edge["width"] / 2, edge["y"] + edge["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + second * 0.3, middle[1], steps=4)
    page.mouse.up()
    first = float(start.get_attribute("aria-valuenow") or 0)
    assert abs(first - 1.3) < 0.1
    assert abs(first * _FPS - round(first * _FPS)) < 0.02, "edges lie between frames"
    page.keyboard.press("ArrowRight")  # the edge has the keyboard: a frame later
    expect(start).to_have_attribute("aria-valuenow", f"{first + 1 / _FPS:.3f}")
    review.get_by_role("heading", level=1).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("r")
    expect(review.get_by_role("status").first).to_have_text("Silence 2 is kept")
    page.keyboard.press("ArrowRight")
    for _ in range(3):
        page.keyboard.press(".")
    page.keyboard.press("i")
    expect(review.get_by_text("Kept in this browser until it is sent")).to_be_visible()

    page.reload()
    expect(review.get_by_role("button", name="Cut 2 silences")).to_be_visible()
    begun = round((first + 1 / _FPS) * _FPS)
    expect(start).to_have_attribute("aria-valuenow", f"{begun / _FPS:.3f}")
    review.get_by_role("button", name=re.compile("^Silence 3")).click()
    third = float(review.get_by_role("slider", name="Start of 3").get_attribute("aria-valuenow") or 0)
    page.keyboard.press("Control+Enter")
    expect(review.get_by_role("heading", name="Nothing waits for your eye")).to_be_visible()
    page.keyboard.press("Escape")
    server.wait_for(job, "succeeded")
    silences = result(prompt, "look")["items"]
    gone = {
        *range(begun, round(silences[0]["end"] * _FPS)),
        *range(round(third * _FPS), round(silences[2]["end"] * _FPS)),
    }
    assert codes_of(output(server, job)) == [code for code in range(7 * _FPS) if code not in gone]


def test_a_scene_is_split_where_the_picture_stands_and_two_are_joined(page: Page, server: Served) -> None:
    clip = make_scenes(server.clips / "scenes.mp4", _SCENE_CUTS, 160)
    job, (prompt,) = at_review(server, "scenes", clip)
    page.goto(f"/#/review/{prompt['id']}")
    review = page.get_by_role("complementary", name="Review")
    items = review.get_by_role("list", name="Scenes").get_by_role("button")
    expect(items).to_have_count(4)
    expect(items.nth(1).locator("img").first).to_have_js_property("complete", True)
    page.keyboard.press("ArrowRight")
    expect(review.get_by_label("Frame", exact=True)).to_have_value("30")
    review.get_by_role("button", name="Frame 52").click()
    page.keyboard.press(",")
    page.keyboard.press("s")
    expect(items).to_have_count(5)
    expect(items.nth(1)).to_contain_text("21 frames")
    page.keyboard.press("u")
    expect(items).to_have_count(4)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("a")
    page.keyboard.press("m")
    expect(items).to_have_count(3)
    expect(items.nth(1)).to_contain_text("80 frames")
    expect(items.first).to_contain_text("approved")
    page.keyboard.press("a")
    page.keyboard.press("r")
    expect(review.get_by_role("heading", name="Nothing waits for your eye")).to_be_visible()
    page.keyboard.press("Escape")
    server.wait_for(job, "succeeded")
    (prompt,) = renders(server, job)
    scenes = [(item["start_frame"], item["end_frame"]) for item in result(prompt, "look")["approved"]]
    assert scenes == [(0, 30), (30, 110)]
    assert [artifact["frames"] for artifact in prompt["artifacts"] if artifact["kind"] == "video"] == [30, 80]


def test_what_was_misheard_is_corrected_while_it_is_heard(page: Page, server: Served) -> None:
    job, (prompt,) = at_review(server, "said", server.clips / "good.mp4")
    page.goto(f"/#/review/{prompt['id']}")
    review = page.get_by_role("complementary", name="Review")
    lines = review.get_by_role("list", name="What was said").get_by_role("button")
    expect(lines).to_have_count(3)
    page.wait_for_function("() => document.querySelector('.view-picture video')?.readyState >= 2")
    lines.nth(1).click()
    expect(lines.nth(1)).to_have_attribute("data-playing", "")
    page.keyboard.press("f")
    expect(page).to_have_url(re.compile("#/review/"))
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    page.keyboard.type("Hello")
    page.reload()
    expect(lines.first).to_contain_text("Hello")
    expect(lines.first).to_have_attribute("title", "It was “Helo”")
    lines.nth(2).focus()
    page.keyboard.press("ArrowRight")
    lines.nth(2).click()
    page.keyboard.press("r")
    review.get_by_role("button", name="Use 2 texts").click()
    page.keyboard.press("Escape")
    server.wait_for(job, "succeeded")
    (prompt,) = renders(server, job)
    assert [item["text"] for item in result(prompt, "look")["approved"]] == ["Hello", "to all,"]
    assert [cue["text"] for cue in result(prompt, "captions")["cues"]] == ["Hello", "to all,"]


def test_a_clip_that_is_split_comes_back_by_itself_once_it_was_cut(page: Page, server: Served) -> None:
    job, (prompt,) = at_review(server, "cutting", server.clips / "good.mp4")
    page.goto(f"/#/review/{prompt['id']}")
    review = page.get_by_role("complementary", name="Review")
    items = review.get_by_role("list", name="What is judged").get_by_role("button")
    expect(items).to_have_count(2)
    page.wait_for_function("() => document.querySelector('.view-picture video')?.readyState >= 2")
    page.keyboard.press(".")
    page.keyboard.press("s")
    expect(review.get_by_text("goes through copy again")).to_be_visible()
    page.keyboard.press("a")
    review.get_by_role("button", name="Send now").click()
    expect(items).to_have_count(3, timeout=60_000)
    expect(items.nth(2)).to_contain_text("approved")
    page.keyboard.press("e")
    page.keyboard.press("Escape")
    server.wait_for(job, "succeeded")


def test_what_a_phase_warns_of_stands_below_it(page: Page, server: Served) -> None:
    (server.home / "workflows" / "late.yaml").write_text(
        _SAID.replace("start: 0.6, end: 0.8", "start: 8, end: 9")
    )
    job, _ = at_review(server, "late", server.clips / "good.mp4")
    page.goto(f"/#/jobs/{job}")
    page.locator(".drawer-buttons").get_by_role("button", name="Review").click()
    page.get_by_role("button", name="Use 3 texts").click()
    page.keyboard.press("Escape")
    phases = page.get_by_role("region", name="Phases")
    expect(phases.locator(".phase").nth(1).locator(".warning")).to_contain_text(
        "after the clip's end", timeout=60_000
    )


@pytest.fixture(scope="module")
def waiting(server: Served) -> dict[str, int]:
    """A render at a review of each kind, by its workflow; nothing decides them."""
    clips = dict.fromkeys(_WORKFLOWS, server.clips / "good.mp4")
    clips["scenes"] = make_scenes(server.clips / "scenes.mp4", _SCENE_CUTS, 160)
    clips["silences"] = make_speech(server.clips / "quiet.mp4", gaps=((1.0, 2.0),), seconds=3, codec="aac")
    jobs = {name: server.submit(workflow=name, inputs=[str(clip)], name=name) for name, clip in clips.items()}
    for job in jobs.values():
        server.wait_for(job, "review")
    return {name: renders(server, job)[0]["id"] for name, job in jobs.items()}


@pytest.mark.parametrize(("theme", "width"), [("dark", "wide"), ("light", "narrow")])
def test_every_kind_of_review_is_accessible_and_fits(
    browser: Browser, server: Served, waiting: dict[str, int], theme: str, width: str
) -> None:
    with guarded_page(browser, server.url, theme=theme, width=width) as (page, guard):
        for prompt in waiting.values():
            page.goto(f"/#/review/{prompt}")
            expect(page.locator(".review-bar")).to_be_visible()
            assert serious(page, guard) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
