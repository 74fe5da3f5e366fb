"""What a bug report needs, as one archive: checks, versions, counts, settings, the end of the log.

It holds no prompts, no values of jobs and no files of the artist. Secrets are masked, the user's folder is `~`.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from video_queue.db.connection import Connection
from video_queue.db.migrate import schema_version
from video_queue.db.statistics import read_statistics
from video_queue.services.comfyui import ComfyInfo
from video_queue.services.doctor.check import Check
from video_queue.services.system_info import system_info
from video_queue.settings import Settings
from video_queue.system.home.secret import read_secret

_LOG_BYTES = 500_000
# What pydantic says of a value that it refuses may be an artist's text.
_VALUE = re.compile(r"input_value=.*?, input_type=")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s\"']+(?=@)")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database says about itself."""

    schema: int
    jobs: dict[str, int]
    prompts: dict[str, int]
    failures: list[dict[str, Any]]


def read_facts(conn: Connection) -> Facts:
    """The version of the schema, jobs and prompts by state, failures by code."""
    numbers = read_statistics(conn)
    return Facts(schema_version(conn), numbers["jobs"], numbers["prompts"], numbers["failures"])


def make_bundle(settings: Settings, checks: list[Check], facts: Facts) -> bytes:
    """The archive. Blocking for a moment."""
    system = system_info(settings, ComfyInfo(url=settings.comfy.url)).model_dump(mode="json")
    parts = {
        "doctor.json": [check.model_dump() for check in checks],
        "system.json": {**system, "schema": facts.schema},
        "counts.json": {"jobs": facts.jobs, "prompts": facts.prompts, "failures": facts.failures},
        "settings.json": list(map(_without_arguments, settings.described())),
    }
    texts = {name: json.dumps(part, indent=1, ensure_ascii=False) for name, part in parts.items()}
    texts["vq.log"] = _end_of_log(settings.logs_dir / "vq.log")
    mask = _masking(settings)
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, mask(text).encode("utf-8", "replace"))
    return sink.getvalue()


def _without_arguments(setting: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a command may hold anything."""
    if setting["key"].endswith("command") and setting["value"]:
        return {**setting, "value": [setting["value"][0], "***"]}
    return setting


def _end_of_log(path: Path) -> str:
    try:
        with path.open("rb") as log:
            log.seek(max(0, log.seek(0, 2) - _LOG_BYTES))
            return log.read().decode("utf-8", "replace")
    except OSError:
        return ""


def _masking(settings: Settings) -> Callable[[str], str]:
    """A function that masks what must not leave this machine."""
    notify, server = settings.notify, settings.server
    secrets = [server.token, notify.webhook_secret, notify.webhook, *notify.urls, read_secret(settings.home)]
    written = {form for secret in secrets if secret for form in (secret, json.dumps(secret)[1:-1])}
    folders = {
        form
        for folder in (Path.home(), Path.home().resolve())
        for form in (str(folder), json.dumps(str(folder))[1:-1])
        if folder != Path(folder.anchor)
    }
    home = re.compile(
        "|".join(f"{re.escape(form)}(?![\\w.-])" for form in sorted(folders, reverse=True)) or "$^"
    )

    def mask(text: str) -> str:
        for secret in sorted(written, key=len, reverse=True):
            text = text.replace(secret, "***")
        text = _VALUE.sub("input_value=***, input_type=", _CREDENTIALS.sub("***", text))
        return home.sub("~", text)

    return mask
