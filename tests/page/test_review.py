"""A review in the page: parts are split there, go through the phases before it, and are asked about."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.page.serving import Served

_CUT = """
inputs: {kind: video}
phases:
  - {name: cut, uses: media.split, with: {source: "{{ input.path }}", at_frame: 2}}
  - {name: copy, uses: media.convert, for_each: "{{ phases.cut.children }}", with: {source: "{{ item.path }}"}}
  - {name: look, uses: review, with: {items: "{{ phases.copy.file }}"}}
  - {name: join, uses: media.merge, with: {inputs: "{{ phases.look.approved }}"}}
output: {phase: join}
"""


def test_a_part_is_split_and_all_are_approved(page: Page, server: Served) -> None:
    (server.home / "workflows" / "cutting.yaml").write_text(_CUT)
    job = server.submit(workflow="cutting", inputs=[str(server.clips / "good.mp4")], name="Cut")
    page.goto(f"/#/jobs/{job}")
    page.locator(".drawer-buttons").get_by_role("button", name="Review").click(timeout=60_000)
    dialog = page.get_by_role("dialog")
    items = dialog.get_by_role("listitem")
    expect(items).to_have_count(2)
    items.first.get_by_role("button", name="Split").click()
    dialog.get_by_label("First frame of the second part").fill("1")
    expect(dialog.get_by_role("status")).to_contain_text("goes through copy again")
    dialog.get_by_role("button", name="Save decisions").click()

    expect(page.get_by_role("region", name="Phases")).to_contain_text("3/3", timeout=60_000)
    page.locator(".drawer-buttons").get_by_role("button", name="Review").click(timeout=60_000)
    expect(items).to_have_count(3)
    for number in range(3):
        items.nth(number).get_by_role("button", name="Approve").click()
    dialog.get_by_role("button", name="Save decisions").click()
    expect(page.locator(".standing")).to_contain_text("Done", timeout=60_000)
