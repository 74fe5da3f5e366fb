"""Where ComfyUI is: the address that is set, else the first of its usual ports that answers."""

from __future__ import annotations

from video_queue.services.comfy_client.answers import ComfyAnswerError, ComfyGoneError
from video_queue.services.comfy_client.client import ComfyClient

# The server's own default port, and the desktop application's.
DEFAULT_URLS = ("http://127.0.0.1:8188", "http://127.0.0.1:8000")


async def find_comfy(url: str | None) -> ComfyClient | None:
    """A client of the ComfyUI at `url`, or at the first usual address where one answers; None where none does."""
    for address in (url,) if url else DEFAULT_URLS:
        client = ComfyClient(address)
        if await _is_comfy(client):
            return client
        await client.close()
    return None


async def _is_comfy(client: ComfyClient) -> bool:
    """Whether a queue of ComfyUI's answers: another program may listen on such a port."""
    try:
        return "exec_info" in await client.exec_info()
    except (ComfyGoneError, ComfyAnswerError):
        return False
