"""The channels that notifications leave by: Apprise's services, the desktop, a webhook and a command."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from video_queue.domain.notifications import Notification
from video_queue.services.notify.message import Message
from video_queue.settings.models import NotifySettings
from video_queue.system.processes.cancellation import in_thread
from video_queue.system.processes.programs import ProgramError, run_program

# Whatever takes longer has failed: the next message must not wait for it.
_SECONDS = 30.0
_HTTP_ERROR = 300


class DeliveryError(Exception):
    """A channel did not take a message; the text names no address and no secret."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One way out. `name` is the same at each start and reveals nothing; `send` raises DeliveryError."""

    name: str
    send: Callable[[Message], Awaitable[None]]


def channels_of(settings: NotifySettings) -> list[Channel]:
    """The channels that are set."""
    channels = [Channel(_service_name(url), partial(_send_by_apprise, url)) for url in settings.urls]
    if settings.desktop:
        channels.append(Channel("desktop", _send_to_desktop))
    if settings.webhook:
        channels.append(Channel("webhook", partial(_post, settings.webhook, settings.webhook_secret)))
    if settings.command:
        channels.append(Channel("command", partial(_run_hook, settings.command)))
    return channels


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature` as Standard Webhooks 1.0.0 defines it: HMAC-SHA256 over id, time and body.

    A secret that begins with `whsec_` is base64, any other is taken as it is.
    """
    encoded = secret.removeprefix("whsec_")
    key = secret.encode() if encoded == secret else base64.b64decode(encoded)
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _service(url: str) -> str:
    return url.partition("://")[0]


def _service_name(url: str) -> str:
    return f"{_service(url)}:{hashlib.sha256(url.encode()).hexdigest()[:8]}"


def _payload(notifications: Sequence[Notification]) -> bytes:
    items = [item.model_dump(mode="json", exclude={"read", "undelivered"}) for item in notifications]
    return json.dumps({"version": 1, "notifications": items}).encode()


async def _post(url: str, secret: str | None, message: Message) -> None:
    import httpx  # here, so that commands that send nothing load nothing

    body, message_id, now = _payload(message.notifications), f"msg_{uuid.uuid4().hex}", int(time.time())
    headers = {"content-type": "application/json", "webhook-id": message_id, "webhook-timestamp": str(now)}
    if secret:
        headers["webhook-signature"] = signature(secret, message_id, now, body)
    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as client:
            response = await client.post(url, content=body, headers=headers)
    except httpx.HTTPError as error:
        raise DeliveryError(f"no answer ({type(error).__name__})") from error
    if response.status_code >= _HTTP_ERROR:
        raise DeliveryError(f"answered {response.status_code}")


async def _run_hook(command: Sequence[str], message: Message) -> None:
    await _run(command, _payload(message.notifications))


async def _send_to_desktop(message: Message) -> None:
    if sys.platform == "darwin":
        await _send_by_apprise("macosx://", message)
    elif sys.platform == "win32":
        await _send_by_apprise("windows://", message)
    else:
        await _run(["notify-send", "--app-name=video_queue", "--", message.title, message.text])


async def _run(command: Sequence[str], stdin: bytes | None = None) -> None:
    try:
        await run_program(command, stdin, _SECONDS)
    except ProgramError as error:
        raise DeliveryError(str(error)) from error


async def _send_by_apprise(url: str, message: Message) -> None:
    try:
        async with asyncio.timeout(_SECONDS):
            await in_thread(lambda _: _notify_by_apprise(url, message), give_up_seconds=0)
    except TimeoutError as error:
        raise DeliveryError(f"{_service(url)} did not answer within {_SECONDS:.0f} s") from error


def _notify_by_apprise(url: str, message: Message) -> None:
    """Blocking, its import too."""
    try:
        import apprise  # an extra, and slow to load
    except ImportError as error:
        raise DeliveryError("Apprise is missing: pip install 'video_queue[notify]'") from error
    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it names addresses
    sender = apprise.Apprise()
    if not sender.add(url):
        raise DeliveryError(f"Apprise knows no such address of {_service(url)}")
    if not sender.notify(title=message.title, body=message.text):
        raise DeliveryError(f"{_service(url)} did not take it")
