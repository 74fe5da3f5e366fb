"""How captions are made of what was said: lines, breaks, times."""

from __future__ import annotations

from itertools import pairwise

import pytest

from video_queue.domain.media.speech import SpokenSegment
from video_queue.media.text.cues import (
    Cue,
    Layout,
    cues_from_file,
    cues_from_segments,
    cues_from_words,
    fit_times,
)
from video_queue.media.text.lines import break_lines, joined, pieces_of, text_width

SENTENCE = (
    "We went to the old harbour in the morning, where the boats were still asleep, and then we walked "
    "along the water until it was too warm to go on without a hat."
)


def lines_of(text: str, max_chars: int = 42) -> list[str]:
    pieces = pieces_of(text, 0, 1, longest=max_chars)
    return [joined(line) for line in break_lines(pieces, max_chars)]


def said(text: str, pace: float = 0.4, start: float = 0.0) -> list[SpokenSegment]:
    """Words one after the other."""
    return [
        SpokenSegment(start=start + number * pace, end=start + (number + 1) * pace, text=word)
        for number, word in enumerate(text.split())
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ["Short."],
        ["It was late in the evening,", "and the whole town had gone to sleep."],
        ["one two three four five six", "seven eight nine ten eleven"],
        ["吾輩は猫である。名前はまだ無い。", "どこで生れたかとんと見当がつかぬ。"],
        ["「これは本です」と彼は静かに", "言いました、そして帰りました。"],
        ["이것은 한국어로 쓴 아주 긴", "문장이라서 두 줄로 나뉘어야 합니다"],
    ],
)
def test_lines_break_as_the_language_does(lines: list[str]) -> None:
    text = ("" if lines[0][0] in "吾「" else " ").join(lines)
    assert lines_of(text, 38) == lines
    assert all(text_width(line) <= 38 for line in lines)


def test_no_line_begins_with_a_closing_mark() -> None:
    text = "これは、とても、長い、文章、です、から、何行、にも、なる、はず、です。" * 2
    for width in range(10, 42):
        rows = lines_of(text, width)
        assert "".join(rows) == text
        assert all(row[0] not in "、。" for row in rows)
        assert all(text_width(row) <= width for row in rows)


def test_what_combines_stays_together() -> None:
    family, accented = "👨‍👩‍👧", "e\u0301" * 30
    rows = lines_of(family * 12 + " " + accented, 10)
    assert all(row.count("\u200d") % 2 == 0 for row in rows)
    assert all(row[0] != "\u0301" for row in rows)
    assert "".join(rows) == family * 12 + accented
    assert text_width(accented) == 30


def test_words_become_captions_that_can_be_read() -> None:
    cues = cues_from_words(said(SENTENCE), Layout(42, 2))
    assert " ".join(cue.text.replace("\n", " ") for cue in cues) == SENTENCE
    assert len(cues) == 3
    assert all(len(cue.lines) <= 2 and max(map(len, cue.text.split("\n"))) <= 42 for cue in cues)
    assert all(cue.end - cue.start <= 7 for cue in cues)
    assert cues[0].text.endswith("morning,")
    assert min(len(cue.text) for cue in cues) > 30


def test_a_pause_ends_a_caption() -> None:
    cues = cues_from_words([*said("first thing"), *said("second thing", start=3)], Layout())
    assert [(cue.text, cue.start) for cue in cues] == [("first thing", 0.0), ("second thing", 3.0)]


def test_a_long_pause_after_a_slow_word_is_no_long_caption() -> None:
    cues = cues_from_words(said("a word every two seconds is slow speech indeed", pace=2), Layout())
    assert all(cue.end - cue.start <= 7 for cue in cues)
    assert len(cues) >= 3


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([" Hel", "lo", " wor", "ld", "!"], "Hello world!"),
        (["it", "'s", "fine", "."], "it's fine."),
        (["吾輩", "は", "猫", "で", "ある", "。"], "吾輩は猫である。"),
    ],
)
def test_words_are_joined_as_they_are_written(words: list[str], text: str) -> None:
    timed = [SpokenSegment(start=n / 4, end=(n + 1) / 4, text=word) for n, word in enumerate(words)]
    assert [cue.text for cue in cues_from_words(timed, Layout())] == [text]


def test_a_long_segment_is_cut_in_its_own_time() -> None:
    cues = cues_from_segments([SpokenSegment(start=10, end=20, text=SENTENCE)], Layout())
    assert (cues[0].start, cues[-1].end) == (10, pytest.approx(20))
    assert all(first.end == second.start for first, second in pairwise(cues))


def test_a_file_keeps_its_lines_where_they_fit() -> None:
    texts = [
        SpokenSegment(start=0, end=1, text="- Yes.\n- No."),
        SpokenSegment(start=1, end=3, text=SENTENCE),
    ]
    cues = cues_from_file(texts, Layout())
    assert cues[0].text == "- Yes.\n- No."
    assert len(cues) > 2
    assert all(len(cue.lines) <= 2 for cue in cues)


def test_captions_that_overlap_or_leave_the_clip_are_put_right_and_said() -> None:
    def cue(start: float, end: float, text: str = "x") -> Cue:
        return cues_from_segments([SpokenSegment(start=start, end=end, text=text)], Layout())[0]

    cues = [cue(-2, -1), cue(-1, 1, "a"), cue(0.5, 3, "b"), cue(3, 9, "c"), cue(3, 4, "d"), cue(12, 13)]
    fitting, warnings = fit_times(cues, 8.0, authored=True)
    assert [(c.start, c.end, c.text) for c in fitting] == [(0, 0.5, "a"), (0.5, 3, "b"), (3, 8, "c\nd")]
    assert len(warnings) == 3


def test_a_short_caption_stays_for_a_second_where_there_is_room() -> None:
    segments = [SpokenSegment(start=s, end=s + 0.2, text="x") for s in (0, 0.5, 4, 9.5)]
    fitting, _ = fit_times(cues_from_segments(segments, Layout()), 10.0, authored=False)
    assert [(c.start, c.end) for c in fitting] == [(0, 0.5), (0.5, 1.5), (4, 5), (9.5, 10)]
    moment = cues_from_file([SpokenSegment(start=2, end=2, text="x")], Layout())
    assert fit_times(moment, 10.0, authored=True)[0][0].end == 2.1
