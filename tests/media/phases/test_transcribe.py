"""media.transcribe: words at their times, by a Whisper model made here and by pocketsphinx on a real voice."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.media.run_record import RunRecord
from tests.media_clips import make_clip, make_junk
from tests.speech_clips import make_speech
from video_queue.domain.errors import VqError
from video_queue.domain.failure_policy import TRANSIENT
from video_queue.domain.media.speech import SpokenSegment, TranscribeParams, TranscribeResult
from video_queue.media.facts import probe
from video_queue.media.ffmpeg_binary import locate
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import transcribe
from video_queue.media.speech.recognisers import recogniser_for
from video_queue.media.speech.recognition import recognise
from video_queue.system.processes.children import Children
from video_queue.system.processes.identity import process_started

BANANA = next(
    (
        clip
        for folder in Path(__file__).parents
        if (clip := folder / "shared/media/real_speech_banana.mp4").exists()
    ),
    None,
)
QUIET = ((0.0, 3.0),)
needs_whisper = pytest.mark.skipif(find_spec("faster_whisper") is None, reason="the extra `speech`")
needs_sphinx = pytest.mark.skipif(find_spec("pocketsphinx") is None, reason="the extra `speech`")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The model that says `hello world` from 0.3 to 1.8 s of each window that it is given."""
    from tests.whisper_model import make_whisper

    return str(make_whisper(tmp_path_factory.mktemp("model")))


@pytest.fixture(autouse=True)
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for models that all programs share."""
    folder = tmp_path / "hub"
    monkeypatch.setenv("HF_HUB_CACHE", str(folder))
    return folder


def transcribed(run: PhaseRun, source: Path, **params: Any) -> TranscribeResult:
    return asyncio.run(transcribe.run(TranscribeParams(source=str(source), **params), run))


def refusal(run: PhaseRun, source: Path, **params: Any) -> VqError:
    with pytest.raises(VqError) as caught:
        transcribed(run, source, **params)
    assert caught.value.code not in TRANSIENT.codes
    return caught.value


def assert_in_order(parts: list[Any], length: float) -> None:
    """Each within the clip, none before the one before it."""
    assert all(0 <= part.start <= part.end <= length for part in parts)
    assert all(before.start <= after.start for before, after in pairwise(parts))


@needs_whisper
def test_words_lie_on_the_clock_of_the_picture_after_the_silence_before_them(
    tmp_path: Path, run: PhaseRun, record: RunRecord, model: str
) -> None:
    clip = make_speech(tmp_path / "talk.mp4", gaps=QUIET, seconds=9, codec="aac", vowels=True)
    result = transcribed(run, clip, model=model)
    assert [word.text for word in result.words] == ["hello", "world"]
    hello, world = result.words
    # The model hears the voice from 3 s on, with up to 0.4 s before it.
    assert hello.start == pytest.approx(3, abs=0.45)
    assert hello.end - hello.start == pytest.approx(0.7, abs=0.35)
    assert world.end - hello.start == pytest.approx(1.5, abs=0.35)
    assert hello.probability == 1
    (segment,) = result.segments
    assert (segment.text, segment.start, segment.end) == ("hello world", hello.start, world.end)
    assert (result.engine_used, result.model_used, result.language) == (
        "faster_whisper",
        Path(model).name,
        "en",
    )
    assert (result.draft, result.duration, result.warnings) == (False, 9, [])
    assert list(run.work_dir.iterdir()) == []
    assert record.fractions == sorted(record.fractions)
    assert record.fractions[-1] == 1


@needs_whisper
def test_words_move_with_sound_that_begins_after_the_picture(
    tmp_path: Path, new_run: Callable[[], PhaseRun], model: str
) -> None:
    sound = make_speech(tmp_path / "talk.flac", gaps=QUIET, seconds=9, fps=None, vowels=True)
    picture = make_clip(tmp_path / "picture.mp4", 330, sound=None)
    late = tmp_path / "late.mp4"
    command = [
        str(locate()), "-v", "error", "-i", picture, "-itsoffset", "1.5", "-i", sound,
        "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac", late,
    ]  # fmt: skip
    subprocess.run(command, check=True)
    before, after = (transcribed(new_run(), clip, model=model).words for clip in (sound, late))
    assert [word.start - 1.5 for word in after] == pytest.approx([word.start for word in before], abs=0.1)


@needs_whisper
def test_a_long_talk_is_heard_in_pieces_that_follow_one_another(
    tmp_path: Path, run: PhaseRun, model: str
) -> None:
    pauses = ((5.0, 6.0), (11.0, 12.5), (18.0, 19.0))
    talk = make_speech(tmp_path / "talk.flac", gaps=pauses, seconds=24, fps=None, vowels=True)
    params = TranscribeParams(source=str(talk), model=model)
    recogniser = replace(recogniser_for(params), piece_seconds=8.0)
    result = asyncio.run(recognise(params, recogniser, probe(talk), run))
    starts = [segment.start for segment in result.segments]
    # One window for each piece; the pieces are cut in the pauses.
    assert starts == pytest.approx([0.2, 6, 12.5, 19], abs=0.6)
    assert len(result.words) == 8
    assert_in_order(result.words, 24)
    assert_in_order(result.segments, 24)


@needs_whisper
def test_words_may_be_left_out_and_silence_has_none(
    tmp_path: Path, new_run: Callable[[], PhaseRun], model: str
) -> None:
    talk = make_speech(tmp_path / "talk.flac", gaps=QUIET, seconds=9, fps=None, vowels=True)
    result = transcribed(new_run(), talk, model=model, words=False, language="EN")
    assert ([segment.text for segment in result.segments], result.words) == (["hello world"], [])
    silent = make_speech(tmp_path / "silent.flac", gaps=((0, 9),), seconds=9, fps=None)
    nothing = transcribed(new_run(), silent, model=model)
    assert (nothing.segments, nothing.words) == ([], [])
    assert nothing.warnings == ["nothing that is said was recognised"]


@needs_whisper
def test_a_model_in_the_shared_cache_is_used_by_its_name_and_nothing_is_fetched(
    tmp_path: Path, new_run: Callable[[], PhaseRun], model: str, hub: Path
) -> None:
    talk = make_speech(tmp_path / "talk.flac", gaps=QUIET, seconds=9, fps=None, vowels=True)
    missing = refusal(new_run(), talk)
    assert missing.message == "there is no Whisper model small on this machine"
    assert "hf download Systran/faster-whisper-small" in str(missing.hint)
    stored = hub / "models--Systran--faster-whisper-base"
    shutil.copytree(model, stored / "snapshots" / "1234")
    (stored / "refs").mkdir()
    (stored / "refs" / "main").write_text("1234")
    assert transcribed(new_run(), talk, model="base").model_used == "base"
    assert transcribed(new_run(), talk, model="Systran/faster-whisper-base").words
    assert refusal(new_run(), talk).message.endswith("there is base")


@needs_whisper
def test_what_is_no_model_or_no_language_of_it_is_said_by_name(
    tmp_path: Path, new_run: Callable[[], PhaseRun], model: str
) -> None:
    talk = make_speech(tmp_path / "talk.flac", gaps=(), seconds=2, fps=None)
    junk, partial = tmp_path / "junk", tmp_path / "partial"
    shutil.copytree(model, junk)
    make_junk(junk / "model.bin")
    shutil.copytree(model, partial)
    (partial / "tokenizer.json").unlink()
    for folder in (junk, partial):
        error = refusal(new_run(), talk, model=str(folder))
        assert str(folder) in error.message
    assert "huge" in refusal(new_run(), talk, model="huge").message
    german = refusal(new_run(), talk, model=model, language="de")
    assert "does not understand the language de" in german.message


@pytest.mark.parametrize("engine", ["auto", "faster_whisper", "pocketsphinx"])
def test_without_the_extra_no_engine_stands_in_for_another(
    tmp_path: Path, run: PhaseRun, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    missing = "pocketsphinx" if engine == "pocketsphinx" else "faster_whisper"
    monkeypatch.setitem(sys.modules, missing, None)
    error = refusal(run, make_speech(tmp_path / "t.flac", seconds=2, fps=None), engine=engine)
    assert error.code == "media_failed"
    assert "pip install 'video_queue[speech]'" in str(error.hint)


@needs_whisper
def test_what_has_no_sound_is_refused_by_name(tmp_path: Path, run: PhaseRun, model: str) -> None:
    silent = make_clip(tmp_path / "silent.mp4", 10, sound=None)
    for source in (silent, make_junk(tmp_path / "junk.mp4"), tmp_path / "none.mp4"):
        assert str(source) in refusal(run, source, model=model).message


@needs_sphinx
@pytest.mark.skipif(BANANA is None, reason="a real voice, beside the repository")
def test_pocketsphinx_hears_real_words_and_calls_them_a_draft(tmp_path: Path, run: PhaseRun) -> None:
    voice = tmp_path / "voice.flac"
    subprocess.run([str(locate()), "-v", "error", "-i", str(BANANA), "-ss", "37", "-vn", voice], check=True)
    result = transcribed(run, voice, engine="pocketsphinx")
    (banana,) = [word for word in result.words if word.text == "banana"]
    assert (banana.start + 37, banana.end + 37) == (
        pytest.approx(39.7, abs=0.4),
        pytest.approx(40.9, abs=0.6),
    )
    assert (result.draft, result.engine_used, result.model_used) == (True, "pocketsphinx", "en-us")
    assert "draft" in result.warnings[0]


@needs_sphinx
def test_pocketsphinx_looks_for_words_where_there_is_sound_and_knows_english_only(
    tmp_path: Path, new_run: Callable[[], PhaseRun]
) -> None:
    talk = make_speech(tmp_path / "talk.flac", gaps=((0, 1), (1.8, 3)), seconds=3.6, fps=None, vowels=True)
    result = transcribed(new_run(), talk, engine="pocketsphinx")
    assert_in_order(result.words, 3.6)
    assert [word for word in result.words if word.end < 0.8 or (word.start > 2 and word.end < 2.8)] == []
    assert "fr" in refusal(new_run(), talk, engine="pocketsphinx", language="fr").message
    silent = make_speech(tmp_path / "silent.flac", gaps=((0, 2),), seconds=2, fps=None)
    assert transcribed(new_run(), silent, engine="pocketsphinx").segments == []


@needs_sphinx
def test_cancelling_ends_the_recognition_at_once_and_leaves_no_process(
    tmp_path: Path, run: PhaseRun, record: RunRecord
) -> None:
    talk = make_speech(tmp_path / "talk.flac", gaps=(), seconds=20, fps=None, vowels=True)

    async def cancel() -> None:
        began = asyncio.Event()
        watched = _at_recognition(record, lambda _pid: began.set())
        params = TranscribeParams(source=str(talk), engine="pocketsphinx")
        task = asyncio.ensure_future(transcribe.run(params, replace(run, children=watched)))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert record.ended == [pid for pid, _, _ in record.started]
    assert all(process_started(pid) != started for pid, started, _ in record.started)


@needs_sphinx
def test_a_recognition_that_another_program_ended_is_tried_again(
    tmp_path: Path, run: PhaseRun, record: RunRecord
) -> None:
    talk = make_speech(tmp_path / "talk.flac", gaps=(), seconds=5, fps=None, vowels=True)
    killed = _at_recognition(record, lambda pid: os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM)))
    with pytest.raises(VqError) as caught:
        transcribed(replace(run, children=killed), talk, engine="pocketsphinx")
    assert caught.value.code in TRANSIENT.codes
    assert "pocketsphinx was ended" in caught.value.message


def _at_recognition(record: RunRecord, act: Callable[[int], Any]) -> Children:
    """Children that are recorded; `act(pid)` when the one that recognises speech has begun."""

    async def on_start(pid: int, started: str, command: str) -> None:
        await record.on_start(pid, started, command)
        if "recognition_program" in command:
            act(pid)

    return Children(on_start, record.on_end)


def test_times_that_an_engine_gets_out_of_order_are_put_right() -> None:
    from video_queue.media.speech.recognition import in_order

    parts = [(-0.2, 0.4, " one"), (0.9, 0.7, "two "), (0.5, 1.4, "three"), (1.2, 9.0, " "), (2.5, 9.0, "end")]
    ordered = in_order((SpokenSegment(start=a, end=b, text=text) for a, b, text in parts), 2.0)
    assert [(item.start, item.end, item.text) for item in ordered] == [
        (0, 0.4, "one"),
        (0.9, 0.9, "two"),
        (0.9, 1.4, "three"),
        (2.0, 2.0, "end"),
    ]


@pytest.mark.parametrize(
    "params", [{"engine": "ai"}, {"language": "english!"}, {"language": "de-DE"}, {"words": "some"}, {"x": 1}]
)
def test_absurd_parameters_are_refused(params: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TranscribeParams(source="a.mp4", **params)
