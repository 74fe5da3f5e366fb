"""`python -m video_queue.simulator --port 0 --base DIR`: one simulator in a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from video_queue.simulator.faults import parse_fault
from video_queue.simulator.server import ComfySimulator
from video_queue.simulator.settings import DIALECTS, SimulatorSettings

DIED = 70


def main(arguments: list[str] | None = None) -> int:
    """Run until a signal asks to end. Prints `listening URL`; exit status 0, or 70 when a fault kills it."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    with asyncio.Runner() as runner:
        runner.run(_serve(_settings(options), options.ready_file))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m video_queue.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--version", choices=sorted(DIALECTS), default="0.33.0")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[=VALUE]")
    parser.add_argument("--seconds-per-step", type=float, default=0.0)
    parser.add_argument("--preview-method", default="none")
    parser.add_argument("--checkpoint", action="append", default=[])
    parser.add_argument("--lora", action="append", default=[])
    parser.add_argument("--ready-file", type=Path)
    return parser


def _settings(options: argparse.Namespace) -> SimulatorSettings:
    plain = SimulatorSettings(options.base)
    return SimulatorSettings(
        base=options.base,
        host=options.host,
        port=options.port,
        version=options.version,
        seconds_per_step=options.seconds_per_step,
        preview_method=options.preview_method,
        checkpoints=tuple(options.checkpoint) or plain.checkpoints,
        loras=tuple(options.lora) or plain.loras,
        faults=dict(parse_fault(text) for text in options.fault),
    )


async def _serve(settings: SimulatorSettings, ready_file: Path | None) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))
    simulator = ComfySimulator(settings, on_death=lambda: os._exit(DIED))
    url = await simulator.start()
    print(f"listening {url}", flush=True)  # noqa: T201 -- the line is what callers wait for
    if ready_file:
        _write_whole(ready_file, url)
    await ended.wait()
    await simulator.stop()


def _write_whole(path: Path, text: str) -> None:
    """Appear with its content or not at all: readers wait for the file to exist."""
    draft = path.with_name(path.name + ".part")
    draft.write_text(text + "\n", encoding="utf-8")
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main())
