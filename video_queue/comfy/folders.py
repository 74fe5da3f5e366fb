"""Where ComfyUI's input and output folders lie on this machine, if they do.

Set in the settings, or worked out from the model folders ComfyUI names. An input folder is only used after a
trial: a file written there must be the one that ComfyUI then serves.
"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from video_queue.comfy.client import ComfyAnswerError, ComfyClient
from video_queue.settings.models import ComfySettings

_OUTPUT_MODELS = "output"


@dataclass(frozen=True, slots=True)
class ComfyFolders:
    """The folders as paths of this machine; None where files are sent over HTTP."""

    input: Path | None
    output: Path | None


async def find_folders(client: ComfyClient, settings: ComfySettings, subfolder: str) -> ComfyFolders:
    """The folders of the ComfyUI that answers `client`. Trial files go into `subfolder` of the input folder.

    Raises:
        ComfyGoneError: it went away meanwhile.
    """
    named = await client.folder_paths() if _is_here(client.url) else {}
    inputs = [settings.input_dir] if settings.input_dir else _input_candidates(named)
    outputs = [settings.output_dir] if settings.output_dir else _output_candidates(named)
    for folder in inputs:
        if await asyncio.to_thread(folder.is_dir) and await _is_input_of(client, folder, subfolder):
            break
    else:
        folder = None
    # File names in the output folder hold random digits: a wrong folder simply does not have them.
    output = next((path for path in outputs if path.is_dir()), None)
    return ComfyFolders(input=folder, output=output)


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _output_candidates(named: Mapping[str, list[str]]) -> list[Path]:
    """ComfyUI lists `OUTPUT/checkpoints` among the folders of checkpoints, and so on."""
    models = [Path(path) for paths in named.values() for path in paths]
    return _unique(
        [path.parent for path in models if path.parent.name == _OUTPUT_MODELS] + _beside(named, "output")
    )


def _input_candidates(named: Mapping[str, list[str]]) -> list[Path]:
    """The input folder lies beside the output folder and `custom_nodes` unless it was moved."""
    beside_output = [path.parent / "input" for path in _output_candidates(named)]
    return _unique([*_beside(named, "input"), *beside_output])


def _beside(named: Mapping[str, list[str]], name: str) -> list[Path]:
    return [Path(path).parent / name for path in named.get("custom_nodes", ())]


def _unique(paths: list[Path]) -> list[Path]:
    return list(dict.fromkeys(path for path in paths if path.is_absolute()))


async def _is_input_of(client: ComfyClient, folder: Path, subfolder: str) -> bool:
    """Whether ComfyUI serves a file just written there."""
    token = secrets.token_hex(16)
    trial, shown = folder / subfolder / f"trial-{token}.txt", folder / subfolder / f"shown-{token}.txt"
    try:
        await asyncio.to_thread(_write, trial, token)
        await client.view(filename=trial.name, subfolder=subfolder, type_="input", target=shown)
        return shown.read_text() == token
    except (OSError, ComfyAnswerError):
        return False
    finally:
        for path in (trial, shown):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
