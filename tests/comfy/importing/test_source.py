"""Graphs in texts, wherever programs keep them; never an exception but a refusal that says why."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.graphs import text_to_image
from video_queue.comfy.importing.draft import make_draft
from video_queue.comfy.importing.source import read_text, read_texts
from video_queue.domain.errors import VqError

EDITOR = {"nodes": [{"id": 1, "type": "LoadImage"}], "links": []}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "kept",
    [
        text_to_image(),
        {"prompt": text_to_image()},
        {"prompt": json.dumps(text_to_image()), "workflow": json.dumps(EDITOR)},
        {"extra_data": {"prompt": text_to_image()}},
        {**text_to_image(), "note": "made on Tuesday"},
        {"schema_version": 1, "phases": [{"graph": None}, {"graph": text_to_image()}, {"name": "encode"}]},
    ],
)
def test_a_graph_is_found_where_programs_keep_it(kept: dict[str, Any]) -> None:
    assert read_text("\ufeff" + json.dumps(kept)).api == text_to_image()


def test_the_editor_s_form_is_found() -> None:
    source = read_text(json.dumps({"workflow": EDITOR}))
    assert (source.api, source.editor) == ({}, EDITOR)


def test_what_a_run_left_in_the_nodes_is_dropped() -> None:
    text = json.dumps(text_to_image()).replace(
        '"class_type": "SaveImage"', '"class_type": "SaveImage", "is_changed": [NaN]'
    )
    assert read_text(text).api == text_to_image()


def test_texts_that_are_no_json_are_skipped() -> None:
    source = read_texts({"Description": "{my cat}", "prompt": json.dumps(text_to_image())})
    assert source.api == text_to_image()


@pytest.mark.parametrize(
    "text", ["", "hello", "[1, 2]", "{}", '{"a": 1}', "[" * 100_000, '{"a":' * 5000, '{"nodes": 3}']
)
def test_what_holds_no_graph_is_refused(text: str) -> None:
    with pytest.raises(VqError) as refused:
        read_text(text)
    assert refused.value.code == "validation"


@given(
    inputs=st.dictionaries(st.text(max_size=12), JSON, max_size=5),
    class_type=st.sampled_from(["KSampler", "LoadImage", "X"]),
)
def test_any_inputs_make_a_draft(inputs: dict[str, Any], class_type: str) -> None:
    graph = {
        "1": {"class_type": class_type, "inputs": inputs},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}},
    }
    source = read_text(json.dumps(graph))
    assert make_draft("x", source.api, None).definition["phases"]
