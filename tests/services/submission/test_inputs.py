"""The inputs of a submission as groups, and their problems."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.services.definitions import definition, submission
from video_queue.domain.catalogue import fail
from video_queue.services.submission.input_checks import MAX_PROBED
from video_queue.services.submission.inputs import InputCollection, collect_inputs


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    folder = tmp_path / "clips"
    for name in ("c2.mp4", "c10.mp4", "c1.MOV", "note.txt", "s.png", "sub/d.mp4", "empty.mp4"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"" if name == "empty.mp4" else b"x")
    return folder


def collect(takes: dict[str, Any], **keys: Any) -> InputCollection:
    return collect_inputs(definition(inputs=takes), submission(**keys))


def names(collection: InputCollection) -> list[list[str]]:
    return [[Path(path).name for path in group.inputs] for group in collection.groups]


def codes(collection: InputCollection) -> list[tuple[tuple[str | int, ...], str]]:
    for problem in collection.problems:
        problem.model_dump_json()
    return [(problem.loc, problem.code) for problem in collection.problems]


VIDEO = {"kind": "video"}


def test_named_files_keep_their_order(clips: Path) -> None:
    collection = collect(
        VIDEO, inputs=[str(clips / "c10.mp4"), f"file://{clips}/c2.mp4", str(clips / "c2.mp4")]
    )
    assert collection.problems == []
    assert names(collection) == [["c10.mp4"], ["c2.mp4"], ["c2.mp4"]]


def test_a_folder_comes_in_natural_order(clips: Path) -> None:
    collection = collect(VIDEO, input_dir=str(clips), recursive=True)
    assert collection.problems == []
    assert names(collection) == [["c1.MOV"], ["c2.mp4"], ["c10.mp4"], ["empty.mp4"], ["d.mp4"]]
    assert [group.reldir for group in collection.groups] == ["", "", "", "", "sub"]


def test_named_files_come_before_the_folders(clips: Path) -> None:
    collection = collect(VIDEO, inputs=["sub/d.mp4"], input_dir=str(clips), glob="c?.*")
    assert names(collection) == [["d.mp4"], ["c1.MOV"], ["c2.mp4"]]


def test_every_problem_with_named_files_is_told(clips: Path) -> None:
    os.mkfifo(clips / "pipe.mp4") if hasattr(os, "mkfifo") else (clips / "pipe.mp4").mkdir()
    bad = ["gone.mp4", "empty.mp4", "sub", "s.png", "pipe.mp4", "c2.mp4/x"]
    inputs = [str(clips / name) for name in bad] + ["", "a\0b", {"clip": "x"}]
    collection = collect(VIDEO, inputs=inputs, input_dir=str(clips / "no"))
    unreadable, missing = "input_unreadable", "input_missing"
    expected = [
        missing,
        unreadable,
        unreadable,
        unreadable,
        unreadable,
        missing,
        unreadable,
        unreadable,
        "validation",
    ]
    assert codes(collection) == [
        (("input_dir",), missing),
        *((("inputs", i), code) for i, code in enumerate(expected)),
    ]


def test_files_of_a_folder_are_never_a_problem(clips: Path) -> None:
    def probe(path: Path, kind: str) -> None:
        raise fail("input_unreadable.junk", path=path, kind=kind, detail="junk")

    collection = collect_inputs(definition(), submission(input_dir=str(clips)), probe=probe)
    assert collection.problems == []


def test_named_files_are_opened_once_each(clips: Path) -> None:
    opened: list[tuple[str, str]] = []

    def probe(path: Path, kind: str) -> None:
        opened.append((path.name, kind))
        raise fail("input_unreadable.junk", path=path, kind=kind, detail="not a clip")

    inputs = [str(clips / "c2.mp4"), str(clips / "c2.mp4"), str(clips / "gone.mp4")]
    collection = collect_inputs(definition(), submission(inputs=inputs), probe=probe)
    assert opened == [("c2.mp4", "video")]
    assert codes(collection) == [(("inputs", 2), "input_missing"), (("inputs", 0), "input_unreadable")]


def test_many_named_files_are_not_opened(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.mp4" for number in range(MAX_PROBED + 1)]
    for path in paths:
        path.write_bytes(b"x")

    def probe(path: Path, kind: str) -> None:
        raise AssertionError(path)

    request = submission(inputs=[str(path) for path in paths])
    assert collect_inputs(definition(), request, probe=probe).problems == []


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ({"input_dir": "{}/gone"}, "input_missing"),
        ({"input_dir": "{}/c2.mp4"}, "input_missing"),
        ({"input_dir": "{}", "glob": "*.mkv"}, "input_missing"),
        ({"input_dir": "\0"}, "input_unreadable"),
    ],
)
def test_folders_without_files(clips: Path, keys: dict[str, str], code: str) -> None:
    collection = collect(VIDEO, **{name: text.format(clips) for name, text in keys.items()})
    assert codes(collection) == [(("input_dir",), code)]


def test_no_inputs_at_all() -> None:
    assert codes(collect(VIDEO)) == [(("inputs",), "validation")]


def test_a_workflow_without_inputs_takes_none(clips: Path) -> None:
    assert [group.inputs for group in collect({"kind": "none"}).groups] == [()]
    assert codes(collect({"kind": "none"}, inputs=["/a"])) == [(("inputs",), "validation")]
    assert codes(collect({"kind": "none"}, input_dir=str(clips))) == [(("input_dir",), "validation")]


def test_sound_is_taken_from_clips(clips: Path) -> None:
    assert collect({"kind": "audio"}, inputs=[str(clips / "c2.mp4")]).problems == []
    assert codes(collect({"kind": "audio"}, inputs=[str(clips / "s.png")])) == [
        (("inputs", 0), "input_unreadable")
    ]


def test_per_prompt(clips: Path) -> None:
    files = [str(clips / name) for name in ("c2.mp4", "c10.mp4", "c1.MOV", "sub/d.mp4")]
    pairs = collect({"kind": "video", "per_prompt": 2}, inputs=files)
    assert names(pairs) == [["c2.mp4", "c10.mp4"], ["c1.MOV", "d.mp4"]]
    together = collect({"kind": "video", "per_prompt": "all"}, input_dir=str(clips))
    assert names(together) == [["c1.MOV", "c2.mp4", "c10.mp4", "empty.mp4"]]
    odd = collect({"kind": "video", "per_prompt": 3}, inputs=files)
    assert codes(odd) == [(("inputs",), "validation")]


def test_references_to_other_jobs_stay_out(clips: Path) -> None:
    collection = collect(VIDEO, inputs=["job:12", str(clips / "c2.mp4"), "prompt:12.3"])
    assert collection.references == ["job:12", "prompt:12.3"]
    assert names(collection) == [["c2.mp4"]]
    assert collection.problems == []


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    for name in ("a/f_0001.png", "a/f_0002.png", "b/x1.png", "b/x2.png", "b/y1.png", "cover.png"):
        path = tmp_path / "frames" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path / "frames"


def test_sequences(frames: Path) -> None:
    sequence = {"kind": "sequence"}
    folder = collect(sequence, inputs=[str(frames / "a")])
    assert [(g.sequence.label, g.sequence.count) for g in folder.groups if g.sequence] == [("a", 2)]
    deep = collect(sequence, input_dir=str(frames), recursive=True)
    assert [(g.reldir, g.sequence.label) for g in deep.groups if g.sequence] == [
        ("a", "a"),
        ("b", "x"),
        ("b", "y"),
    ]
    twice = collect(sequence, inputs=[str(frames / "b" / "y1.png"), str(frames / "b" / "y1.png")])
    assert [g.sequence.label for g in twice.groups if g.sequence] == ["y"]
    for keys in (
        {"inputs": [str(frames)]},
        {"input_dir": str(frames)},
        {"inputs": [str(frames / "cover.png")]},
    ):
        assert [code for _, code in codes(collect(sequence, **keys))] == ["input_missing"]


def test_rows_name_their_inputs(clips: Path) -> None:
    rows = [{"input": "c2.mp4", "prompt": "a"}, {"input": str(clips / "c10.mp4")}]
    collection = collect(VIDEO, rows=rows, input_dir=str(clips))
    assert collection.problems == []
    assert names(collection) == [["c2.mp4"], ["c10.mp4"]]


def test_problems_of_rows(clips: Path) -> None:
    rows = [{"prompt": "a"}, {"input": str(clips / "gone.mp4")}, {"input": [str(clips / "c2.mp4")] * 2}]
    assert codes(collect(VIDEO, rows=rows)) == [
        (("rows", 0), "validation"),
        (("rows", 1, "input", 0), "input_missing"),
        (("rows", 2, "input"), "validation"),
    ]
    assert codes(collect(VIDEO, rows=[{"input": "x"}], inputs=["y"])) == [(("rows",), "validation")]
    assert codes(collect({"kind": "none"}, rows=[{"input": "x"}])) == [(("rows", 0, "input"), "validation")]
    assert len(collect({"kind": "none"}, rows=[{"prompt": "x"}] * 3).groups) == 3


SLOTS = {"clip": {"kind": "video"}, "style": {"kind": "image"}}


def slots(collection: InputCollection) -> list[dict[str, str]]:
    return [
        {name: ",".join(Path(path).name for path in files) for name, files in group.slots.items()}
        for group in collection.groups
    ]


def test_slots_as_a_list_of_objects(clips: Path) -> None:
    collection = collect(SLOTS, inputs=[{"clip": str(clips / "c2.mp4"), "style": str(clips / "s.png")}])
    assert collection.problems == []
    assert slots(collection) == [{"clip": "c2.mp4", "style": "s.png"}]


def test_slots_as_lists_are_zipped_and_single_files_repeated(clips: Path) -> None:
    both = [str(clips / "c2.mp4"), str(clips / "c10.mp4")]
    collection = collect(SLOTS, inputs={"clip": both, "style": str(clips / "s.png")})
    assert collection.problems == []
    assert slots(collection) == [{"clip": "c2.mp4", "style": "s.png"}, {"clip": "c10.mp4", "style": "s.png"}]


def test_a_folder_fills_the_slot_that_is_left_out(clips: Path) -> None:
    collection = collect(SLOTS, inputs={"style": str(clips / "s.png")}, input_dir=str(clips), glob="c*")
    assert collection.problems == []
    assert [slot["clip"] for slot in slots(collection)] == ["c1.MOV", "c2.mp4", "c10.mp4"]


def test_slots_that_take_several(clips: Path) -> None:
    spec = {"clip": {"kind": "video", "per_prompt": "all"}, "style": {"kind": "image"}}
    both = [str(clips / "c2.mp4"), str(clips / "c10.mp4")]
    for inputs in (
        {"clip": both, "style": str(clips / "s.png")},
        [{"clip": both, "style": str(clips / "s.png")}],
    ):
        collection = collect(spec, inputs=inputs)
        assert collection.problems == []
        assert slots(collection) == [{"clip": "c2.mp4,c10.mp4", "style": "s.png"}]


def test_slots_in_rows(clips: Path) -> None:
    rows = [{"clip": str(clips / "c2.mp4"), "style": str(clips / "s.png")}, {"clip": "x"}]
    collection = collect(SLOTS, rows=rows)
    assert codes(collection) == [(("rows", 1), "validation")]
    assert slots(collection)[0] == {"clip": "c2.mp4", "style": "s.png"}


@pytest.mark.parametrize(
    ("inputs", "loc"),
    [
        (["/a.mp4"], ("inputs",)),
        ([{"clip": "/a.mp4"}, "/b.png"], ("inputs", 1)),
        ([{"clip": "/a.mp4"}], ("inputs", 0)),
        ([{"clip": "/a.mp4", "style": "/b.png", "x": "/c"}], ("inputs", 0)),
        ({"clip": "/a.mp4"}, ("inputs",)),
        ({"clip": [], "style": "/b"}, ("inputs", "style")),
    ],
)
def test_problems_of_slots(inputs: Any, loc: tuple[str | int, ...]) -> None:
    collection = collect(SLOTS, inputs=inputs)
    assert loc in [problem.loc for problem in collection.problems]


def test_files_without_names_fill_the_slots_in_order(clips: Path) -> None:
    clip, style = str(clips / "c2.mp4"), str(clips / "s.png")
    assert slots(collect(SLOTS, inputs=[clip, style])) == [{"clip": "c2.mp4", "style": "s.png"}]


def test_files_that_do_not_fill_the_slots_are_one_problem_in_the_form_that_is_typed(clips: Path) -> None:
    (problem,) = collect(SLOTS, inputs=[str(clips / "c2.mp4")] * 4).problems
    assert "4 files were given without saying which is which" in problem.message
    assert "clip=FILE style=FILE" in problem.message


def test_slot_lists_of_different_lengths(clips: Path) -> None:
    clip, style = str(clips / "c2.mp4"), str(clips / "s.png")
    collection = collect(SLOTS, inputs={"clip": [clip] * 3, "style": [style] * 2})
    assert codes(collection) == [(("inputs",), "validation")]
    assert "clip 3, style 2" in collection.problems[0].message


def test_plain_workflows_take_no_slots() -> None:
    assert codes(collect(VIDEO, inputs={"clip": "/a"})) == [(("inputs",), "validation")]
