"""Nothing on the page moves by itself while work goes on: what changes has its place before it comes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.forked import popen
from tests.page.browsing import Guard
from tests.page.serving import Served, served
from video_queue.simulator import SimulatorSettings
from video_queue.simulator.process import SimulatorProcess

# Every element that moved, without being a new one and not because of a click just now.
_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  const entries = list.getEntries().filter((entry) => !entry.hadRecentInput);
  for (const entry of entries) for (const { node, previousRect: from, currentRect: to } of entry.sources) {
    const element = node?.nodeType === 1 ? node : node?.parentElement;
    const place = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(" ");
    const text = node?.textContent.trim().slice(0, 40);
    window.shifts.push(`${element?.className} "${text}" from ${place(from)} to ${place(to)}`);
  }
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`vq serve` with a stand-in for ComfyUI that sends previews."""
    settings = SimulatorSettings(
        tmp_path_factory.mktemp("comfy"), seconds_per_step=0.01, preview_method="auto"
    )
    comfy = SimulatorProcess(settings, popen=popen)
    try:
        with served(tmp_path_factory.mktemp("steady") / "home", comfy.start()) as running:
            yield running
    finally:
        comfy.stop()


def shifts(page: Page) -> str:
    """What moved so far, a line each."""
    return "\n".join(page.evaluate("window.shifts"))


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_moves_while_jobs_are_rendered_and_end(page: Page, server: Served, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.add_init_script(_SHIFTS)
    page.goto("/")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    clip = str(server.clips / "good.mp4")
    small = {"preset": "small"}
    steps = {"prompt": "ink wash", "steps": 1}
    server.submit(workflow="restyle-video", inputs=[clip], params=steps, name="Live", tags=["client"])
    web = server.submit(workflow="transcode", inputs=[clip], params=small, sweep={"crf": list(range(20, 24))})
    broken = server.submit(workflow="transcode", input_dir=str(server.mixed), params=small)
    # Running is over in a moment on a fast machine.
    expect(page.locator(f'[data-job="{web}"]:not([data-state="queued"])')).to_be_visible(timeout=30_000)
    if width > 1000:
        # In the window the list stands beside it.
        page.locator(f'[data-job="{web}"] .job-name').click()
        expect(page.locator(".shot").first).to_be_visible(timeout=30_000)
    for job in (web, broken):
        server.wait_for(job, "succeeded", "partial")
        expect(
            page.locator(f'[data-job="{job}"]:is([data-state="succeeded"], [data-state="partial"])')
        ).to_be_visible()
    assert shifts(page) == ""


def test_nothing_moves_when_the_server_goes_and_comes_back(
    watched: tuple[Page, Guard], server: Served
) -> None:
    page, guard = watched
    page.add_init_script(_SHIFTS)
    page.goto("/")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_load_state("networkidle")
    guard.paused = True
    server.stop()
    expect(page.get_by_text("The server does not answer.")).to_be_visible(timeout=30_000)
    server.start()
    expect(page.get_by_text("The server does not answer.")).to_have_count(0, timeout=30_000)
    guard.paused = False
    assert shifts(page) == ""
