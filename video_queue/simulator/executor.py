"""The worker thread: takes one prompt at a time, runs its nodes, and reports in frames and history.

The order of frames and of the history entry (between execution_success and the last `executing`) is the
recorded one.
"""

from __future__ import annotations

import threading
from typing import Any

from video_queue.simulator.prompt_queue import QueuedPrompt
from video_queue.simulator.run import PromptForgotten, PromptRun
from video_queue.simulator.state import SimulatorState


class Executor:
    """One worker over the queue of `state`."""

    def __init__(self, state: SimulatorState) -> None:
        self._state = state
        self._thread = threading.Thread(target=self._work, name="simulated-comfyui", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the worker; what runs is given up at its next step."""
        self._state.stopping.set()
        self._state.gate.end()
        self._state.queue.close()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout=10)

    def _work(self) -> None:
        queue = self._state.queue
        while not queue.closed:
            item = queue.take()
            if item is not None:
                with self._state.faults.concerning(item.prompt_id):
                    self._run(item)
            if queue.take_free_request():
                self._state.cache.clear()

    def _run(self, item: QueuedPrompt) -> None:
        state = self._state
        state.send_status()
        state.interrupted.clear()
        state.forgotten.clear()
        run = PromptRun(item, state)
        try:
            succeeded = run.execute()
        except PromptForgotten:
            state.queue.finished()
            return
        finally:
            state.current_node = None
        state.sleep(state.faults.seconds("late_history"))
        if not state.gave_up:
            succeeded = succeeded and not state.faults.get("history_error")
            state.history.write(item, run.outputs, run.messages, run.meta, succeeded)
        state.queue.finished()
        state.send_status()
        if item.client_id is not None:
            data: dict[str, Any] = {"node": None, "prompt_id": item.prompt_id}
            state.hub.send("executing", data, item.client_id)
