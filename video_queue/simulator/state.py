"""What one simulated ComfyUI holds for its routes and its worker thread: folders, queue, history, sockets, faults."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from video_queue.simulator.cache import NodeCache
from video_queue.simulator.executions import Executions
from video_queue.simulator.faults import Faults
from video_queue.simulator.folders import Folders
from video_queue.simulator.gate import Gate
from video_queue.simulator.history import History
from video_queue.simulator.hub import Hub
from video_queue.simulator.nodes import node_classes
from video_queue.simulator.prompt_queue import PromptQueue
from video_queue.simulator.settings import SimulatorSettings


class SimulatorState:
    """Everything but the thread and the listening socket. `die` ends the process (or what stands for it) at once.

    `current_node` is the node that runs now, `unanswered` counts the prompts whose POST waits for its answer. The
    events `interrupted` and `forgotten` are about the running prompt.
    """

    def __init__(self, settings: SimulatorSettings, die: Callable[[], None]) -> None:
        self.settings, self.dialect, self.die = settings, settings.dialect, die
        self.folders = Folders(settings)
        self.faults = Faults()
        self.queue = PromptQueue()
        self.history = History()
        self.hub = Hub(lambda: bool(self.faults.get("socket_silent")))
        self.executions = Executions(self.folders.base)
        self.classes = node_classes(settings.dialect)
        self.cache = NodeCache(self.folders)
        self.gate = Gate()
        self.current_node: str | None = None
        self.unanswered = 0
        self.interrupted = threading.Event()
        self.forgotten = threading.Event()
        self.stopping = threading.Event()

    def interrupt(self, prompt_id: str | None = None) -> bool:
        """Ask the running prompt to stop: any, or only this one. False when it does not run."""
        running = self.queue.running
        if prompt_id is not None and (running is None or running.prompt_id != prompt_id):
            return False
        self.interrupted.set()
        return True

    def forget(self) -> None:
        """Lose everything known about prompts, without a frame."""
        self.queue.clear()
        self.history.clear()
        self.forgotten.set()

    @property
    def gave_up(self) -> bool:
        """Whether nothing more may be said about the running prompt: it is forgotten, or the server ends."""
        return self.forgotten.is_set() or self.stopping.is_set()

    def send_status(self) -> None:
        """Announce to every client how many prompts run and wait."""
        data = {"status": {"exec_info": {"queue_remaining": self.queue.remaining()}}}
        self.hub.send("status", data, None)

    def sleep(self, seconds: float) -> None:
        """Sleep in the worker thread; only the end of the server cuts it short."""
        if seconds > 0:
            self.stopping.wait(seconds)


def now_ms() -> int:
    """Milliseconds since 1970, as ComfyUI stamps its messages."""
    return time.time_ns() // 1_000_000
