"""`vq demo`: a private home, a simulated ComfyUI, clips it makes itself, three jobs, and the page to watch them.

Everything but ComfyUI is the real thing: the server, the worker, ffmpeg, the outputs. The pictures that ComfyUI would
render are drawn by the stand-in, and it says so everywhere.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import tempfile
import webbrowser
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from video_queue.domain.states import FINISHED_JOB, JobState
from video_queue.domain.submission import Submission
from video_queue.domain.views import Job
from video_queue.media.ffmpeg_binary import locate
from video_queue.settings import load_settings
from video_queue.simulator.server import ComfySimulator
from video_queue.simulator.settings import SimulatorSettings
from video_queue.system.home.server_info import ServerInfo, remove_server_info, write_server_info
from video_queue.terminal import exit_codes
from video_queue.terminal.serving.log_file import logging_to
from video_queue.terminal.serving.pairing import page_link
from video_queue.terminal.serving.serve import listening, run_server, url_of
from video_queue.wiring import Services, close_services, open_services

if TYPE_CHECKING:
    from video_queue.terminal.console import Console
    from video_queue.terminal.session import Session

# Each clip as ffmpeg's own test pictures: (name, picture, seconds); all with a tone.
_CLIPS = (
    ("testcard", "testsrc2=size=640x360:rate=24", 4),
    ("fractal", "mandelbrot=size=640x360:rate=24:maxiter=300", 3),
    ("colours", "gradients=size=640x360:rate=24:speed=0.03:nb_colors=5:seed=7", 2),
)
_SECONDS_PER_STEP = 0.02


def show_demo(session: Session, *, port: int, instances: int, once: bool, open_browser: bool) -> int:
    """Run the demo; with `once` until its jobs are done (exit 1 if one failed), else until Ctrl-C."""
    home = session.home or Path(tempfile.mkdtemp(prefix="vq-demo-"))
    return asyncio.run(_demo(session.console, home, port, instances, once=once, open_browser=open_browser))


async def _demo(
    console: Console, home: Path, port: int, instances: int, *, once: bool, open_browser: bool
) -> int:
    console.note(
        "video_queue demo: real queue, real ffmpeg, simulated ComfyUI (it draws, it does not render)"
    )
    console.note(f"Making three clips in {home}")
    jobs: list[Job] = []
    with logging_to(home / "logs", quiet=True):
        async with _simulated_comfys(home / "simulated-comfyui", instances) as urls:
            settings = load_settings(home, _flags(urls, port), os.environ)
            settings.ensure_home()
            with listening(settings) as listener:
                services = await open_services(settings)
                try:
                    # Before the browser opens: its first sight is a queue at work.
                    jobs += await _submit_three(services, home / "clips")
                    await _show(console, services, listener, jobs, once=once, open_browser=open_browser)
                finally:
                    remove_server_info(home)
                    await close_services(services)
    return exit_codes.OK if all(job.state is JobState.SUCCEEDED for job in jobs) else exit_codes.FAILED


def _flags(urls: list[str], port: int) -> dict[str, Any]:
    others = [{"name": f"number-{number}", "url": url} for number, url in enumerate(urls[1:], start=2)]
    comfys = {"comfy.url": urls[0], "comfy.instances": others}
    return {**comfys, "server.port": port, "awake": False, "when_done": "nothing"}


async def _show(
    console: Console,
    services: Services,
    listener: socket.socket,
    jobs: list[Job],
    *,
    once: bool,
    open_browser: bool,
) -> None:
    """Serve the page; `jobs` are as they ended once they did, which ends all of it with `once`."""
    settings, url = services.settings, url_of(listener)

    def announce() -> None:
        info = ServerInfo(pid=os.getpid(), url=url, started_at=services.clock.iso())
        write_server_info(settings.home, info)
        console.note(f"Watch it at {url}")
        if open_browser:
            link = page_link(url, settings.server.token)
            asyncio.get_running_loop().run_in_executor(None, webbrowser.open, link)

    async def alongside() -> bool:
        jobs[:] = await _until_finished(services, jobs)
        await _print_ends(console, services, jobs)
        if not once:
            console.note("The page stays until Ctrl-C.")
        return once

    await run_server(services, listener, announce, alongside)


@asynccontextmanager
async def _simulated_comfys(base: Path, count: int) -> AsyncIterator[list[str]]:
    """The stand-ins in this process, while they are needed; their URLs."""
    folders = [base, *(base.with_name(f"{base.name}-{number}") for number in range(2, count + 1))]
    async with AsyncExitStack() as started:
        urls = []
        for folder in folders:
            simulator = ComfySimulator(SimulatorSettings(base=folder, seconds_per_step=_SECONDS_PER_STEP))
            urls.append(await simulator.start())
            started.push_async_callback(simulator.stop)
        yield urls


async def _submit_three(services: Services, folder: Path) -> list[Job]:
    clips = await asyncio.to_thread(_make_clips, locate(services.settings.ffmpeg), folder)
    submissions: list[dict[str, Any]] = [
        {
            "workflow": "restyle-video",
            "inputs": [str(clips[2])],
            "params": {"prompt": "an oil painting, thick brush strokes"},
            "name": "Restyled (simulated)",
        },
        {"workflow": "transcode", "inputs": [str(clip) for clip in clips], "name": "For the web"},
        {"workflow": "contact-sheet", "inputs": [str(clip) for clip in clips], "name": "At a glance"},
    ]
    return [await services.jobs.submit(Submission(**fields)) for fields in submissions]


def _make_clips(ffmpeg: Path, folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, (name, picture, seconds) in enumerate(_CLIPS):
        path = folder / f"{name}.mp4"
        tone = f"sine=frequency={220 * (number + 1)}:sample_rate=48000"
        command = [str(ffmpeg), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
        command += ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone, "-t", str(seconds)]
        command += ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-c:a", "aac", f"file:{path}"]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        paths.append(path)
    return paths


async def _until_finished(services: Services, jobs: list[Job]) -> list[Job]:
    """The jobs as they ended; reads them again at each event."""
    events = services.feed.subscribe()
    try:
        while True:
            now = [await services.lookup.job(job.id) for job in jobs]
            if all(job.state in FINISHED_JOB for job in now):
                return now
            await events.get()
    finally:
        events.close()


async def _print_ends(console: Console, services: Services, jobs: list[Job]) -> None:
    """The path of each output on stdout; how many there are, and what failed, on stderr."""
    files = 0
    for job in jobs:
        outputs = (await services.lookup.outputs(job.id)).items
        files += len(outputs)
        for output in outputs:
            console.answer(output.model_dump(mode="json"), [output.path])
        for prompt in (await services.lookup.prompts(job.id, "failed")).items:
            if prompt.error:
                console.note(f"  {job.id}.{prompt.index}: {prompt.error.message}. {prompt.error.hint}")
    console.note(f"{files} {'file is' if files == 1 else 'files are'} ready.")
