"""Subtitle files as artists have them, and as they should not be."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from video_queue.domain.errors import VqError
from video_queue.media.text.cues import Cue, Layout, cues_from_file
from video_queue.media.text.subtitles import SubtitleError, parse_subtitles, read_subtitles, srt, vtt

SRT = (
    "1\n00:00:01,000 --> 00:00:02,500\n<i>Hello</i> & welcome\nto <b>us</b>\n\n"
    "2\n00:00:03,000 --> 00:00:04,000\nGrüße\n"
)
VTT = (
    "WEBVTT - a title\n\nNOTE not shown --> at all\n\nSTYLE\n::cue {}\n\n"
    "first\n00:01.000 --> 00:02.500 line:0 align:start\n"
    "<v Ann>Hello</v> &amp; welcome\nto <c.loud>us</c>\n\n00:00:03.000 --> 00:00:04.000\nGrüße\n"
)
ASS = (
    "[Script Info]\nPlayResX: 640\n\n[V4+ Styles]\nFormat: Name, Fontname\nStyle: Default,DejaVu Sans\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Comment: 0,0:00:00.00,0:00:09.00,Default,,0,0,0,,not shown\n"
    "Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\i1}Hello{\\i0} & welcome\\Nto us\n"
    "Dialogue: 0,0:00:03.00,0:00:04.00,Default,,0,0,0,,Grüße\n"
)
JSON = (
    '[{"start": 1, "end": 2.5, "text": "Hello & welcome\\nto us"}, {"start": 3, "end": 4, "text": "Grüße"}]'
)
TRUTH = [(1.0, 2.5, "Hello & welcome\nto us"), (3.0, 4.0, "Grüße")]


def times_and_texts(text: str) -> list[tuple[float, float, str]]:
    return [(entry.start, entry.end, entry.text) for entry in parse_subtitles(text).texts]


@pytest.mark.parametrize(
    "text", [SRT, SRT.replace("\n", "\r\n"), VTT, ASS, JSON, '{"segments": ' + JSON + "}"]
)
def test_every_format_says_the_same(text: str) -> None:
    assert times_and_texts(text) == TRUTH


def test_an_srt_without_empty_lines_between() -> None:
    text = SRT.replace("\n\n", "\n")
    assert times_and_texts(text) == TRUTH


@pytest.mark.parametrize("write", [srt, vtt])
def test_what_is_written_reads_the_same(write: Callable[[Sequence[Cue]], str]) -> None:
    cues = cues_from_file(parse_subtitles(SRT).texts, Layout())
    assert times_and_texts(write(cues)) == TRUTH


@pytest.mark.parametrize(
    ("encoding", "named", "warned"),
    [
        ("utf-8", "", False),
        ("utf-8-sig", "", False),
        ("utf-16", "", False),
        ("utf-16-le", "", False),
        ("utf-16-be", "", False),
        ("latin-1", "", True),
        ("latin-1", "latin-1", False),
        ("cp1252", "", True),
    ],
)
def test_the_encoding_is_honoured(tmp_path: Path, encoding: str, named: str, warned: bool) -> None:
    (path := tmp_path / "a.srt").write_bytes(SRT.encode(encoding))
    subtitles = read_subtitles(path, named)
    assert [entry.text for entry in subtitles.texts] == [text for _, _, text in TRUTH]
    assert bool(subtitles.warnings) is warned


def test_an_encoding_of_its_own_is_taken_when_it_is_named(tmp_path: Path) -> None:
    (path := tmp_path / "a.srt").write_bytes(SRT.replace("Grüße", "Привет").encode("cp1251"))
    assert read_subtitles(path, "cp1251").texts[1].text == "Привет"


@pytest.mark.parametrize(
    ("data", "encoding", "said"),
    [
        (b"", "", "empty"),
        (bytes(range(256)) * 20, "", "no text"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00\x01" * 300, "", "no text"),
        (b"Dear Ann,\nhow are you?\n", "", "neither SRT"),
        (b"1\n00:00:01,000 --> soon\nx\n", "", "line 2"),
        (b"1\n00:00:05,000 --> 00:00:02,000\nx\n", "", "line 2: it ends before it begins"),
        (b"WEBVTT\n\n", "", "neither"),
        (b"[Script Info]\n", "", "no captions"),
        (b'[{"start": 1}]', "", "0.end"),
        (b"[1, 2", "", "not JSON"),
        (b"[" * 100_000, "", "not JSON"),
        ("Grüße".encode("latin-1"), "utf-8", "utf-8"),
        (SRT.encode(), "klingon", "klingon"),
        (SRT.encode(), "undefined", "undefined"),
        (SRT.encode(), "zip", "zip"),
        (b'[{"start": 0, "end": Infinity, "text": "x"}]', "", "at 0 s"),
        (b"1\n" + b"9" * 5000 + b":00:00,000 --> 00:00:01,000\nx\n", "", "line 2"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(tmp_path: Path, data: bytes, encoding: str, said: str) -> None:
    (path := tmp_path / "bad.srt").write_bytes(data)
    with pytest.raises(VqError) as refused:
        read_subtitles(path, encoding)
    assert refused.value.code == "input_unreadable"
    assert said in refused.value.message
    assert str(path) in refused.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(VqError) as refused:
        read_subtitles(tmp_path / "none.srt")
    assert refused.value.code == "input_missing"


def test_a_text_with_braces_is_not_mistaken() -> None:
    with pytest.raises(SubtitleError):
        parse_subtitles("{not json")
