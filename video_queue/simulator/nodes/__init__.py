"""The table of node classes the simulator has. Anything not in it is an unknown class, as on a real server.

The older version knows the same classes, some with other slots: its output nodes pass nothing on, and
saving a video takes two plain lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from video_queue.simulator.nodes.definition import Input, NodeClass
from video_queue.simulator.nodes.images import IMAGE_NODES
from video_queue.simulator.nodes.sampling import SAMPLING_NODES
from video_queue.simulator.nodes.saving import SAVING_NODES
from video_queue.simulator.nodes.video import VIDEO_NODES
from video_queue.simulator.nodes.video_choices import PLAIN_CODECS, PLAIN_FORMATS
from video_queue.simulator.settings import Dialect

_NEWER: Mapping[str, NodeClass] = {
    node.name: node for node in (*IMAGE_NODES, *SAVING_NODES, *VIDEO_NODES, *SAMPLING_NODES)
}
_NOT_YET_RECENT = frozenset({"ImageFromBatch", "SaveAnimatedWEBP", "SaveAnimatedPNG", "SaveAudio"})


def _older(node: NodeClass) -> NodeClass:
    if node.name in _NOT_YET_RECENT:
        node = replace(node, recent=False)
    if node.name == "GetVideoComponents":
        return replace(node, outputs=node.outputs[:3])
    if node.name == "CreateVideo":
        return replace(node, optional={"audio": node.optional["audio"]})
    if node.name == "SaveVideo":
        default = {"default": "auto"}
        choices = {
            "format": Input("COMBO", default, choices=PLAIN_FORMATS, combo=True),
            "codec": Input("COMBO", default, choices=PLAIN_CODECS, combo=True),
        }
        return replace(node, required={**node.required, **choices}, optional={}, outputs=())
    return replace(node, outputs=()) if node.output_node else node


_OLDER: Mapping[str, NodeClass] = {name: _older(node) for name, node in _NEWER.items()}


def node_classes(dialect: Dialect) -> Mapping[str, NodeClass]:
    """Node classes by name, as the dialect's version declares them."""
    return _NEWER if dialect.nodes_pass_outputs else _OLDER
