"""The only package that speaks to ComfyUI: its HTTP calls, its websocket, and how it is found.

docs/comfyui.md says what is used. Nothing here depends on a version, only on what a server can do.
"""

from video_queue.comfy.client.answers import ComfyAnswerError, ComfyGoneError, ComfyRefusalError
from video_queue.comfy.client.client import (
    DEFAULT_URLS,
    Accepted,
    ComfyClient,
    HistoryEntry,
    Outgoing,
    QueueItem,
    RemoteQueue,
    find_comfy,
)
from video_queue.comfy.client.frames import Frame, NodeTextFrame, PreviewFrame, TextFrame, parse_frame
from video_queue.comfy.client.socket import ComfySocket, connect_socket

__all__ = [
    "DEFAULT_URLS",
    "Accepted",
    "ComfyAnswerError",
    "ComfyClient",
    "ComfyGoneError",
    "ComfyRefusalError",
    "ComfySocket",
    "Frame",
    "HistoryEntry",
    "NodeTextFrame",
    "Outgoing",
    "PreviewFrame",
    "QueueItem",
    "RemoteQueue",
    "TextFrame",
    "connect_socket",
    "find_comfy",
    "parse_frame",
]
