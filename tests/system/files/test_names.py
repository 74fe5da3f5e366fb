"""File names that are safe on every platform."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_queue.system.files.names import NAME_BYTES, safe_file_name, with_suffix


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("clip 01_(b)", "clip 01_(b)"),
        ("{{ job.id }}", "{{ job.id }}"),
        ("a/b\\c:d*e?f", "a_b_c_d_e_f"),
        ('"<|>"', "_____"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("com1", "_com1"),
        ("LPT¹", "_LPT¹"),
        ("console", "console"),
        ("name. . ", "name"),
        (" .hidden", "_hidden"),
        ("..", "_"),
        ("", "_"),
        ("tab\there\x00\x7f", "tab_here__"),
        ("\u202egpj.exe", "_gpj.exe"),
        ("bad\ud800name", "bad_name"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_safe_file_name(text: str, expected: str) -> None:
    assert safe_file_name(text) == expected


def test_safe_file_name_cuts_at_whole_characters() -> None:
    assert safe_file_name("é" * 150) == "é" * 100
    assert len(safe_file_name("x" * 500)) == NAME_BYTES
    assert safe_file_name("😀" * 80) == "😀" * 50


@given(st.text())
def test_safe_file_name_is_always_a_name(text: str) -> None:
    name = safe_file_name(text)
    assert 1 <= len(name.encode()) <= NAME_BYTES
    assert not set(name) & set('<>:"/\\|?*\0')
    assert name not in (".", "..")
    assert name == name.rstrip(" .")
    assert not name.startswith(".")
    assert safe_file_name(name) == name


def test_with_suffix_makes_room() -> None:
    assert with_suffix("clip", "_0001") == "clip_0001"
    long = with_suffix("x" * 300, "_denoise-0.3")
    assert long.endswith("x_denoise-0.3")
    assert len(long) == NAME_BYTES
    assert with_suffix("clip", "_a/b") == "clip_a_b"
