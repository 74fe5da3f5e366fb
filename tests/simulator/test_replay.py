"""Recorded conversations with real servers, played against the simulator: same answers, same frames, same order."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.canonical import canonical, ordered, split_frames, text, unordered
from tests.simulator.media import fill_inputs
from tests.simulator.replay import Replay, load
from tests.simulator.serving import until
from video_queue.simulator import ComfySimulator, SimulatorSettings

RECORDINGS = Path(__file__).parent / "recordings"
SCENARIOS = sorted(p.stem for p in RECORDINGS.glob("*.jsonl") if p.stem[:3] not in ("10_", "11_"))
_FOLLOWED_BY = {"09": ("10", "11")}
"""Scenarios that found in the cache what the one before had left there."""
FREE_ORDER = {"03", "09", "10", "21"}
"""Scenarios with graphs whose order of nodes a server may choose."""
WARM = {
    "05": {"1": {"class_type": "LoadImage", "inputs": {"image": "photo.png"}}},
    "06": {"1": {"class_type": "LoadImage", "inputs": {"image": "photo.png"}}},
}
"""What the recorded server had run just before."""


def _simulator(base: Path, version: str, first_number: int | None) -> ComfySimulator:
    fill_inputs(base / "input")
    settings = SimulatorSettings(
        base,
        version=version,
        preview_method="none" if version == "0.33.0" else "latent2rgb",
        checkpoints=("vq_tiny_sd15_random.safetensors",),
        loras=("styles/vq_tiny_lora_b.safetensors", "vq_tiny_lora.safetensors"),
        faults={"hold_steps": True},
    )
    simulator = ComfySimulator(settings)
    simulator.state.queue._numbers = first_number or 0
    return simulator


async def _replay(base: Path, name: str) -> None:
    header, events = load(RECORDINGS / f"{name}.jsonl")
    simulator = _simulator(base, header["version"], header["first_number"])
    await simulator.start()
    try:
        await _play(simulator, base, header["scenario"], events)
        for later in _FOLLOWED_BY.get(header["scenario"], ()):
            path = RECORDINGS / f"{later}_{header['version']}.jsonl"
            if path.exists():
                header, events = load(path)
                simulator.state.queue._numbers = header["first_number"]
                await _play(simulator, base, later, events)
    finally:
        await simulator.stop()


async def _play(simulator: ComfySimulator, base: Path, scenario: str, events: list[list[Any]]) -> None:
    warm = WARM.get(scenario)
    if warm:
        save = {"2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}}
        await _run_before(simulator, {**warm, **save})
    media = base / "media"
    fill_inputs(media)
    replay = Replay(simulator, media)
    await replay.play(events)
    for name, recorded, got in replay.answers:
        _compare_answers(name, recorded, got)
    for label in replay.closed:
        expected, received = replay.frames_of(label)
        _compare_frames(label, expected, received, scenario in FREE_ORDER)


async def _run_before(simulator: ComfySimulator, prompt: dict[str, Any]) -> None:
    gate = simulator.state.gate
    simulator.state.queue.put(-1, "before", prompt, {}, ["2"], lambda: None)
    gate.let_pass(2)
    await until(lambda: not simulator.state.queue.remaining())
    simulator.state.history.clear()


def _compare_answers(name: str, recorded: dict[str, Any], got: dict[str, Any]) -> None:
    assert got["status"] == recorded["status"], name
    headers = recorded.get("headers", {})
    for header, value in headers.items():
        if header == "Content-Length" and value != "0" and "Content-Range" not in headers:
            continue
        simulated = got["headers"].get(header.lower())
        assert _header(simulated) == _header(value), (name, header)
    if isinstance(got["body"], dict) and recorded.get("body", {}).get("workflow") == "$CUT":
        assert got["body"].pop("workflow")["prompt"] == "$SENT"
        recorded["body"].pop("workflow")
    if name.startswith("GET /api/jobs?"):
        _compare_job_lists(recorded["body"], got["body"])
        return
    expected, body = canonical(recorded.get("body", {"_text": ""})), canonical(got["body"])
    if isinstance(expected, dict) and "_head_hex" in expected:
        assert body["_head_hex"][:8] == expected["_head_hex"][:8], name
        return
    if got["status"] == 404 and name.split("/")[1].split("?")[0] == "nothing":
        return
    assert json.dumps(body, sort_keys=True, indent=1) == json.dumps(expected, sort_keys=True, indent=1), name


def _compare_job_lists(recorded: dict[str, Any], got: dict[str, Any]) -> None:
    """The recorded server also listed jobs of earlier scenarios: only those of this one are compared."""
    assert got["pagination"].keys() == recorded["pagination"].keys()
    shared = {job["id"] for job in recorded["jobs"]} & {job["id"] for job in got["jobs"]}
    assert shared
    pick = [
        {job["id"]: canonical(job) for job in body["jobs"] if job["id"] in shared} for body in (recorded, got)
    ]
    assert pick[0] == pick[1]


def _header(value: str | None) -> str | None:
    return (
        value and text(value).split("/")[0] if value and value.startswith("bytes ") else value and text(value)
    )


def _compare_frames(label: str, expected: list[Any], received: list[Any], free: bool) -> None:
    statuses, blocks = split_frames(expected)
    got_statuses, got_blocks = split_frames(received)
    if not free:
        assert [s[:2] for s in got_statuses] == [s[:2] for s in statuses], label
    arrange = unordered if free else ordered
    assert arrange(got_blocks) == arrange(blocks), label


@pytest.mark.parametrize("name", SCENARIOS)
def test_replay(name: str, tmp_path: Path) -> None:
    asyncio.run(_replay(tmp_path, name))
