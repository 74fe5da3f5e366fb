"""The pictures of the docs, taken from a real server in a real browser: `python -m scripts.screenshots`.

It renders generated clips in a temporary home; `--url` uses a running server instead
(for the job, of the newest one that failed in part, else of the newest). `--specimen` takes those of every component
in every state (tests/page/specimen/) into build/specimen/: two themes, three widths, and what floats.
"""

from __future__ import annotations

import argparse
import colorsys
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
from playwright.sync_api import Browser, FilePayload, Page, expect, sync_playwright

from tests.graphs import text_to_image
from tests.media_clips import Pixels, make_clip, make_junk
from tests.page.browsing import THEMES, guarded_page, launch
from tests.page.serving import Served, served
from tests.page.specimen_page import FLOATING, open_specimen
from tests.review_workflows import SILENCES
from tests.speech_clips import GAPS, make_speech
from video_queue.simulator.process import SimulatorProcess
from video_queue.simulator.settings import SimulatorSettings

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SPECIMEN = ROOT / "build" / "specimen"
_WIDTHS = {"desk": 1440, "tablet": 820, "phone": 390}
# Whether the outline of a sound is on its canvas.
_OUTLINE_IS_DRAWN = """() => [...document.querySelectorAll('canvas')].some(
    (one) => one.width && one.getContext('2d').getImageData(0, 0, one.width, one.height).data.some(Boolean)
)"""
_CLIPS = {
    "beach_take3": 0.55,
    "night_market": 0.78,
    "portrait_anna": 0.04,
    "forest_walk": 0.3,
    "interview_01": 0.12,
}


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="a running server")
    parser.add_argument("--specimen", action="store_true", help="every component in every state")
    url = (chosen := parser.parse_args()).url
    if chosen.specimen:
        take_specimen(SPECIMEN)
        return
    IMAGES.mkdir(parents=True, exist_ok=True)
    with _server(url) as origin, sync_playwright() as playwright:
        browser = launch(playwright)
        _picture(browser, origin, "queue-dark", "/#/queue", _list_is_there)
        _picture(browser, origin, "queue-light", "/#/queue", _list_is_there, theme="light")
        _picture(browser, origin, "job-dark", f"/#/jobs/{_job_to_show(origin)}", _player_is_there)
        _picture(browser, origin, "grid-dark", f"/#/matrix/{_sweep_to_show(origin)}", _two_are_compared)
        _picture(
            browser, origin, "clips-dark", f"/#/jobs/{_job_of(origin, 'ingest-to-clips')}", _clips_are_there
        )
        _picture(
            browser, origin, "review-dark", f"/#/jobs/{_job_of(origin, 'silences')}", _silences_are_there
        )
        _picture(browser, origin, "new-job-dark", "/#/new/transcode", _form_is_filled)
        _picture(browser, origin, "import-dark", "/#/workflows", _draft_is_there)
        _picture(browser, origin, "imported-dark", "/#/workflows", _imported_form_is_there)
        browser.close()


def take_specimen(folder: Path) -> None:
    """The pictures of the specimen in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="specimen-") as home,
        served(Path(home) / "home") as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        for theme in THEMES:
            for name, width in _WIDTHS.items():
                with guarded_page(browser, server.url, theme=theme) as (page, _):
                    page.set_viewport_size({"width": width, "height": 900})
                    open_specimen(page)
                    page.screenshot(path=folder / f"all-{theme}-{name}.png", full_page=True)
            for floating in FLOATING:
                with guarded_page(browser, server.url, theme=theme) as (page, _):
                    open_specimen(page, floating)
                    page.screenshot(path=folder / f"{floating}-{theme}.png")
        browser.close()


@contextmanager
def _server(url: str | None) -> Iterator[str]:
    if url is not None:
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="artist-") as folder:
        simulator = SimulatorProcess(SimulatorSettings(Path(folder) / "comfy", seconds_per_step=0.15))
        try:
            with served(Path(folder) / "home", simulator.start()) as server:
                _fill(server)
                yield server.url
        finally:
            simulator.stop()


def _fill(server: Served) -> None:
    """A queue in the middle of a day: done, partly done, running, waiting and held."""
    folder = server.home / "shots"
    folder.mkdir()
    clips = [
        make_clip(folder / f"{name}.mp4", 90, size=(640, 360), picture=_scene(hue))
        for name, hue in _CLIPS.items()
    ]
    drone = make_clip(server.clips / "drone_shot.mp4", 600, size=(960, 540), picture=_scene(0.5), sound=None)
    make_junk(folder / "broken_export.mp4")
    paths = [str(clip) for clip in clips]
    web = {"size": "640x"}
    ready = [
        server.submit(workflow="contact-sheet", inputs=paths[3:4]),
        server.submit(
            workflow="transcode", inputs=paths[:3], params=web, name="Web versions", tags=["client"]
        ),
        server.submit(workflow="transcode", inputs=paths[2:3], params=web, sweep={"crf": [18, 23, 28, 33]}),
        server.submit(workflow="transcode", input_dir=str(folder), params=web, name="Everything of Tuesday"),
    ]
    short = make_clip(folder.parent / "beach_short.mp4", 6, fps=6, size=(480, 270), picture=_scene(0.55))
    ready.append(
        server.submit(
            workflow="restyle-video", inputs=[str(short)], params={"prompt": "ink wash", "steps": 1},
            sweep={"denoise": [0.3, 0.5, 0.7]}, seeds=4, name="Ink wash, find the strength",
        )
    )  # fmt: skip
    for job in ready:
        server.wait_for(job, "succeeded", "partial")
    painting = {"prompt": "an oil painting, thick brush strokes", "steps": 12}
    _footage(server, folder.parent / "market_day.mp4")
    _talk(server, folder.parent / "talk.mp4")
    oil = server.submit(
        workflow="restyle-video", inputs=paths[1:2], params=painting, name="Market in oil (simulated)"
    )
    server.wait_for(oil, "running")
    server.submit(
        workflow="transcode",
        inputs=[str(drone)],
        params={"preset": "master", "size": "3840x"},
        name="Drone master",
    )
    server.submit(workflow="transcode", inputs=paths, params={"preset": "archive"}, name="For the archive")
    server.submit(workflow="video-to-frames", inputs=paths[:2], priority=-1)
    server.submit(workflow="transcode", inputs=paths[4:], held=True, name="Interview, later")


def _footage(server: Served, path: Path) -> None:
    """A clip of several scenes, cut and looked through before they go on."""
    (library := path.parent / "library").mkdir()
    scenes = [_scene(hue) for hue in _CLIPS.values()]
    clip = make_clip(
        path, 150, size=(640, 360), picture=lambda number, size: scenes[number // 30](number, size)
    )
    server.submit(
        workflow="ingest-to-clips",
        inputs=[str(clip)],
        params={"folder": str(library)},
        review=True,
        name="Market day, into clips",
    )


def _talk(server: Served, path: Path) -> None:
    """A talk whose silences are looked through before they are cut."""
    (server.home / "workflows" / "silences.yaml").write_text(SILENCES, "utf-8")
    make_speech(path, codec="aac", size=(640, 360), picture=_scene(_CLIPS["interview_01"]))
    server.submit(workflow="silences", inputs=[str(path)], name="Talk, tidied up")


def _scene(hue: float) -> Callable[[int, tuple[int, int]], Pixels]:
    """A sun over hills, in the colour of `hue`, drifting from frame to frame."""

    def picture(number: int, size: tuple[int, int]) -> Pixels:
        width, height = size
        y, x = np.linspace(0, 1, height)[:, None, None], np.linspace(0, 1, width)[None, :, None]
        sky = np.array(colorsys.hsv_to_rgb(hue, 0.55, 0.9)) * (0.35 + 0.65 * y)
        centre = 0.3 + 0.4 * np.sin(number / 20 + hue * 6)
        sun = np.exp(-60 * (((x - centre) * width / height) ** 2 + (y - 0.45) ** 2)) * np.array(
            [1, 0.95, 0.8]
        )
        hills = y > 0.72 + 0.06 * np.sin(x * 7 + hue * 20) + 0.03 * np.sin(x * 17 + number / 15)
        ground = np.array(colorsys.hsv_to_rgb((hue + 0.45) % 1, 0.5, 0.28))
        return (np.clip(np.where(hills, ground, sky + sun), 0, 1) * 255).astype(np.uint8)

    return picture


def _job_to_show(origin: str) -> int:
    with httpx.Client(base_url=origin) as client:
        partial = client.get("/api/jobs", params={"state": "partial", "limit": 1}).json()["items"]
        newest = client.get("/api/jobs", params={"limit": 1}).json()["items"]
        return int((partial or newest)[0]["id"])


def _job_of(origin: str, workflow: str) -> int:
    with httpx.Client(base_url=origin) as client:
        jobs = client.get("/api/jobs", params={"limit": 100}).json()["items"]
        return next(int(job["id"]) for job in jobs if job["workflow"] == workflow)


def _sweep_to_show(origin: str) -> int:
    with httpx.Client(base_url=origin) as client:
        done = client.get("/api/jobs", params={"state": "succeeded", "limit": 100}).json()["items"]
        return next(int(job["id"]) for job in done if job["submission"].get("seeds"))


def _picture(
    browser: Browser,
    origin: str,
    name: str,
    address: str,
    ready: Callable[[Page], None],
    *,
    theme: str = "dark",
) -> None:
    with guarded_page(browser, origin, theme=theme) as (page, _):
        page.goto(address)
        ready(page)
        page.screenshot(path=IMAGES / f"{name}.png")


def _list_is_there(page: Page) -> None:
    expect(page.locator(".cell").first).to_be_visible()
    page.wait_for_function(
        "() => Number(document.querySelector('.now-bar [aria-valuenow]')?.ariaValueNow) > 11"
    )
    page.wait_for_function("() => document.querySelector('.cell img')")
    page.wait_for_function("() => [...document.images].every(image => image.complete)")


def _player_is_there(page: Page) -> None:
    expect(page.locator(".drawer .player")).to_be_visible()
    page.wait_for_function("() => [...document.images].every(image => image.complete)")


def _clips_are_there(page: Page) -> None:
    page.locator(".drawer-buttons").get_by_role("button", name="Review").click(timeout=60_000)
    expect(page.get_by_role("button", name="Approve all")).to_be_visible(timeout=20_000)
    page.wait_for_function("() => document.images.length > 3")
    page.wait_for_function("() => [...document.images].every(image => image.complete)")


def _silences_are_there(page: Page) -> None:
    page.locator(".drawer-buttons").get_by_role("button", name="Review").click(timeout=60_000)
    expect(page.locator(".review-span")).to_have_count(len(GAPS), timeout=20_000)
    page.wait_for_function("() => document.querySelector('.view-picture video')?.readyState >= 2")
    page.wait_for_function(_OUTLINE_IS_DRAWN)
    for key in ("ArrowRight", "ArrowRight", "r", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.locator(".review-title")).to_contain_text("Silence 4")
    expect(page.locator(".review-said")).to_contain_text("Silence 3 is kept")


def _two_are_compared(page: Page) -> None:
    for cell in (1, 7):
        mark = page.get_by_role("button", name="Mark to compare").nth(cell)
        mark.hover()
        mark.click()
    page.mouse.move(700, 60)
    videos = "[...document.querySelectorAll('.view-picture video')]"
    page.wait_for_function(f"() => {videos}.length === 2 && {videos}.every((video) => video.readyState >= 2)")
    page.wait_for_function("() => [...document.images].every(image => image.complete)")


def _draft_is_there(page: Page) -> None:
    graph = json.dumps(text_to_image())
    for name, there in (("base.", "simulated-base."), ("soft.", "soft-light.")):
        graph = graph.replace(f'"{name}safetensors"', f'"{there}safetensors"')
    file: FilePayload = {
        "name": "lighthouse.json", "mimeType": "application/json", "buffer": graph.encode()
    }  # fmt: skip
    page.get_by_label("Workflow to import").set_input_files(file)
    draft = page.get_by_role("region", name="Draft")
    expect(draft).to_contain_text("lighthouse.json")
    draft.scroll_into_view_if_needed()


def _imported_form_is_there(page: Page) -> None:
    _draft_is_there(page)
    page.get_by_role("button", name="Save and open the form").click()
    expect(page.get_by_label("Prompt", exact=True)).to_be_visible()
    expect(page.locator(".summary-count")).to_contain_text("render")
    page.get_by_label("Close this message").click()
    expect(page.get_by_label("Close this message")).to_have_count(0)


def _form_is_filled(page: Page) -> None:
    folder = page.evaluate("fetch('/api/jobs?limit=50').then(answer => answer.json())")
    paths = [path for job in folder["items"] for path in job["submission"]["inputs"] if isinstance(path, str)]
    for path in list(dict.fromkeys(paths))[:3]:
        page.get_by_label("A path on the machine that renders").fill(path)
        page.keyboard.press("Enter")
    page.get_by_role("button", name="Vary Quality (CRF)").click()
    page.get_by_label("Another value of Quality (CRF)").fill("18, 23, 28")
    page.keyboard.press("Enter")
    page.evaluate("document.activeElement.blur(); document.querySelector('.form-panel').scrollTop = 0")
    expect(page.locator(".summary-count")).to_contain_text("renders")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.input-entry img')].filter(one => one.naturalWidth > 1).length === 3"
    )


if __name__ == "__main__":
    main()
