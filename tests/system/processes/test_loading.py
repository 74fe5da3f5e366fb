"""What a server loads before it listens."""

from __future__ import annotations

import subprocess
import sys

START = """
import sys
from video_queue.system.processes.loading import load_less
load_less()
import video_queue.terminal.serving.serve, video_queue.worker.thread
print(*[name for name, module in sys.modules.items() if module is not None])
"""
HEAVY = {"av", "PIL", "numpy", "rich", "pygments", "pydantic.v1", "apprise", "faster_whisper", "pocketsphinx"}
OF_IMPORTS = {"video_queue.comfy.conversion.convert", "video_queue.comfy.importing.draft"}


def test_a_server_starts_without_what_only_files_screens_and_imports_need() -> None:
    child = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)
    loaded = set(child.stdout.split())
    assert "video_queue.app" in loaded
    assert loaded & (HEAVY | OF_IMPORTS) == set()
