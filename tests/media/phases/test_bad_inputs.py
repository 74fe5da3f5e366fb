"""What bad files and absurd values get from every media phase: an error that names the file, says why, and stays."""

from __future__ import annotations

import asyncio
import math
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import ValidationError

from tests.media.extras import is_runnable
from tests.media_clips import code_frame, make_clip, make_junk, make_sound, make_truncated
from tests.onnx_model import write_model
from video_queue.domain.errors import VqError
from video_queue.domain.failure_policy import PERMANENT
from video_queue.domain.media.phases import PHASES, PhaseKind
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import DRIVERS

_SECONDS = 20  # a phase's own limit, as an artist would set it
_PLAN = {"frames": 10, "fps": 30, "chunks": [{"start_frame": 0, "end_frame": 10}]}
_SAID = [{"start": 0.1, "end": 0.2, "text": "What is said"}]
_SOURCE: dict[str, Any] = {"source": "BAD"}
# What a file may be that is none of those that every use refuses.
VIDEO, SOUND, SOUNDING, PICTURE = (
    {"silent.mp4"},
    {"sound.flac"},
    {"sound.flac", "silent.mp4"},
    {"picture.png"},
)
SHOWN, MEDIA = VIDEO | PICTURE, VIDEO | SOUND | PICTURE
# Phase: what it takes, BAD in each place where it takes a file; and what may stand there.
CASES: dict[str, list[tuple[dict[str, Any], set[str]]]] = {
    "media.probe": [(_SOURCE, MEDIA)],
    "media.extract_frames": [(_SOURCE, VIDEO)],
    "media.encode": [
        ({"frames": ["PICTURE", "BAD"], "fps": 30}, PICTURE),
        ({"frames": ["BAD"], "fps": 30}, PICTURE),
        ({"frames": ["PICTURE"], "fps": 30, "audio": "BAD"}, MEDIA),
    ],
    "media.convert": [(_SOURCE, VIDEO)],
    "media.split": [({**_SOURCE, "at_frame": 5}, VIDEO)],
    "media.merge": [({"inputs": ["CLIP", "BAD"]}, VIDEO)],
    "media.mux": [({"video": "BAD", "audio": "CLIP"}, VIDEO), ({"video": "CLIP", "audio": "BAD"}, SOUND)],
    "media.sprite_sheet": [(_SOURCE, VIDEO), ({"inputs": ["PICTURE", "BAD"]}, SHOWN)],
    "media.detect_scenes": [(_SOURCE, VIDEO), ({**_SOURCE, "method": "threshold"}, VIDEO)],
    "media.splice": [({**_SOURCE, "cuts": [5]}, VIDEO)],
    "media.keyframes": [(_SOURCE, VIDEO), ({**_SOURCE, "strategy": "i_frames"}, VIDEO)],
    "media.fingerprint": [(_SOURCE, SHOWN)],
    "media.embed": [({**_SOURCE, "model": "MODEL"}, SHOWN), ({"source": "CLIP", "model": "BAD"}, set())],
    "media.archive": [],  # any file may be archived: see test_archive
    "media.interpolate": [(_SOURCE, VIDEO)],
    "media.loop": [(_SOURCE, VIDEO)],
    "media.animate": [(_SOURCE, VIDEO)],
    "media.speed": [({**_SOURCE, "factor": 2}, VIDEO)],
    "media.stabilise": [(_SOURCE, VIDEO)],
    "media.chunk": [(_SOURCE, VIDEO)],
    "media.unchunk": [
        ({"inputs": ["BAD"], "plan": {**_PLAN, "source": "CLIP"}}, VIDEO),
        ({"inputs": ["CLIP"], "plan": {**_PLAN, "source": "BAD"}}, MEDIA),
    ],
    "media.quality": [
        ({"source": "BAD", "reference": "CLIP"}, VIDEO),
        ({"source": "CLIP", "reference": "BAD"}, VIDEO),
    ],
    "media.crop": [({**_SOURCE, "size": "64x64"}, VIDEO)],
    "media.watermark": [
        ({**_SOURCE, "image": "PICTURE"}, VIDEO),
        ({"source": "CLIP", "image": "BAD"}, PICTURE),
    ],
    "media.colour": [({**_SOURCE, "lut": "LUT"}, VIDEO), ({"source": "CLIP", "lut": "BAD"}, set())],
    "media.silence_detect": [
        (_SOURCE, SOUND),
        ({**_SOURCE, "engine": "silencedetect"}, SOUND),
        ({**_SOURCE, "engine": "vad"}, SOUND),
    ],
    "media.silence_apply": [({**_SOURCE, "segments": [{"start": 0.1, "end": 0.2}]}, SOUNDING)],
    "media.silence_remove": [(_SOURCE, SOUND)],
    "media.loudness": [(_SOURCE, SOUND)],
    "media.transcribe": [({**_SOURCE, "engine": "faster_whisper", "model": "WHISPER"}, SOUND)],
    "media.captions": [
        ({**_SOURCE, "segments": _SAID}, VIDEO),
        ({"source": "CLIP", "subtitles": "BAD"}, set()),
    ],
    "media.timeline": [({**_SOURCE, "formats": ["csv"]}, SOUNDING)],
}
ABSURD = [-1, 0, math.nan, math.inf, 1e-12, 1e12, 10**12, "x" * 5000, "a\0b", [1] * 100_001, {"a": 1}]


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    """A server that nobody may ask."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Files that are as they should be."""
    folder = tmp_path_factory.mktemp("good")
    clip = make_clip(folder / "clip.mp4", 10, size=(64, 48))
    Image.fromarray(code_frame(1, (64, 48))).save(folder / "picture.png")
    rows = [f"{r} {g} {b}" for b in (0, 1) for g in (0, 1) for r in (0, 1)]
    (lut := folder / "same.cube").write_text("LUT_3D_SIZE 2\n" + "\n".join(rows) + "\n")
    files = {"CLIP": clip, "PICTURE": folder / "picture.png", "LUT": lut}
    files["MODEL"] = write_model(folder / "model.onnx")
    if is_runnable("media.transcribe"):
        from tests.whisper_model import make_whisper  # needs the extra

        files["WHISPER"] = make_whisper(folder / "whisper")
    return {name: str(path) for name, path in files.items()}


@pytest.fixture(scope="module")
def bad(
    tmp_path_factory: pytest.TempPathFactory, good: dict[str, str], listener: socket.socket
) -> list[Path]:
    """Files that are not what they are called, or not there."""
    folder = tmp_path_factory.mktemp("bad")
    whole = make_clip(folder / "whole.mkv", 40, size=(64, 48))
    make_truncated(folder / "cut.mkv", whole, 0.6)
    index_first = make_clip(folder / "whole.mp4", 40, size=(64, 48), container={"movflags": "+faststart"})
    make_truncated(folder / "cut.mp4", index_first, 0.6)
    make_truncated(folder / "without_index.mp4", Path(good["CLIP"]), 0.6)
    make_junk(folder / "junk.mp4")
    (folder / "empty.mp4").touch()
    web = f"http://127.0.0.1:{listener.getsockname()[1]}/a.ts"
    for place, url in (("near", f"file://{good['CLIP']}"), ("far", web)):
        playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n"
        script = f"ffconcat version 1.0\nfile '{url}'\n"
        for name, text in ((f"{place}.m3u8", playlist), (f"{place}.ffconcat", script), (f"{place}.mpd", url)):
            (folder / name).write_text(text)
            (folder / f"{name}.mp4").write_text(text)
    (folder / "text.mp4").write_text("It was a dark and stormy night.\n" * 100)
    (folder / "folder.mp4").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.mp4")
    make_sound(folder / "sound.flac", 0.5)
    make_clip(folder / "silent.mp4", 10, size=(64, 48), sound=None)
    Image.fromarray(code_frame(1, (64, 48))).save(folder / "picture.png")
    whole.unlink()
    index_first.unlink()
    return [*sorted(folder.iterdir()), folder / "vanished.mp4", Path("/" + "x" * 300 + ".mp4")]


def result_of(uses: str, params: dict[str, Any], run: PhaseRun) -> Any:
    async def limited() -> Any:
        async with asyncio.timeout(_SECONDS):
            return await DRIVERS[uses](PHASES[uses].params.model_validate(params), run)

    return asyncio.run(limited())


def problem_of(uses: str, params: dict[str, Any], run: PhaseRun) -> VqError | None:
    try:
        result_of(uses, params, run)
    except VqError as error:
        return error
    return None


def replaced(value: Any, files: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: replaced(inner, files) for key, inner in value.items()}
    if isinstance(value, list):
        return [replaced(inner, files) for inner in value]
    return files.get(value, value) if isinstance(value, str) else value


def test_there_is_a_case_for_every_media_phase() -> None:
    assert set(CASES) == {name for name, spec in PHASES.items() if spec.kind is PhaseKind.MEDIA}


@pytest.mark.parametrize("uses", [uses for uses, cases in CASES.items() if cases and is_runnable(uses)])
def test_a_bad_file_is_refused_by_name_and_nothing_else_is_opened(
    uses: str, bad: list[Path], good: dict[str, str], listener: socket.socket, run: PhaseRun
) -> None:
    for params, accepted in CASES[uses]:
        for path in bad:
            if path.name in accepted:
                continue
            with pytest.raises(VqError) as caught:
                result_of(uses, replaced(params, {**good, "BAD": str(path)}), run)
            error = caught.value
            assert error.code in PERMANENT.codes, (path.name, error.message)
            assert str(path) in error.message
            assert error.hint
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("uses", [uses for uses in CASES if is_runnable(uses)])
def test_an_absurd_value_is_refused_or_harmless(
    uses: str, good: dict[str, str], new_run: Any, tmp_path: Path
) -> None:
    params = CASES[uses][0][0] if CASES[uses] else {"inputs": ["BAD"], "folder": str(tmp_path)}
    picture = uses == "media.encode"
    params = replaced(params, {**good, "BAD": good["PICTURE" if picture else "CLIP"]})
    refused = 0
    for name in PHASES[uses].params.model_fields:
        for value in ABSURD:
            try:
                PHASES[uses].params.model_validate({**params, name: value})
            except ValidationError:
                refused += 1
                continue
            problem = problem_of(uses, {**params, name: value}, new_run())
            assert problem is None or (problem.code in PERMANENT.codes and problem.hint), (name, problem)
    assert refused
