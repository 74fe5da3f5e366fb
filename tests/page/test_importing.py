"""A ComfyUI workflow in a real browser: dropped, looked through, changed, saved, and its form is there."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from playwright.sync_api import Browser, Page, expect

from tests.graphs import node, text_to_image
from tests.page.browsing import THEMES, WIDTHS, Guard, guarded_page
from tests.page.checks import serious
from tests.page.serving import Served


def choose(page: Page, folder: Path, name: str) -> None:
    """A workflow is chosen from the disk of the browser."""
    path = folder / name
    graph = text_to_image(n40=node("Load3D", model_file="3d/chair.glb"))
    graph["41"] = node("SaveImage", images=["40", 0], filename_prefix="chair")
    path.write_text(json.dumps(graph))
    page.goto("/#/workflows")
    page.get_by_label("Workflow to import").set_input_files(path)
    expect(page.get_by_role("region", name="Draft")).to_contain_text(name)


def test_a_workflow_becomes_a_form_with_the_parameters_that_were_chosen(
    page: Page, server: Served, tmp_path: Path
) -> None:
    choose(page, tmp_path, "Lighthouse.json")
    draft = page.get_by_role("region", name="Draft")
    expect(draft.get_by_role("listitem")).to_have_count(12)
    draft.get_by_label("Title", exact=True).fill("The lighthouse")
    draft.get_by_label("Title of prompt").fill("What is in the picture?")
    draft.get_by_role("checkbox", name="Ask for Seed").uncheck()
    draft.get_by_role("checkbox", name="Ask for Model file").uncheck()
    draft.get_by_label("Largest Steps").fill("40")
    draft.get_by_role("button", name="Move Not wanted up").click()
    draft.get_by_role("button", name="Save and open the form").click()

    expect(page.get_by_role("heading", name="The lighthouse")).to_be_visible()
    expect(page.get_by_label("What is in the picture?", exact=True)).to_have_value("a lighthouse\nat dusk")
    kept = yaml.safe_load((server.home / "workflows" / "lighthouse.yaml").read_text())
    assert list(kept["parameters"])[:2] == ["negative", "prompt"]
    assert not {"seed", "model_file"} & set(kept["parameters"])
    assert kept["parameters"]["steps"]["max"] == 40


def test_the_file_itself_can_be_changed_and_another_workflow_is_asked_about(
    watched: tuple[Page, Guard], server: Served, tmp_path: Path
) -> None:
    page, guard = watched
    guard.refusal = 409
    choose(page, tmp_path, "Twice.json")
    page.get_by_role("button", name="Save and open the form").click()
    expect(page.get_by_role("heading", name="Twice", exact=True)).to_be_visible()

    choose(page, tmp_path, "Twice.json")
    page.get_by_role("button", name="File", exact=True).click()
    file = page.get_by_label("The workflow file")
    expect(file).to_have_value(re.compile("# Made from Twice.json"))
    file.fill(file.input_value().replace("title: Prompt", "title: By hand"))
    page.get_by_role("button", name="Save and open the form").click()
    page.get_by_role("button", name="Replace it").click()
    expect(page.get_by_label("By hand", exact=True)).to_be_visible()


def test_what_is_no_workflow_is_explained(watched: tuple[Page, Guard]) -> None:
    page, guard = watched
    guard.refusal = 422
    page.goto("/#/workflows")
    page.get_by_label("A workflow as text").fill("hello")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("region", name="Import from ComfyUI")).to_contain_text("No workflow can be read")


def test_the_draft_can_be_used_by_everyone(browser: Browser, server: Served, tmp_path: Path) -> None:
    for theme in THEMES:
        for width in WIDTHS:
            with guarded_page(browser, server.url, theme=theme, width=width) as (page, guard):
                choose(page, tmp_path, "Lighthouse.json")
                assert serious(page, guard) == []
                wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
                assert wide <= window
                page.screenshot(path=tmp_path / f"draft-{theme}-{width}.png", full_page=True)
