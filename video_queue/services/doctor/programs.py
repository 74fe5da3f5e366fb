"""Checks of other programs: ffmpeg with its encoders, ComfyUI with its nodes, and the workflows that need them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from video_queue.comfy.client import DEFAULT_URLS, ComfyAnswerError, ComfyClient, ComfyGoneError
from video_queue.comfy.node_catalogue import ComfyCatalogue
from video_queue.comfy.preflight import missing_classes
from video_queue.comfy.process import LaunchError, address_of, launch_of, starts_elsewhere
from video_queue.domain.errors import VqError
from video_queue.media import ffmpeg_binary
from video_queue.media.speech.recognisers import DEFAULT_MODEL, SPHINX, WHISPER, is_installed, versions_of
from video_queue.media.speech.whisper_models import REPOSITORIES, models_here
from video_queue.media.text.styles import named_styles
from video_queue.services.doctor.check import Check, State, check
from video_queue.services.workflows.workflow_service import WorkflowService
from video_queue.settings import Settings

_WANTED = ("libx264", "libx265", "libsvtav1", "libvpx-vp9", "prores_ks", "ffv1")
_COMFY_SECONDS = 2.0


def ffmpeg(settings: Settings) -> list[Check]:
    """The program and the encoders that it brings."""
    try:
        binary = ffmpeg_binary.locate(settings.ffmpeg)
    except VqError as error:
        return [check("ffmpeg", "fail", error.message, fix=error.hint)]
    line = ffmpeg_binary.version_line(binary).partition(" Copyright")[0]
    if ffmpeg_binary.version(binary) < ffmpeg_binary.OLDEST:
        oldest = ".".join(map(str, ffmpeg_binary.OLDEST))
        fix = f"Install ffmpeg {oldest} or newer, or take the setting ffmpeg out to use the bundled one."
        return [check("ffmpeg", "fail", f"{line or binary} at {binary} is too old", fix=fix)]
    listed = ffmpeg_binary.encoders(binary)
    there = [name for name in _WANTED if name in listed]
    missing = [name for name in _WANTED if name not in listed]
    message = ", ".join(there) + (f"; not {', '.join(missing)}" if missing else "")
    state: State = "ok" if "libx264" in listed else "warn"
    fix = "" if state == "ok" else "Use a build of ffmpeg with libx264; the bundled one has it."
    return [
        check("ffmpeg", "ok", f"{line} at {binary}"),
        check("encoders", state, message, fix=fix),
        check("hardware encoders", "ok", _hardware(binary)),
    ]


def _hardware(binary: Path) -> str:
    """Which makers' encoders make a frame of H.264 here, of those that this build brings."""
    listed = ffmpeg_binary.encoders(binary)
    names = [name for name in ffmpeg_binary.hardware_encoders("h264") if name in listed]
    working = [name for name in names if ffmpeg_binary.encodes_one_frame(binary, name)]
    if working:
        return f"{', '.join(working)} (used by the value hardware of encoder)"
    return f"none works here (tried {', '.join(names)})" if names else "this ffmpeg has none"


def speech() -> Check:
    """The engines of media.transcribe, and the Whisper models in the cache that all programs share."""
    engines = [" with ".join(versions_of(engine)) for engine in (WHISPER, SPHINX) if is_installed(engine)]
    if not engines:
        message = "no engine recognises speech; only media.transcribe and engine: vad need the extra speech"
        return check("speech", "ok", message)
    models = models_here()
    message = f"{', '.join(engines)}; Whisper models by name: {', '.join(models) or 'none'}"
    if models or not is_installed(WHISPER):
        return check("speech", "ok", message)
    fix = f"hf download {REPOSITORIES[DEFAULT_MODEL]}, or name the folder of a model in the workflow."
    return check("speech", "warn", message, fix=fix)


def workflow_files(workflows: WorkflowService) -> Check:
    """Whether all can be read."""
    broken = [info for info in workflows.list() if info.problems]
    if not broken:
        return check("workflows", "ok", "all workflow files can be read")
    message = "; ".join(f"{Path(info.source).name}: {info.problems[0].message}" for info in broken)
    return check("workflows", "warn", message, fix="Correct the files; vq workflow check NAME.")


def caption_styles(settings: Settings) -> list[Check]:
    """Whether the artist's own can be read; nothing where there are none."""
    own = [style for style in named_styles(settings.caption_styles_dir) if style.own]
    broken = [style.problem for style in own if style.problem]
    if broken:
        return [check("caption styles", "warn", "; ".join(broken), fix="Correct the files; vq style ls.")]
    names = ", ".join(style.name for style in own)
    return [check("caption styles", "ok", f"all can be read: {names}")] if own else []


async def comfyui(settings: Settings) -> Check:
    """Whether it answers; where there are several, each of them."""
    names = settings.instance_names
    answers = await asyncio.gather(*(_answers(settings, name) for name in names))
    several = len(names) > 1
    said = [f"{name}: {text}" if several else text for name, (_, text) in zip(names, answers, strict=True)]
    if all(there for there, _ in answers):
        return check("comfyui", "ok", "; ".join(said))
    fix = "Start ComfyUI, or set comfy.url. Media steps work without it."
    if several:
        fix = "Start it, or take it out of [[comfy.instances]]. Those that answer render meanwhile."
    return check("comfyui", "warn", "; ".join(said), fix=fix)


async def _answers(settings: Settings, instance: str) -> tuple[bool, str]:
    url = address_of(settings.comfy_of(instance))
    urls = (url,) if url else DEFAULT_URLS
    for url in urls:
        if version := await _comfy_version(url):
            return True, f"ComfyUI {version} answers at {url}"
    return False, f"no ComfyUI answers at {' or '.join(urls)}"


def comfy_command(settings: Settings) -> list[Check]:
    """What `comfy.command` would start; nothing where it is not set."""
    if settings.comfy.command is None:
        return []
    name, fix = "comfy.command", "Correct comfy.command, comfy.folder or comfy.url: vq config shows them."
    if reason := starts_elsewhere(settings.comfy):
        return [check(name, "warn", f"it has no effect: {reason}", fix=fix)]
    try:
        launch = launch_of(settings.comfy)
    except LaunchError as error:
        return [check(name, "fail", f"ComfyUI cannot be started: {error}", fix=fix)]
    return [check(name, "ok", f"vq serve starts {launch.command} in {launch.folder}")]


async def _comfy_version(url: str) -> str | None:
    """The version of the ComfyUI at `url`; None if nothing answers like one."""
    client = ComfyClient(url)
    try:
        async with asyncio.timeout(_COMFY_SECONDS):
            system = (await client.system_stats()).get("system")
    except (ComfyGoneError, ComfyAnswerError, TimeoutError):
        return None
    finally:
        await client.close()
    if not isinstance(system, dict) or "comfyui_version" not in system:
        return None
    return f"{system['comfyui_version']}{' (simulated)' if system.get('simulated') else ''}"


def nodes(workflows: WorkflowService, catalogue: ComfyCatalogue) -> Check:
    """Whether ComfyUI had every node class that workflows need, when it was last asked."""
    missing = _missing_classes(workflows, catalogue)
    if not missing:
        message = "no workflow needs a node class that is known to be missing"
        return check("nodes", "ok", message)
    message = "; ".join(f"{name} needs {', '.join(classes)}" for name, classes in missing.items())
    fix = "Install the custom nodes in ComfyUI, then restart it."
    return check("nodes", "warn", message, fix=fix)


def _missing_classes(workflows: WorkflowService, catalogue: ComfyCatalogue) -> dict[str, list[str]]:
    """By workflow; empty where ComfyUI was never asked."""
    info = catalogue.load()
    if not info:
        return {}
    sound = [workflows.get(entry.name) for entry in workflows.list() if not entry.problems]
    missing = {loaded.definition.name: missing_classes(loaded, info) for loaded in sound}
    return {name: classes for name, classes in missing.items() if classes}
