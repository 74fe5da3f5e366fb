"""Running ffmpeg: what goes wrong with a child becomes the right error, and cancelling leaves none."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.media.run_record import RunRecord
from tests.media_clips import codes_of, make_clip
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.domain.failure_policy import TRANSIENT
from video_queue.domain.media.clips import ConvertParams
from video_queue.media.clips.picking import select_expression
from video_queue.media.ffmpeg import _failure, file_url, filter_value, run_ffmpeg, source, video_filter
from video_queue.media.phase_run import PhaseRun
from video_queue.media.phases import convert
from video_queue.system.processes.identity import process_started

ENDLESS = ["-f", "lavfi", "-i", "testsrc=s=640x360:r=30", "-c:v", "libx264"]
RAW = ["-f", "rawvideo", "-pixel_format", "gray", "-video_size", "16x16", "-i", "pipe:0", "-f", "null", "-"]


@pytest.mark.parametrize(
    "name", ["plain", "it's", "a:b", "x,y;z", "[in]", "back\\slash", "100%", " blank ", "ü€"]
)
def test_values_reach_a_filter_unchanged(tmp_path: Path, run: PhaseRun, name: str) -> None:
    path = tmp_path / (name + ".txt")
    filters = f"metadata=mode=add:key=k:value={filter_value(name)},metadata=mode=print:file={filter_value(str(path))}"
    command = [*ENDLESS[:4], "-filter:v", filters, "-frames:v", "1", "-f", "null", "-"]
    asyncio.run(run_ffmpeg(run, command))
    assert f"k={name}" in path.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("count", [1, 101, 3000])
def test_any_number_of_frames_can_be_selected(tmp_path: Path, run: PhaseRun, count: int) -> None:
    clip = make_clip(
        tmp_path / "a.mkv", 4 * count + 1, size=(32, 32), sound=None, options={"preset": "ultrafast"}
    )
    chosen = [4 * number + number % 3 for number in range(count)]
    output = run.work_dir / "out.mkv"
    select = video_filter(run, [f"select={filter_value(select_expression(chosen))}"])
    command = [
        *source(clip, threads=2),
        *select,
        "-fps_mode:v",
        "passthrough",
        "-c:v",
        "ffv1",
        file_url(output),
    ]
    asyncio.run(run_ffmpeg(run, command))
    assert codes_of(output) == chosen


def test_progress_rises_to_one(tmp_path: Path, run: PhaseRun, record: RunRecord) -> None:
    command = [*ENDLESS, "-frames:v", "200", file_url(run.work_dir / "a.mp4")]
    asyncio.run(run_ffmpeg(run, command, frames=200, start=0.5, share=0.5))
    assert record.fractions == sorted(record.fractions)
    assert record.fractions[-1] == 1.0
    assert record.log[0].startswith("$ ")


def test_cancelling_a_phase_leaves_no_process(tmp_path: Path, run: PhaseRun, record: RunRecord) -> None:
    async def cancel() -> None:
        task = asyncio.ensure_future(
            run_ffmpeg(run, [*ENDLESS, file_url(run.work_dir / "a.mp4")], seconds=99)
        )
        await record.reported.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    pid, started, _ = record.started[0]
    assert record.ended == [pid]
    assert process_started(pid) != started


@pytest.mark.parametrize("sign", [signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)])
def test_an_ffmpeg_that_another_program_ended_is_retried(
    run: PhaseRun, record: RunRecord, sign: signal.Signals
) -> None:
    async def end() -> None:
        task = asyncio.ensure_future(
            run_ffmpeg(run, [*ENDLESS, file_url(run.work_dir / "a.mp4")], seconds=99)
        )
        await record.reported.wait()
        os.kill(record.started[0][0], sign)
        await task

    with pytest.raises(VqError) as caught:
        asyncio.run(end())
    assert caught.value.code in TRANSIENT.codes


def test_an_ffmpeg_that_stands_still_is_a_stall(run: PhaseRun, record: RunRecord) -> None:
    async def nothing() -> AsyncGenerator[bytes, None]:
        await asyncio.Event().wait()
        yield b""

    with pytest.raises(VqError) as caught:
        asyncio.run(run_ffmpeg(replace(run, stall_seconds=1.0), RAW, feed=nothing()))
    assert caught.value.code is ErrorCode.STALLED
    assert [pid for pid, _, _ in record.started] == record.ended


def test_messages_become_the_right_error(run: PhaseRun) -> None:
    full = "[out#0/mp4 @ 0x1] [error] Error writing trailer: No space left on device"
    assert _failure(run, 228, [full]).code is ErrorCode.DISK_FULL
    unknown = _failure(run, 8, ["[warning] noise", "[error] Unknown encoder 'x'"])
    assert unknown.code is ErrorCode.MEDIA_FAILED
    assert "Unknown encoder" in unknown.message
    assert "noise" not in unknown.message


def test_a_wrong_option_is_permanent(run: PhaseRun) -> None:
    with pytest.raises(VqError, match="no_such_codec") as caught:
        asyncio.run(run_ffmpeg(run, [*ENDLESS[:4], "-c:v", "no_such_codec", "-f", "null", "-"]))
    assert caught.value.code is ErrorCode.MEDIA_FAILED


def test_no_other_file_is_opened(tmp_path: Path, run: PhaseRun) -> None:
    clip = make_clip(tmp_path / "a.mp4", 5)
    for name, text in (
        ("l.txt", f"ffconcat version 1.0\nfile {clip.name}\n"),
        ("l.m3u8", "#EXTM3U\n#EXTINF:1,\na.mp4\n"),
    ):
        (tmp_path / name).write_text(text)
        with pytest.raises(VqError):
            asyncio.run(run_ffmpeg(run, [*source(tmp_path / name, threads=1), "-f", "null", "-"]))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_source_damaged_in_its_middle_is_refused(tmp_path: Path, run: PhaseRun, suffix: str) -> None:
    clip = make_clip(tmp_path / f"a{suffix}", 90)
    data = bytearray(clip.read_bytes())
    third = len(data) // 3
    data[third : third + 3000] = np.random.default_rng(3).bytes(3000)
    clip.write_bytes(data)
    with pytest.raises(VqError) as caught:
        asyncio.run(convert.run(ConvertParams(source=str(clip)), run))
    assert caught.value.code is ErrorCode.INPUT_UNREADABLE
    assert str(clip) in caught.value.message


def test_one_hardware_encoder_is_used_at_a_time_and_others_do_not_wait(
    run: PhaseRun, record: RunRecord
) -> None:
    picture = [*ENDLESS[:4], "-frames:v", "1", "-f", "null"]
    hardware = [*picture[:4], "-c:v", "none_nvenc", *picture[4:], "-"]

    async def both() -> bool:
        await run.hardware.acquire()
        waiting = asyncio.create_task(run_ffmpeg(run, hardware))
        await run_ffmpeg(run, [*picture, "-"])
        waited = not waiting.done()
        run.hardware.release()
        with pytest.raises(VqError):  # there is no such encoder
            await waiting
        return waited

    assert asyncio.run(both())


def test_waiting_for_a_hardware_encoder_does_not_count_in_the_time_of_a_phase(run: PhaseRun) -> None:
    async def wait() -> tuple[float | None, float | None]:
        async with asyncio.timeout(60) as limit:
            waiting = replace(run, limit=limit)
            await run.hardware.acquire()
            before = limit.when()
            asyncio.get_running_loop().call_later(0.05, run.hardware.release)
            async with waiting.hardware_encoder():
                return before, limit.when()

    before, after = asyncio.run(wait())
    assert before is not None
    assert after is not None
    assert after > before
