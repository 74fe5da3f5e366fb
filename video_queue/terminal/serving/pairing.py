"""The token of `vq serve --lan`, and how it comes to the phone: as a QR code on a terminal, never into a log."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from video_queue.domain.errors import VqError

if TYPE_CHECKING:
    from video_queue.settings import Settings
    from video_queue.terminal.console import Console

_TOKEN_BYTES = 16


def new_token(settings: Settings) -> str | None:
    """A token that nobody guesses; None where the settings have one."""
    return secrets.token_urlsafe(_TOKEN_BYTES) if settings.server.token is None else None


def page_link(url: str, token: str | None) -> str:
    """The address that opens the page of the server at `url` in a browser."""
    return f"{url}/?token={quote(token, safe='')}" if token else url


def print_pairing(console: Console, settings: Settings, port: int) -> None:
    """Print how a phone comes in to this server; no QR code unless a person reads it."""
    from video_queue.services.pairing import pairing

    try:
        pair = pairing(settings, port)
    except VqError as error:
        console.note(error.message)
        return
    if console.is_terminal and not console.as_json:
        show_pairing(console, pair.model_dump())
    elif not console.as_json:
        console.note(f"other machines: {pair.url} (vq pair shows the QR code)")


def show_pairing(console: Console, pair: dict[str, Any]) -> None:
    """The address, and the link as a QR code; with --json all of it."""
    if console.as_json:
        console.emit(pair)
        return
    import segno

    segno.make(pair["link"], micro=False).terminal(sys.stdout, compact=True)
    console.data(f"Point the phone's camera here, or open {pair['url']} and give server.token of vq.toml.")
