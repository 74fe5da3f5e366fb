"""Settings over HTTP: every value with where it came from, and changes to `vq.toml`."""

from __future__ import annotations

import asyncio
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Request
from pydantic import BaseModel

from video_queue.api.deps import CallerDep, SettingsDep
from video_queue.api.resource import resource_router
from video_queue.domain.catalogue import fail
from video_queue.services.roots import Roots
from video_queue.settings import Settings, load_settings, write_setting
from video_queue.settings.help import HELP, Kind, shape_of

router = resource_router("system", "/settings")

# Access, readable folders and programs that run: changed only by a caller that shows the secret.
_GUARDED = (
    "roots",
    "ffmpeg",
    "work_root",
    "confine",
    "comfy.command",
    "comfy.folder",
    "comfy.instances",
    "notify.command",
    "when_done_command",
    "server.",
)
Value = str | int | float | bool | list[str] | None


class Setting(BaseModel):
    """One setting by its dotted key; the token is shown as `***`.

    `kind` is what its value is (`text, number, switch, choice, list`), with its `choices`. A `guarded` one is changed
    only by a caller that shows the secret, as `vq config` does.
    """

    key: str
    value: Any
    origin: str
    default: Any = None
    help: str = ""
    kind: Kind = "text"
    choices: list[str] = []
    guarded: bool = False


class SettingsList(BaseModel):
    """Every setting. `restart_needed`: what was changed counts from the next start on."""

    items: list[Setting]
    next_cursor: str | None = None
    restart_needed: bool = False


@router.get("", summary="Every setting with its origin")
async def get_settings(settings: SettingsDep) -> SettingsList:
    """As the server uses them."""
    return _listed(settings)


@router.patch("", summary="Change settings in vq.toml")
async def change_settings(
    changes: dict[str, Value], request: Request, caller: CallerDep, settings: SettingsDep
) -> SettingsList:
    """By dotted key; null takes a setting out of the file. Roots count at once, the rest from the next start."""
    for key in changes:
        if key.startswith(_GUARDED) and not caller.trusted:
            raise fail("unauthorized.setting", name=key)
    changed = await asyncio.to_thread(_write, settings, changes)
    request.app.state.roots = Roots(changed)
    listed = _listed(changed)
    listed.restart_needed = bool(set(changes) - {"roots"})
    return listed


def _write(settings: Settings, changes: dict[str, Value]) -> Settings:
    """All changes are checked before the first is written."""
    load_settings(settings.home, changes, {})
    for key, value in changes.items():
        write_setting(settings.settings_path, key, value)
    return load_settings(settings.home, {}, os.environ)


def _listed(settings: Settings) -> SettingsList:
    return SettingsList(items=[_setting(fields, _defaults(settings.home)) for fields in settings.described()])


def _setting(fields: dict[str, Any], defaults: dict[str, Any]) -> Setting:
    key = str(fields["key"])
    if key not in HELP:  # the home, which is no setting of the file
        return Setting(**fields, guarded=True)
    kind, choices = shape_of(key)
    return Setting(
        **fields,
        default=defaults.get(key),
        help=HELP[key],
        kind=kind,
        choices=choices,
        guarded=key.startswith(_GUARDED),
    )


@lru_cache(maxsize=4)
def _defaults(home: Path) -> dict[str, Any]:
    """Every setting as it is where nothing is set."""
    plain = load_settings(home, {}, {}, file=Path(os.devnull))
    return {item["key"]: item["value"] for item in plain.described()}
