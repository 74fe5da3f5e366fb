"""A render on ComfyUI as the page shows it: the preview, its phases, and the note that ComfyUI is simulated."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.forked import popen
from tests.page.serving import Served, served
from video_queue.simulator import SimulatorSettings
from video_queue.simulator.process import SimulatorProcess


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`vq serve` with a ComfyUI stand-in that sends previews."""
    base = tmp_path_factory.mktemp("comfy")
    comfy = SimulatorProcess(
        SimulatorSettings(base, seconds_per_step=0.05, preview_method="auto"), popen=popen
    )
    try:
        with served(tmp_path_factory.mktemp("live") / "home", comfy.start()) as running:
            yield running
    finally:
        comfy.stop()


def test_a_preview_is_shown_while_it_renders(page: Page, server: Served) -> None:
    page.goto("/")
    expect(page.get_by_text("Simulated.")).to_be_visible()
    with server.client() as client:
        gpu = client.get("/api/system").json()["gpu"]
    assert "simulated" in gpu["name"].lower()
    assert gpu["vram_total"] > 0
    job = server.submit(workflow="restyle-video", inputs=[str(server.clips / "good.mp4")], name="Live")
    now = page.get_by_role("region", name="Now")
    expect(now.get_by_role("link", name="Live")).to_be_visible()
    picture = now.get_by_alt_text("What the render looks like now")
    expect(picture).to_be_visible(timeout=60_000)
    page.wait_for_function("picture => picture.naturalWidth > 0", arg=picture.element_handle())
    expect(now).to_contain_text("phase 2/3")
    expect(page).to_have_title(re.compile("^[0-9]+% "))

    page.goto(f"/#/jobs/{job}")
    phases = page.get_by_role("region", name="Phases")
    expect(phases.get_by_role("listitem")).to_have_count(3)
    expect(phases.get_by_role("listitem").first).to_contain_text("Done")
    now.get_by_role("button", name="Cancel").click()
    page.get_by_role("menuitem", name="The whole job").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the job").click()
    expect(page.locator(".standing")).to_contain_text("Cancelled", timeout=60_000)


# Of a render beside the one that is shown large: the icon stands before its job's name, and the percentage on one line.
_IN_LINE = """() => {
  const row = document.querySelector('.now-also');
  if (!row) return false;
  const [icon, name] = [...row.children].map((child) => child.getBoundingClientRect());
  const lines = new Range();
  lines.selectNodeContents(row.querySelector('.now-percent'));
  return {before: icon.right <= name.left, name: name.width, lines: lines.getClientRects().length};
}"""


@pytest.mark.parametrize("width", [1440, 420])
def test_work_beside_the_render_stands_in_one_line(page: Page, server: Served, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/")
    clip = str(server.clips / "good.mp4")
    live = server.submit(workflow="restyle-video", inputs=[clip], name="Live")
    beside = server.submit(
        workflow="transcode", inputs=[clip], sweep={"crf": list(range(18, 38))}, name="For the web"
    )
    layout = page.wait_for_function(_IN_LINE, timeout=60_000).json_value()
    assert (layout["before"], layout["name"] > 60, layout["lines"]) == (True, True, 1)
    with server.client() as client:
        for job in (live, beside):
            client.post(f"/api/jobs/{job}/actions", json={"action": "cancel"}).raise_for_status()


def test_the_end_of_a_demo_says_how_many_files_are_ready_and_leads_to_ones_own(
    page: Page, server: Served
) -> None:
    job = server.submit(workflow="transcode", inputs=[str(path) for path in server.clips.iterdir()])
    server.wait_for(job, "succeeded")
    with server.client() as client:
        jobs = client.get("/api/jobs").json()["items"]
        files = sum(len(client.get(f"/api/jobs/{item['id']}/outputs").json()["items"]) for item in jobs)
    page.goto("/")
    now = page.get_by_role("region", name="Now")
    expect(now).to_contain_text(f"{files} files are ready")
    now.get_by_role("link", name="Try it on your own clip").click()
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()
