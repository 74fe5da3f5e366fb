"""What the page costs, in bytes, requests and elements; its times are measured by `python -m benchmarks.ui`."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from benchmarks.ui_load import many_events
from benchmarks.ui_queue import fill_home
from tests.page.serving import Served, served

JOBS = 400


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with many jobs, the first of which made 300 pictures; its queue is paused."""
    with served(tmp_path_factory.mktemp("costs") / "home") as running:
        fill_home(running, JOBS)
        yield running


class Wire:
    """The answers that a page got from now on: path and bytes as they were sent."""

    def __init__(self, page: Page) -> None:
        self.answers: list[tuple[str, int]] = []
        paths: dict[str, str] = {}
        devtools = page.context.new_cdp_session(page)
        devtools.on(
            "Network.requestWillBeSent",
            lambda sent: paths.update({sent["requestId"]: urlsplit(sent["request"]["url"]).path}),
        )
        devtools.on(
            "Network.loadingFinished",
            lambda end: self.answers.append((paths.get(end["requestId"], ""), int(end["encodedDataLength"]))),
        )
        devtools.send("Network.enable")

    def bytes_of(self, *, api: bool) -> int:
        """Bytes of what came from the API, or of the page's own files."""
        return sum(size for path, size in self.answers if path.startswith("/api/") is api)


def test_opening_the_page_for_the_first_time_sends_few_bytes(page: Page, server: Served) -> None:
    wire = Wire(page)
    page.goto("/")
    expect(page.locator(".cell img").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    # With all heads, and with what comes right after the first screen: keys, the theme, scrubbing.
    assert 30_000 < wire.bytes_of(api=False) < 125_000


def test_only_jobs_in_view_are_drawn(page: Page, server: Served) -> None:
    page.goto("/")
    expect(page.locator(".cell img").first).to_be_visible()
    for key in "123":
        page.keyboard.press(key)
        expect(page.locator(".queue")).to_have_attribute(
            "data-density", ("rows", "strips", "sheet")[int(key) - 1]
        )
        page.evaluate("scrollTo(0, 3000)")
        page.wait_for_function("() => scrollY === 3000")
        assert page.evaluate("document.querySelectorAll('*').length") < 2500


def test_hundreds_of_events_cost_a_few_requests(page: Page, server: Served) -> None:
    page.goto("/")
    expect(page.locator(".cell img").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    wire = Wire(page)
    many_events(server, 600)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)
    read = [path for path, _ in wire.answers if path.startswith("/api/") and not path.endswith("/thumbnail")]
    assert 0 < len(read) < 40


def test_a_job_of_300_frames_is_read_again_in_few_bytes(page: Page, server: Served) -> None:
    page.goto("/#/jobs/1")
    expect(page.get_by_role("region", name="Outputs")).to_contain_text("300")
    page.wait_for_load_state("networkidle")
    wire = Wire(page)
    with server.client() as client:
        client.patch("/api/jobs/1", json={"name": "Read again"}).raise_for_status()
    with page.expect_response("**/api/jobs/1/outputs*"):
        pass
    expect(page.get_by_role("heading", name="Read again")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 0 < wire.bytes_of(api=True) < 100_000


def test_small_jobs_lie_side_by_side(page: Page, server: Served) -> None:
    page.goto("/#/queue?state=succeeded")
    expect(page.locator(".cell img").first).to_be_visible()
    first = page.locator(".table-row").first.locator(".job-block")
    tops = {box["y"] for block in first.all() if (box := block.bounding_box())}
    assert (len(tops), first.count() >= 2) == (1, True)
