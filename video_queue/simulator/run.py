"""One prompt's run: its nodes in order, the frames they cause, and how it ends."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any

from PIL import Image

from video_queue.simulator.disturbances import send_disturbing_frames
from video_queue.simulator.faults import OUTPUT_FAULTS
from video_queue.simulator.frames import preview_frame, preview_frame_with_metadata
from video_queue.simulator.nodes.definition import NodeClass, NodeResult
from video_queue.simulator.plan import Plan
from video_queue.simulator.progress import ProgressState
from video_queue.simulator.prompt_queue import QueuedPrompt
from video_queue.simulator.state import SimulatorState, now_ms

SAMPLERS = frozenset({"KSampler"})


class PromptInterrupted(Exception):  # noqa: N818 -- a state of the prompt, not a mistake
    """The prompt was asked to stop."""


class PromptForgotten(Exception):  # noqa: N818 -- a state of the prompt, not a mistake
    """The prompt is to vanish without a trace, or the server ends."""


class OutOfMemoryError(RuntimeError):
    """What a graphics card without room raises; reported to clients as `torch.OutOfMemoryError`."""


class PromptRun:
    """Runs once. Afterwards `outputs`, `messages` and `meta` are what history gets.

    It is also the context that node functions see.
    """

    def __init__(self, item: QueuedPrompt, state: SimulatorState) -> None:
        self.item, self.state = item, state
        self.prompt, self.prompt_id = item.prompt, item.prompt_id
        self.folders, self.dialect = state.folders, state.dialect
        self.client_id = item.client_id
        self.extra_pnginfo: dict[str, Any] = item.extra_data.get("extra_pnginfo") or {}
        self.seconds_per_step = state.settings.seconds_per_step
        self.output_fault = next((name for name in OUTPUT_FAULTS if state.faults.get(name)), None)
        self.outputs: dict[str, Any] = {}
        self.messages: list[list[Any]] = []
        self.meta: dict[str, Any] = {}
        self._progress = ProgressState(item.prompt_id)
        self._executed: list[str] = []
        self._dies = False
        self._size = 0

    def execute(self) -> bool:
        """Run it. True on success; raises PromptForgotten when nothing more may be said about it."""
        self._dies = self.state.faults.count_down("die_in_prompt")
        if self.state.faults.get("early_end"):
            self._send("executing", {"node": None, "prompt_id": self.prompt_id})
        self._message("execution_start")
        cached = self.state.cache.begin(self.prompt)
        self._message("execution_cached", nodes=cached)
        known = set(cached)
        plan = Plan(self.prompt, self.item.outputs, known.__contains__, self.state.classes)
        self._size = len(plan)
        while (node_id := plan.next()) is not None:
            if not self._run_node(node_id):
                return False
            plan.done(node_id)
        self.state.current_node = None
        self._message("execution_success")
        return True

    def step(self, value: int, maximum: int, preview: Callable[[], Image.Image] | None) -> None:
        """A sampler's step: may wait, reports, sends a preview where one is wanted."""
        node_id = self.state.current_node
        assert node_id is not None
        self.state.sleep(self.seconds_per_step)
        if self.state.faults.get("hold_steps"):
            self.state.gate.pass_through(node_id)
        self._check()
        self._progress.advanced(node_id, value, maximum)
        self._send_progress()
        image = preview() if preview and self._previews_wanted() else None
        rich = self.state.hub.supports(self.client_id, "supports_preview_metadata")
        if image and rich:
            frame = preview_frame_with_metadata(image, node_id, self.prompt_id)
            self.state.hub.send_raw(frame, self.client_id)
        data = {"value": value, "max": maximum, "prompt_id": self.prompt_id, "node": node_id}
        self.state.hub.send("progress", data, self.client_id)
        if image and not rich:
            self.state.hub.send_raw(preview_frame(image), self.client_id)

    def _previews_wanted(self) -> bool:
        server = self.folders.settings.preview_method
        asked = self.item.extra_data.get("preview_method") if self.dialect.preview_per_prompt else None
        method = asked if asked in ("latent2rgb", "taesd", "auto", "none") else server
        return method != "none"

    def _run_node(self, node_id: str) -> bool:
        """Run or fetch one node; False when the prompt ends here."""
        declared = self.state.classes[self.prompt[node_id]["class_type"]]
        result = self.state.cache.get(node_id)
        if result is not None:
            self._send_outputs(node_id, result)
            self._finish(node_id)
            return True
        self.state.current_node = node_id
        self._progress.started(node_id)
        self._send_progress()
        self._send("executing", {"node": node_id, "display_node": node_id, "prompt_id": self.prompt_id})
        inputs: dict[str, Any] = {}
        try:
            if self.state.faults.use("interrupted"):
                raise PromptInterrupted
            self._check()
            inputs = self._inputs(node_id, declared)
            result = self._call(node_id, declared, inputs)
        except PromptInterrupted:
            self._end_interrupted(node_id, declared)
            return False
        except PromptForgotten:
            raise
        except Exception as problem:  # noqa: BLE001 -- a node may raise anything
            self._end_failed(node_id, declared, inputs, problem)
            return False
        self.state.cache.put(node_id, result)
        self._executed.append(node_id)
        self._send_outputs(node_id, result)
        self._finish(node_id)
        return True

    def _call(self, node_id: str, declared: NodeClass, inputs: dict[str, Any]) -> NodeResult:
        self.state.executions.add(self.prompt_id, node_id, declared.name, time.time())
        send_disturbing_frames(self.state, self.prompt_id, self.client_id)
        self.state.gate.pass_through(node_id)
        if self._dies and len(self._executed) >= self._size // 2:
            time.sleep(0.05)  # lets the frames out first, as they would be on a real server
            self.state.die()
            raise PromptForgotten
        self.state.sleep(self.state.faults.seconds("slow"))
        self._planned_failure(declared, inputs)
        result = declared.run(self, **inputs)
        if self.state.gave_up:
            raise PromptForgotten
        return result

    def _planned_failure(self, declared: NodeClass, inputs: dict[str, Any]) -> None:
        faults = self.state.faults
        if faults.use_for("node_error", declared.name, frozenset()) or faults.get("bare_error"):
            raise RuntimeError(f"simulated failure in {declared.name}")
        limit = faults.get("oom_above")
        latent = inputs.get("latent_image")
        too_large = bool(limit) and latent is not None and latent.width * latent.height > int(limit)
        if too_large or faults.use_for("oom", declared.name, SAMPLERS):
            raise OutOfMemoryError("Allocation on device 0 would exceed allowed memory. (out of memory)")

    def _inputs(self, node_id: str, declared: NodeClass) -> dict[str, Any]:
        """The node's arguments: linked slots, and its plain values; names it does not declare are dropped."""
        values = {}
        for name, value in self.prompt[node_id]["inputs"].items():
            if name not in declared.inputs:
                continue
            if isinstance(value, list):
                source = self.state.cache.get(value[0])
                assert source is not None
                values[name] = source.slots[value[1]]
            else:
                values[name] = value
        return values

    def _check(self) -> None:
        if self.state.gave_up:
            raise PromptForgotten
        if self.state.interrupted.is_set():
            raise PromptInterrupted

    def _send_outputs(self, node_id: str, result: NodeResult) -> None:
        if result.ui is None:
            return
        self.outputs[node_id] = result.ui
        self.meta[node_id] = {
            "node_id": node_id,
            "display_node": node_id,
            "parent_node": None,
            "real_node_id": node_id,
        }
        data = {"node": node_id, "display_node": node_id, "output": result.ui, "prompt_id": self.prompt_id}
        if not self.state.faults.get("no_executed"):
            self._send("executed", data)

    def _finish(self, node_id: str) -> None:
        self._progress.finished(node_id)
        self._send_progress()

    def _end_interrupted(self, node_id: str, declared: NodeClass) -> None:
        ending = {"node_id": node_id, "node_type": declared.name, "executed": list(self._executed)}
        self._message("execution_interrupted", broadcast=True, **ending)

    def _end_failed(
        self, node_id: str, declared: NodeClass, inputs: dict[str, Any], problem: Exception
    ) -> None:
        if self.state.faults.get("bare_error"):
            self._message("execution_error")
            return
        self._message(
            "execution_error",
            node_id=node_id,
            node_type=declared.name,
            executed=list(self._executed),
            exception_message=f"{problem}\n",
            exception_type=_type_name(problem),
            traceback=traceback.format_tb(problem.__traceback__),
            current_inputs={name: [_shown(value)] for name, value in inputs.items()},
            current_outputs=list(self.prompt),
        )

    def _message(self, kind: str, broadcast: bool = False, **data: Any) -> None:
        """A frame that history keeps too. Without a client id only broadcast ones are sent."""
        ordered = {"prompt_id": self.prompt_id, **data, "timestamp": now_ms()}
        if kind == "execution_cached":
            ordered = {"nodes": ordered.pop("nodes"), **ordered}
        self.messages.append([kind, ordered])
        if self.client_id is not None or broadcast:
            self._deliver(kind, ordered)

    def _send(self, kind: str, data: dict[str, Any]) -> None:
        if self.client_id is not None:
            self._deliver(kind, data)

    def _send_progress(self) -> None:
        self._deliver("progress_state", self._progress.data())

    def _deliver(self, kind: str, data: dict[str, Any]) -> None:
        for _ in range(2 if self.state.faults.get("double_frames") else 1):
            self.state.hub.send(kind, data, self.client_id)


def _type_name(problem: Exception) -> str:
    if isinstance(problem, OutOfMemoryError):
        return "torch.OutOfMemoryError"
    kind = type(problem)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _shown(value: Any) -> Any:
    return value if isinstance(value, (int, float, bool, str)) or value is None else str(value)[:200]
