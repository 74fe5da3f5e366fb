"""Settings over HTTP: every value with where it came from, and changes to `vq.toml`."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from fastapi import Request
from pydantic import BaseModel

from video_queue.api.deps import CallerDep, SettingsDep
from video_queue.api.resource import resource_router
from video_queue.domain.catalogue import fail
from video_queue.services.roots import Roots
from video_queue.settings import Settings, load_settings, write_setting

router = resource_router("system", "/settings")

# Access, readable folders and programs that run: changed only by a caller that shows the secret.
_GUARDED = (
    "roots",
    "ffmpeg",
    "work_root",
    "confine",
    "comfy.command",
    "comfy.folder",
    "notify.command",
    "when_done_command",
    "server.",
)
Value = str | int | float | bool | list[str] | None


class Setting(BaseModel):
    """One setting by its dotted key; the token is shown as `***`."""

    key: str
    value: Any
    origin: str


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
    return SettingsList(items=[Setting.model_validate(setting) for setting in settings.described()])
