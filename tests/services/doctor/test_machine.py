"""Exposure, the clock and the types of files, each in good and in bad circumstances."""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path
from typing import Any

import pytest

from video_queue.services.doctor.machine import clock, exposure, file_types
from video_queue.settings import load_settings

NOW = 1_780_000_000.0  # in May 2026


@pytest.mark.parametrize(
    ("flags", "state", "words"),
    [
        ({}, "ok", "from this machine only"),
        ({"server.host": "0.0.0.0"}, "fail", "open to the network"),
        ({"server.host": "0.0.0.0", "server.token": "long enough"}, "ok", "with the token"),
        ({"server.allowed_hosts": "queue.example"}, "warn", "as queue.example needs no token"),
    ],
)
def test_a_server_that_the_network_can_reach_needs_a_token(
    tmp_path: Path, flags: dict[str, Any], state: str, words: str
) -> None:
    check = exposure(load_settings(tmp_path, flags, {}))
    assert (check.state, words in check.message, bool(check.fix)) == (state, True, state != "ok")


def test_a_clock_that_was_set_back_is_seen_by_what_was_stored_last(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {}, {})
    assert clock(settings, NOW, None, 0.0).state == "ok"
    late = clock(settings, NOW, "2026-05-28T23:00:00.000Z", 0.0)
    assert (late.state, "the newest event is of" in late.message, bool(late.fix)) == ("warn", True, True)
    settings.db_path.touch()
    os.utime(settings.db_path, (NOW + 3600, NOW + 3600))
    late = clock(settings, NOW, "2026-01-01T00:00:00.000Z", 0.0)
    assert (late.state, f"{settings.db_path} is of 60 min later" in late.message) == ("warn", True)


def test_a_clock_without_a_battery_and_one_that_is_set_meanwhile(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {}, {})
    assert clock(settings, 100.0, None, 0.0).state == "fail"
    assert clock(settings, NOW, None, -7.0).state == "warn"


def test_scripts_that_this_machine_takes_for_plain_text_keep_comfyuis_page_blank() -> None:
    table = mimetypes.MimeTypes(filenames=())
    assert file_types(table).state == "ok"
    table.add_type("text/plain", ".js")
    check = file_types(table)
    assert (check.state, ".js is text/plain" in check.message, bool(check.fix)) == ("warn", True, True)
