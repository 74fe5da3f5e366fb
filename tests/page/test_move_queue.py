"""The queue as a file in a real browser: exported and saved, and made into jobs after a look at what is in it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.page.browsing import Guard
from tests.page.checks import serious
from tests.page.serving import Served

DROP = """bytes => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], "night.zip"));
  document.dispatchEvent(new DragEvent("drop", {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""


def test_what_waits_is_saved_as_a_file_and_imported_once_its_folder_is_known(
    watched: tuple[Page, Guard], server: Served, tmp_path: Path
) -> None:
    page, guard = watched
    with server.client() as client:
        client.post("/api/queue/actions", json={"action": "pause"})
    job = server.submit(workflow="transcode", inputs=[str(server.clips / "good.mp4")], name="Harbour")
    page.goto("/#/system")
    server.submit(workflow="transcode", inputs=[str(server.clips / "other.mp4")], name="Stays")
    page.get_by_role("button", name="Export what waits").click()
    page.get_by_text("Only some jobs").click()
    page.get_by_label("Harbour").check()
    page.get_by_label("Afterwards here").select_option("cancel")
    page.get_by_role("button", name="Make the file").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 job, 1 render")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save queue-").click()
    file = tmp_path / "night.zip"
    download.value.save_as(file)
    assert server.wait_for(job, "cancelled")["error"] is None
    page.get_by_role("button", name="Close").click()

    elsewhere = server.clips.rename(server.home / "elsewhere")
    page.get_by_role("button", name="Import a queue file").click()
    page.locator("input[type=file]").set_input_files(file)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("good.mp4")
    assert serious(page, guard) == []
    dialog.get_by_label(f"Where {server.clips} is here").fill(str(elsewhere))
    dialog.get_by_role("button", name="Check again").click()
    dialog.get_by_role("button", name="Make 1 job").click()
    expect(page.get_by_text("1 job arrived")).to_be_visible()
    with server.client() as client:
        moved = client.get(f"/api/jobs/{job + 2}").json()
    assert (moved["name"], moved["submission"]["inputs"]) == ("Harbour", [str(elsewhere / "good.mp4")])

    page.evaluate(DROP, list(file.read_bytes()))
    again = page.get_by_role("dialog", name="Import a queue file")
    expect(again).to_contain_text("here already")
    expect(again.get_by_role("button", name="All of it is here")).to_be_disabled()
