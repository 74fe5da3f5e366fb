"""The worker thread: takes one prompt at a time, runs its nodes, and says so in frames and history.

The order of frames and of the history entry (between execution_success and the last `executing`) is the
recorded one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from video_queue.simulator.cache import NodeCache
from video_queue.simulator.executions import Executions
from video_queue.simulator.faults import Faults
from video_queue.simulator.folders import Folders
from video_queue.simulator.gate import Gate
from video_queue.simulator.history import History
from video_queue.simulator.hub import Hub
from video_queue.simulator.nodes import node_classes
from video_queue.simulator.prompt_queue import PromptQueue, QueuedPrompt
from video_queue.simulator.run import Forgotten, PromptRun


class Executor:
    """One worker over one queue. `die` ends the process (or what stands for it) at once."""

    def __init__(
        self,
        folders: Folders,
        queue: PromptQueue,
        history: History,
        hub: Hub,
        faults: Faults,
        executions: Executions,
        die: Callable[[], None],
    ) -> None:
        self.folders, self.queue, self.history, self.hub = folders, queue, history, hub
        self.faults, self.executions, self.die = faults, executions, die
        self.classes = node_classes(folders.settings.dialect)
        self.cache = NodeCache(folders)
        self.gate = Gate()
        self.stopping = threading.Event()
        self.run: PromptRun | None = None
        self._interrupted = threading.Event()
        self._thread = threading.Thread(target=self._work, name="simulated-comfyui", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the worker; what runs is given up at its next step."""
        self.stopping.set()
        self.gate.end()
        self.queue.close()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout=10)

    def interrupt(self, prompt_id: str | None = None) -> bool:
        """Ask the running prompt to stop: any, or only this one. False when it does not run."""
        running = self.queue.running
        if prompt_id is not None and (running is None or running.prompt_id != prompt_id):
            return False
        self._interrupted.set()
        return True

    def interrupted(self) -> bool:
        return self._interrupted.is_set()

    def forget(self) -> None:
        """Lose everything known about prompts, without a frame."""
        self.queue.clear()
        self.history.clear()
        if self.run:
            self.run.forgotten = True

    def send_status(self) -> None:
        data = {"status": {"exec_info": {"queue_remaining": self.queue.remaining()}}}
        self.hub.send("status", data, None)

    def _work(self) -> None:
        while not self.queue.closed:
            item = self.queue.take()
            if item is not None:
                self._run(item)
            if self.queue.take_free_wish():
                self.cache.clear()

    def _run(self, item: QueuedPrompt) -> None:
        self.send_status()
        self._interrupted.clear()
        self.run = run = PromptRun(item, self)
        try:
            succeeded = run.execute()
        except Forgotten:
            self.queue.finished()
            self.run = None
            return
        self.stopping.wait(self.faults.seconds("late_history"))
        if not run.forgotten and not self.stopping.is_set():
            self.history.write(item, run.outputs, run.messages, run.meta, succeeded)
        self.queue.finished()
        self.run = None
        self.send_status()
        if run.client_id is not None:
            data: dict[str, Any] = {"node": None, "prompt_id": item.prompt_id}
            self.hub.send("executing", data, run.client_id)

    def nap(self, seconds: float) -> None:
        """Sleep inside a node; only the end of the server cuts it short."""
        if seconds > 0:
            self.stopping.wait(seconds)

    @staticmethod
    def now_ms() -> int:
        return time.time_ns() // 1_000_000
