"""The page of 10,000 jobs in a real browser, beside a real server, and what it costs: `python -m benchmarks.ui`.

It needs Chromium and the extra `test`. While the list is scrolled and a job is open, jobs are changed over REST so many
times a second. Frames are drawn by software, on the cores that the server and those changes use too.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.figure import print_figure
from benchmarks.ui_load import changes, many_events
from benchmarks.ui_queue import fill_home
from tests.page.browsing import launch
from tests.page.serving import Served, served

Row = tuple[str, str, str]
_RATE = 100
# The list is usable when its first jobs are drawn, and the bar of what runs.
_USABLE = """
new MutationObserver((_, watch) => {
  if (!document.querySelector('.job-block[data-job]') || document.querySelector('.now-bar[aria-busy]')) return;
  watch.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.usableAt = performance.now(); }));
}).observe(document, { childList: true, subtree: true, attributes: true });
"""
# Scrolls by 40 px in each frame, down and up, and gives how many milliseconds each took.
_SCROLL = """(seconds) => new Promise((done) => {
  const frames = [];
  const begin = performance.now();
  let last = begin, by = 40;
  const frame = (now) => {
    frames.push(now - last);
    last = now;
    if (scrollY + innerHeight + 100 > document.documentElement.scrollHeight || scrollY > 60000) by = -40;
    if (scrollY < 100) by = 40;
    scrollBy(0, by);
    if (now - begin < seconds * 1000) requestAnimationFrame(frame);
    else done(frames.slice(1));
  };
  requestAnimationFrame(frame);
})"""
# When the name of the open job, which is changed all the time, was drawn again.
_FOLLOW = """() => {
  window.drawnAt = [];
  let last = '';
  new MutationObserver(() => {
    const name = document.querySelector('.drawer h1')?.textContent ?? '';
    if (name !== last) window.drawnAt.push(performance.now());
    last = name;
  }).observe(document.querySelector('.drawer'), { childList: true, subtree: true, characterData: true });
}"""


def main() -> None:
    """Print all figures beside their goals."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10, help="of scrolling, and of an open job")
    parser.add_argument("--events", type=int, default=60_000, help="over which the memory is followed")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vq-ui-") as place, served(Path(place) / "home") as server:
        jobs = fill_home(server, words.jobs)
        with sync_playwright() as playwright:
            browser = launch(playwright)
            rows = [
                *_opening(browser, server),
                *_scrolling(browser, server, jobs, words.seconds),
                *_open_jobs(browser, server, jobs, words.seconds),
                *_memory(browser, server, words.events),
            ]
            browser.close()
    table = Table("what", "goal", "measured", title=f"The page with {words.jobs:,} jobs")
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 120).print(table)


@contextmanager
def _page(browser: Browser, server: Served, address: str = "/") -> Iterator[tuple[Page, CDPSession]]:
    """The page as it is opened for the first time, in a profile of its own."""
    context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(_USABLE)
    try:
        page.goto(address)
        page.wait_for_function("() => window.usableAt")
        yield page, context.new_cdp_session(page)
    finally:
        context.close()


def _opening(browser: Browser, server: Served) -> list[Row]:
    """From the navigation until the first jobs are drawn, with no file of the page at hand and with all of them."""
    cold, warm = [], []
    for _ in range(7):
        with _page(browser, server) as (page, _devtools):
            cold.append(page.evaluate("window.usableAt"))
            page.reload()
            page.wait_for_function("() => window.usableAt")
            warm.append(page.evaluate("window.usableAt"))
    print_figure("page_usable_ms", statistics.median(cold))
    return [
        ("usable after it is opened for the first time", "500 ms", _milliseconds(cold)),
        ("usable after it is opened again", "500 ms", _milliseconds(warm)),
    ]


def _scrolling(browser: Browser, server: Served, jobs: dict[str, int], seconds: float) -> list[Row]:
    rows, slowest = [], 0.0
    for key, density in enumerate(("rows", "strips", "sheet"), 1):
        for rate in (0, _RATE):
            with _page(browser, server) as (page, _):
                page.keyboard.press(str(key))
                page.wait_for_timeout(1000)
                with changes(server, _waiting(jobs), rate, hold=True) as done:
                    frames = page.evaluate(_SCROLL, seconds)
            what = f"frames of {density} while scrolling, {len(done) / seconds:.0f} changes a second"
            rows.append((what, "p95 33 ms", _frames(frames)))
            slowest = max(slowest, _p95(frames))
    print_figure("page_frame_ms", slowest)
    return rows


def _open_jobs(browser: Browser, server: Served, jobs: dict[str, int], seconds: float) -> list[Row]:
    """How often an open job is drawn again while it changes all the time, and how much is read for it."""
    rows = []
    for name, job in (("3 renders", jobs["made"]), ("a clip of 300 frames", jobs["frames"])):
        with _page(browser, server, f"/#/jobs/{job}") as (page, devtools):
            page.wait_for_selector(".standing")
            sizes = _sizes(devtools)
            page.evaluate(_FOLLOW)
            with changes(server, [job], _RATE) as done:
                page.wait_for_timeout(seconds * 1000)
                drawn = page.evaluate("window.drawnAt")
        gaps = [later - earlier for earlier, later in pairwise(drawn)] or [0.0]
        what = f"an open job of {name}, {len(done) / seconds:.0f} changes a second"
        rows.append(
            (f"{what}: drawn again", "each second", f"{_milliseconds(gaps)}, longest {max(gaps):.0f}")
        )
        rows.append(("  read for it each time", "100 KB", f"{_each_refresh(sizes) / 1000:.1f} KB"))
    return rows


def _sizes(devtools: CDPSession) -> list[tuple[str, float]]:
    """(address, bytes on the wire) of every answer from now on."""
    addresses: dict[str, str] = {}
    sizes: list[tuple[str, float]] = []
    devtools.on(
        "Network.requestWillBeSent",
        lambda sent: addresses.update({sent["requestId"]: sent["request"]["url"]}),
    )
    devtools.on(
        "Network.loadingFinished",
        lambda end: sizes.append((addresses.get(end["requestId"], ""), end["encodedDataLength"])),
    )
    devtools.send("Network.enable")
    return sizes


def _each_refresh(sizes: Sequence[tuple[str, float]]) -> float:
    """Bytes for each time that the outputs were read, which an open job does once a refresh."""
    rounds = sum("/outputs" in address for address, _ in sizes)
    return sum(size for _, size in sizes) / max(1, rounds)


def _memory(browser: Browser, server: Served, events: int) -> list[Row]:
    """What the page holds after more and more events, garbage collected."""
    with _page(browser, server) as (page, devtools):
        points = []
        for _ in range(7):
            many_events(server, events // 6 if points else 2000)
            page.wait_for_timeout(2500)
            points.append(_held(devtools))
    return [
        (
            f"heap over {events:,} events, MB",
            "flat",
            " ".join(f"{point['heap'] / 1e6:.1f}" for point in points),
        ),
        ("elements", "flat", " ".join(str(point["nodes"]) for point in points)),
        ("listeners", "flat", " ".join(str(point["listeners"]) for point in points)),
    ]


def _held(devtools: CDPSession) -> dict[str, Any]:
    devtools.send("HeapProfiler.collectGarbage")
    counters = devtools.send("Memory.getDOMCounters")
    return {
        "heap": devtools.send("Runtime.getHeapUsage")["usedSize"],
        "nodes": counters["nodes"],
        "listeners": counters["jsEventListeners"],
    }


def _waiting(jobs: dict[str, int]) -> list[int]:
    """Jobs among which the list begins: a change draws one again, a hold moves it to another section."""
    return list(range(jobs["waits"] + 1, jobs["waits"] + 2001))


def _milliseconds(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.0f} ms (of {len(values)})"


def _p95(frames: Sequence[float]) -> float:
    return sorted(frames)[int(len(frames) * 0.95)]


def _frames(frames: Sequence[float]) -> str:
    ordered = sorted(frames)
    middle = ordered[len(ordered) // 2]
    return f"p50 {middle:.1f}, p95 {_p95(frames):.1f}, longest {ordered[-1]:.0f} ms (of {len(frames)})"


if __name__ == "__main__":
    main()
