"""How much more two ComfyUIs render than one: `python benchmarks/instances.py`.

Stand-ins whose renders take `--render-ms` each render the same pictures from one queue, once alone and once as two
instances of it. What counts is prompts a second, from the first claim to the last publication; --quick only shows that
both can be measured.
"""

from __future__ import annotations

# Run as a script, this folder leads sys.path and queue.py in it would hide the standard library's.
# isort: off
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:] = [str(HERE.parent), *(entry for entry in sys.path if Path(entry or ".").resolve() != HERE)]
# isort: on

import argparse
import asyncio
import json
import tempfile
import time

from benchmarks.comfy import graph_for, make_pictures
from benchmarks.figure import print_figure
from video_queue.domain.states import JobState
from video_queue.domain.submission import Submission
from video_queue.settings import load_settings
from video_queue.simulator.process import SimulatorProcess
from video_queue.simulator.settings import SimulatorSettings
from video_queue.wiring import close_services, make_worker, open_services

GOAL = 1.9
_NODES = 3
_WORKFLOW = """
inputs: {kind: image}
phases: [{name: render, uses: comfy, graph: render.api.json, files: {"1.inputs.image": "{{ input.path }}"}}]
output: {phase: render}
"""


async def rate(urls: list[str], pictures: list[Path], base: Path) -> float:
    """Prompts a second of a queue that renders with these."""
    others = [{"name": f"number-{number}", "url": url} for number, url in enumerate(urls[1:], start=2)]
    settings = load_settings(
        base / f"home-{len(urls)}", {"comfy.url": urls[0], "comfy.instances": others, "min_free_gb": 0}, {}
    )
    settings.ensure_home()
    (settings.workflows_dir / "render.yaml").write_text(_WORKFLOW)
    (settings.workflows_dir / "render.api.json").write_text(json.dumps(graph_for("x.png")))
    services = await open_services(settings)
    ended: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()
    worker = make_worker(
        services, until_empty=True, on_end=lambda error: loop.call_soon_threadsafe(ended.set_result, error)
    )
    try:
        inputs = [str(path) for path in pictures]
        job = await services.jobs.submit(Submission(workflow="render", inputs=inputs))
        began = time.perf_counter()
        worker.start()
        if error := await ended:
            raise error
        seconds = time.perf_counter() - began
        done = await services.lookup.job(job.id)
        assert done.state is JobState.SUCCEEDED, done
        return len(pictures) / seconds
    finally:
        await asyncio.to_thread(worker.stop)
        await close_services(services)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--render-ms", type=int, default=1000)
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    count, render_ms = (6, 30) if args.quick else (args.prompts, args.render_ms)
    with tempfile.TemporaryDirectory(prefix="vq-bench-") as folder:
        base = Path(folder)
        faults = {"slow": render_ms / 1000 / _NODES}
        comfys = [SimulatorProcess(SimulatorSettings(base / f"comfy-{n}", faults=faults)) for n in range(2)]
        try:
            urls = [comfy.start() for comfy in comfys]
            pictures = make_pictures(base / "pictures", count, seed=1)
            alone = asyncio.run(rate(urls[:1], pictures, base))
            both = asyncio.run(rate(urls, pictures, base))
        finally:
            for comfy in comfys:
                comfy.stop()
    print_figure("instances", both / alone)
    print(f"{count} prompts of {render_ms} ms each")
    print(f"one instance:  {alone:7.3f} prompts/s")
    print(f"two instances: {both:7.3f} prompts/s, {both / alone:.2f} x (goal: {GOAL})")


if __name__ == "__main__":
    main()
