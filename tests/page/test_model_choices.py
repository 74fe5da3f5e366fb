"""Choosing a LoRA in the form: searched by its words, with family and picture."""

from __future__ import annotations

from playwright.sync_api import Page, Route, expect

from tests.comfy.models import make_models, seen_comfy
from tests.page.serving import Served

WORKFLOW = """
name: pick-lora
parameters:
  lora: {type: choice, options_source: loras, required: false, title: LoRA, ui: {widget: combobox}}
phases:
  - {name: draw, uses: comfy, graph: pick-lora.draw.api.json, set: {"1.inputs.lora_name": "{{ params.lora }}"}}
"""
GRAPH = """{"1": {"class_type": "LoraLoader", "inputs": {"lora_name": "ink.safetensors"}},
 "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}}"""


def test_loras_show_what_their_files_say(page: Page, server: Served) -> None:
    seen_comfy(server.home / "cache", make_models(server.home / "models"))
    (server.home / "workflows/pick-lora.yaml").write_text(WORKFLOW, "utf-8")
    (server.home / "workflows/pick-lora.draw.api.json").write_text(GRAPH, "utf-8")
    page.goto("/#/new/pick-lora")
    field = page.get_by_role("combobox", name="LoRA")
    field.click()
    options = page.get_by_role("listbox", name="LoRA").get_by_role("option")
    expect(options).to_have_count(5)
    expect(options.first).to_contain_text("Oil painting · sdxl_base_v1-0 · brush, oil painting")
    picture = options.first.locator("img").element_handle()
    page.wait_for_function("picture => picture.complete && picture.naturalWidth > 0", arg=picture)
    field.fill("sumi flux")
    expect(options).to_have_count(1)
    field.press("ArrowDown")
    field.press("Enter")
    expect(field).to_have_value("ink.safetensors")
    expect(options).to_have_count(0)


def test_suggestions_come_though_the_field_was_clicked_before_them(page: Page, server: Served) -> None:
    seen_comfy(server.home / "cache", make_models(server.home / "models"))
    (server.home / "workflows/pick-lora.yaml").write_text(WORKFLOW, "utf-8")
    (server.home / "workflows/pick-lora.draw.api.json").write_text(GRAPH, "utf-8")
    held: list[Route] = []
    page.route("**/api/options/loras*", lambda route: held.append(route))
    with page.expect_request("**/api/options/loras*"):
        page.goto("/#/new/pick-lora")
    page.get_by_role("combobox", name="LoRA").click()
    for route in held:
        route.continue_()
    expect(page.get_by_role("listbox", name="LoRA").get_by_role("option")).to_have_count(5)


def test_workflows_say_what_comfyui_would_refuse(page: Page, server: Served) -> None:
    seen_comfy(server.home / "cache", make_models(server.home / "models"))
    (server.home / "workflows/pick-lora.yaml").write_text(WORKFLOW, "utf-8")
    (server.home / "workflows/pick-lora.draw.api.json").write_text(GRAPH, "utf-8")
    page.goto("/#/workflows")
    line = page.get_by_role("listitem").filter(has_text="pick-lora").first
    line.get_by_text("1 warning: ComfyUI would refuse it").click()
    expect(line).to_contain_text("this ComfyUI has no node class SaveImage")
