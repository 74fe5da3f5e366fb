"""A review in the page: parts are split there, go through the phases before it, and are asked about."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

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


def review(page: Page) -> None:
    """Open the review of the job that is open."""
    page.locator(".drawer-buttons").get_by_role("button", name="Review").click(timeout=60_000)


def begun(page: Page, server: Served, name: str, definition: str) -> tuple[int, Locator, Locator]:
    """A job of that workflow at its review: its number, the dialog, and the items in it."""
    (server.home / "workflows" / f"{name}.yaml").write_text(definition)
    job = server.submit(workflow=name, inputs=[str(server.clips / "good.mp4")])
    page.goto(f"/#/jobs/{job}")
    review(page)
    dialog = page.get_by_role("dialog")
    return job, dialog, dialog.get_by_role("listitem")


def test_a_part_is_split_and_all_are_approved(page: Page, server: Served) -> None:
    _, dialog, items = begun(page, server, "cutting", _CUT)
    expect(items).to_have_count(2)
    items.first.get_by_role("button", name="Split").click()
    dialog.get_by_label("First frame of the second part").fill("1")
    expect(dialog.get_by_role("status")).to_contain_text("goes through copy again")
    dialog.get_by_role("button", name="Save decisions").click()

    expect(page.get_by_role("region", name="Phases")).to_contain_text("3/3", timeout=60_000)
    review(page)
    expect(items).to_have_count(3)
    for number in range(3):
        items.nth(number).get_by_role("button", name="Approve").click()
    dialog.get_by_role("button", name="Save decisions").click()
    expect(page.locator(".standing")).to_contain_text("Done", timeout=60_000)


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


def test_what_was_misheard_is_corrected_and_the_rest_approved(page: Page, server: Served) -> None:
    job, dialog, items = begun(page, server, "said", _SAID)
    expect(items).to_have_count(3)
    items.first.get_by_role("textbox").fill("Hello")
    expect(items.first.get_by_role("button", name="Approve")).to_have_attribute("aria-pressed", "true")
    items.nth(2).get_by_role("button", name="Reject").click()
    items.nth(1).get_by_role("button", name="Approve").click()
    dialog.get_by_role("button", name="Save decisions").click()
    expect(page.locator(".standing")).to_contain_text("Done", timeout=60_000)
    with server.client() as client:
        (prompt,) = client.get(f"/api/jobs/{job}/prompts").json()["items"]
    assert [item["text"] for item in prompt["phases"][0]["result"]["approved"]] == ["Hello", "to all,"]
    assert [cue["text"] for cue in prompt["phases"][1]["result"]["cues"]] == ["Hello", "to all,"]


def test_all_are_approved_at_once_and_what_a_phase_warns_of_stands_below_it(
    page: Page, server: Served
) -> None:
    (server.home / "workflows" / "late.yaml").write_text(
        _SAID.replace("start: 0.6, end: 0.8", "start: 8, end: 9")
    )
    job = server.submit(workflow="late", inputs=[str(server.clips / "good.mp4")], name="Late")
    page.goto(f"/#/jobs/{job}")
    page.locator(".drawer-buttons").get_by_role("button", name="Review").click(timeout=60_000)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Approve all").click()
    dialog.get_by_role("button", name="Save decisions").click()
    phases = page.get_by_role("region", name="Phases")
    expect(phases.locator(".phase").nth(1).locator(".warning")).to_contain_text(
        "after the clip's end", timeout=60_000
    )
