"""media.captions in scripts of the world, where fonts are: vq's own has Latin, Greek, Cyrillic, Arabic and Hebrew."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.media.phases.test_captions import clip_of, drawn, result_of, segment
from video_queue.media.phase_run import PhaseRun

# Two texts of as many signs: a font without them draws the same box for each.
SCRIPTS = {
    "Chinese": ("中文字幕", "明天下雨"),
    "Japanese": ("こんにちは世界", "さようなら東京"),
    "Korean": ("안녕하세요", "감사합니다"),
    "Hindi": ("नमस्ते", "दुनिया"),
    "Thai": ("สวัสดี", "ขอบคุณ"),
    "Arabic": ("مرحبا", "وداعا"),
    "Hebrew": ("שלום", "תודה"),
    "Greek and Cyrillic": ("Ωραία Привет", "Νύχτα Погода"),
    "Latin, Cyrillic and Chinese in one line": ("Grüße Мир 你好", "Spaß! Дом 再见"),
}


def require_letters(text: str) -> None:
    """Skip where the machine has no font for one of the letters."""
    program = shutil.which("fc-list")
    if program is None:
        pytest.skip("fc-list is not here, so nobody knows which letters the fonts have")
    for letter in sorted({sign for sign in text if sign.isalpha()}):
        listing = subprocess.run(
            [program, f":charset={ord(letter):x}"], capture_output=True, text=True, check=True
        )
        if not listing.stdout.strip():
            pytest.skip(f"no font here has {letter} (U+{ord(letter):04X})")


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_letter_of_a_script_is_drawn_as_itself(tmp_path: Path, run: PhaseRun, script: str) -> None:
    texts = SCRIPTS[script]
    require_letters("".join(texts))
    clip = clip_of(tmp_path, frames=8)
    both = [*segment(texts[0], 0.0, 0.16), *segment(texts[1], 0.16, 0.32)]
    result = result_of(run, clip, segments=both, style={"size": 20})
    first, second = drawn(result)[1], drawn(result)[6]
    assert [cue.text for cue in result.cues] == list(texts)
    assert result.warnings == []
    assert first.sum() > 200
    assert np.logical_xor(first, second).sum() > 0.2 * first.sum()
