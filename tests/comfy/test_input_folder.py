"""Our files in ComfyUI's input folder."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from video_queue.comfy.client import ComfyClient
from video_queue.comfy.input_folder import InputFolder


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe is how the copy is held up")
def test_a_file_whose_prompt_is_stopped_while_it_is_copied_does_not_stay(tmp_path: Path) -> None:
    pipe, folder = tmp_path / "slow.png", tmp_path / "input"
    os.mkfifo(pipe)

    async def stop_while_copied() -> None:
        inputs = InputFolder("owner", tmp_path / "work")
        inputs.attach(ComfyClient("http://127.0.0.1:9"), folder)
        bringing = asyncio.create_task(inputs.bring(pipe))
        while not (folder / "vq" / "owner").exists():  # noqa: ASYNC110 - a thread makes it
            await asyncio.sleep(0)
        bringing.cancel()
        with suppress(asyncio.CancelledError):
            await bringing
        await asyncio.to_thread(pipe.write_bytes, b"a picture")
        await asyncio.get_running_loop().shutdown_default_executor()
        for _ in range(5):
            await asyncio.sleep(0)

    asyncio.run(stop_while_copied())
    assert list((folder / "vq" / "owner").iterdir()) == []
