"""Values of other nodes in the names of saved files, `%KSampler.seed%`, as the editor fills them in.

What the editor takes from the clock (`%date:yyyy-MM-dd%`) and what ComfyUI itself knows (`%width%`) stays as it is.
"""

from __future__ import annotations

import re
from typing import Any

from video_queue.comfy.conversion.editor_file import Node, Workflow
from video_queue.comfy.conversion.widgets import UNSET

PREFIX = "filename_prefix"
_REFERENCE = re.compile(r"%([^%.]+)\.([^%.]+)%")
_UNSAFE = re.compile(r"[/?<>\\:*|\"\x00-\x1f\x7f]")
_ALIAS = "Node name for S&R"
# The classes whose file names the editor fills in.
_SAVING_NAMES = """SaveImage SaveImageAdvanced SaveSVGNode SaveVideo SaveAnimatedWEBP SaveWEBM SaveAnimatedPNG
 SaveAudio SaveAudioMP3 SaveAudioOpus SaveAudioAdvanced SaveGLB Save3DAdvanced SaveGaussianSplat SavePointCloud
 CLIPSave VAESave ModelSave LoraSave SaveLatent"""
SAVING = frozenset(_SAVING_NAMES.split())


def fill_file_names(workflow: Workflow) -> None:
    """Replace `%NODE.WIDGET%` in the names of saved files by the values of those widgets."""
    nodes = [node for graph in workflow.graphs() for node in graph.nodes.values()]
    for node in nodes:
        widget = node.widget(PREFIX) if node.class_type in SAVING else None
        if widget is not None and isinstance(widget.value, str):
            widget.value = _REFERENCE.sub(lambda match: _value(nodes, match) or match[0], widget.value)


def _value(nodes: list[Node], match: re.Match[str]) -> str:
    """The value as part of a file name; empty if there is no such node or widget."""
    name = match[1]
    named = [node for node in nodes if node.properties.get(_ALIAS, node.class_type) == name]
    node = next(iter(named or [node for node in nodes if node.title == name]), None)
    widget = node.widget(match[2]) if node else None
    return _UNSAFE.sub("_", _text(widget.value)) if widget and widget.value is not UNSET else ""


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
