"""The only room that speaks to ComfyUI: its HTTP calls, its websocket, and where it is to be found.

What it says is described in our own words in docs; nothing here asks for a version, only for what a server can do.
"""

from video_queue.comfy.client.answers import ComfyAnswerError, ComfyGoneError, ComfyRefusalError
from video_queue.comfy.client.client import (
    DEFAULT_URLS,
    Accepted,
    ComfyClient,
    HistoryEntry,
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
    "PreviewFrame",
    "QueueItem",
    "RemoteQueue",
    "TextFrame",
    "connect_socket",
    "find_comfy",
    "parse_frame",
]
