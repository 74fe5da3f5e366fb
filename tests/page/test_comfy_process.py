"""ComfyUI as a process of the server on the page: what it is at, its log, and the buttons that stop and start it."""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.page.serving import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`vq serve` that starts the stand-in itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home: Path = tmp_path_factory.mktemp("process") / "home"
    home.mkdir()
    command = [
        sys.executable,
        "-m",
        "video_queue.simulator",
        "--port",
        str(port),
        "--base",
        str(home / "sim"),
    ]
    (home / "vq.toml").write_text(f"[comfy]\ncommand = {json.dumps(command)}\n")
    with served(home, f"http://127.0.0.1:{port}") as running:
        yield running


def until_process(server: Served, state: str) -> None:
    """Wait until the server says this of its ComfyUI."""
    deadline = time.monotonic() + 60
    with server.client() as client:
        while (process := client.get("/api/comfy").json()["process"])["state"] != state:
            assert time.monotonic() < deadline, process
            time.sleep(0.05)


def test_it_is_stopped_and_started_from_the_system_screen(page: Page, server: Served) -> None:
    page.goto("/#/system")
    comfy = page.get_by_role("region", name="Overview").locator(".fact-block").first
    expect(comfy).to_contain_text("Runs · since", timeout=60_000)
    expect(comfy).to_contain_text("pid ")
    page.get_by_text("What ComfyUI prints").click()
    expect(page.get_by_label("Log of ComfyUI")).to_contain_text("listening")

    comfy.get_by_role("button", name="Manage").click()
    page.get_by_role("menuitem", name="Stop it").click()
    expect(comfy).to_contain_text("Stopped", timeout=60_000)
    page.goto("/#/")
    expect(page.get_by_text("ComfyUI was stopped.")).to_be_visible(timeout=60_000)

    page.goto("/#/system")
    comfy.get_by_role("button", name="Manage").click()
    page.get_by_role("menuitem", name="Start it", exact=True).click()
    expect(comfy).to_contain_text("Runs · since", timeout=60_000)
    comfy.get_by_role("button", name="Manage").click()
    page.get_by_role("menuitem", name="Free its memory").click()
    expect(page.get_by_text("ComfyUI frees its memory.")).to_be_visible()


def test_what_changes_while_the_system_screen_is_still_read_is_shown(page: Page, server: Served) -> None:
    """The answer that comes late was true when it was asked for."""
    late: list[tuple[Route, APIResponse]] = []
    until_process(server, "running")
    page.route("**/api/system", lambda route: late.append((route, route.fetch())))
    with page.expect_request("**/api/system"):
        page.goto("/#/system")
    with server.client() as client:
        client.post("/api/comfy/actions", json={"action": "stop"}).raise_for_status()
    until_process(server, "stopped")
    page.unroute("**/api/system")
    for route, answer in late:
        route.fulfill(response=answer)
    comfy = page.get_by_role("region", name="Overview").locator(".fact-block").first
    expect(comfy).to_contain_text("Stopped")
