"""A simulator in a process of its own, for tests that kill it and for callers without an event loop."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from video_queue.simulator.settings import SimulatorSettings


class SimulatorProcess:
    """Starts `python -m video_queue.simulator`, by `popen`. A second `start()` takes the same port again."""

    def __init__(
        self, settings: SimulatorSettings, popen: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen
    ) -> None:
        self.settings = settings
        self._popen = popen
        self.port = settings.port
        self.url = ""
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, timeout: float = 30.0) -> str:
        """Start and wait until it answers; returns the URL. Raises TimeoutError or RuntimeError."""
        ready = Path(self.settings.base) / "simulator-ready"
        ready.unlink(missing_ok=True)
        ready.parent.mkdir(parents=True, exist_ok=True)
        self.process = self._popen(self._command(ready), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + timeout
        while not ready.exists():
            if self.process.poll() is not None:
                raise RuntimeError(f"the simulator ended with {self.process.returncode}")
            if time.monotonic() > deadline:
                self.kill()
                raise TimeoutError("the simulator did not start")
            time.sleep(0.01)
        self.url = ready.read_text(encoding="utf-8").strip()
        self.port = int(self.url.rsplit(":", 1)[1])
        return self.url

    def kill(self) -> None:
        """End it at once, as a crash would; returns when it is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """Ask it to end, and wait."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()

    def wait(self, timeout: float = 30.0) -> int:
        """Wait for it to end by itself; returns its exit status. Raises subprocess.TimeoutExpired."""
        if self.process is None:
            raise RuntimeError("the simulator was not started")
        return self.process.wait(timeout)

    def _command(self, ready: Path) -> list[str]:
        options: dict[str, Any] = {
            "--host": self.settings.host,
            "--port": self.port,
            "--base": self.settings.base,
            "--version": self.settings.version,
            "--seconds-per-step": self.settings.seconds_per_step,
            "--preview-method": self.settings.preview_method,
            "--ready-file": ready,
        }
        faults = [f"--fault={name}={json.dumps(value)}" for name, value in self.settings.faults.items()]
        models = [f"--checkpoint={name}" for name in self.settings.checkpoints]
        models += [f"--lora={name}" for name in self.settings.loras]
        pairs = [text for name, value in options.items() for text in (name, str(value))]
        return [sys.executable, "-m", "video_queue.simulator", *pairs, *faults, *models]
