"""`vq demo --once`: three jobs through the real queue and a simulated ComfyUI, then it ends by itself."""

from __future__ import annotations

from pathlib import Path

from tests.terminal.processes import Vq
from video_queue.media.facts import probe


def test_demo_once(vq: Vq, tmp_path: Path) -> None:
    home = tmp_path / "demo"
    ending = {"VQ_WHEN_DONE": "command", "VQ_WHEN_DONE_COMMAND": f"touch {tmp_path / 'ended'}"}
    done = vq("--home", str(home), "demo", "--once", env={**ending, "VQ_WHEN_DONE_SECONDS": "0.01"})
    assert done.code == 0, done.err
    outputs = [Path(line) for line in done.out.splitlines()]
    assert [path.suffix for path in outputs] == [".mp4"] * 4 + [".jpg"] * 3
    assert all(path.is_absolute() and path.is_file() for path in outputs)
    clip, restyled = (
        probe(home / "clips" / "colours.mp4", count_frames=True),
        probe(outputs[0], count_frames=True),
    )
    assert restyled.frames == clip.frames
    assert restyled.audio is not None
    assert "simulated" in done.err
    assert done.err.count("http://") == 1  # nobody has to choose an address
    assert done.err.splitlines()[-1] == "7 files are ready."
    assert not (home / "server.json").exists()
    assert not (tmp_path / "ended").exists()  # a demo ends no machine
