"""What one `vq` process knows: its global options, its output, and the connection it opened."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from video_queue.terminal.console import Console

if TYPE_CHECKING:
    import typer

    from video_queue.settings import Settings
    from video_queue.terminal.client.client import Client, Transport
    from video_queue.terminal.client.connection import Connection


@dataclass(slots=True)
class Session:
    """The global options of this call. `home` and `server` are as given; None means: search."""

    console: Console = field(default_factory=Console)
    home: Path | None = None
    server: str | None = None
    _transport: Transport | None = None

    def find_connection(self) -> Connection | None:
        """A connection to the server: --server, else the home's own if it lives and answers."""
        from video_queue.terminal.client.connection import Connection, find_server

        if isinstance(self._transport, Connection):
            return self._transport
        connection = find_server(self.home, self.server, os.environ)
        if connection is not None:
            self._transport = connection
        return connection

    def client(self) -> Client:
        """A client that reads: of the server, else of the app in this process, which takes no lock."""
        from video_queue.terminal.client.client import Client

        if self._transport is None and self.find_connection() is None:
            from video_queue.terminal.client.local import open_reading

            self._transport = open_reading(self.settings())
        assert self._transport is not None
        return Client(self._transport)

    def writing_client(self) -> Client:
        """A client that may change rows: of the server, else of this process with the home's lock.

        Raises:
            VqError: `locked` when another process keeps the lock for ten seconds and no server comes up.
        """
        from video_queue.terminal.client.client import Client

        if self._transport is not None and not self._transport.serves:
            self.close()
        if self.find_connection() is None:
            from video_queue.terminal.client.local import open_writing

            self._transport = open_writing(self.settings(), self.find_connection)
        assert self._transport is not None
        return Client(self._transport)

    def require_connection(self) -> Connection:
        """A connection to the server.

        Raises:
            VqError: `server_unreachable` (exit 5) when none runs.
        """
        connection = self.find_connection()
        if connection is None:
            from video_queue.domain.catalogue import fail
            from video_queue.terminal.client.connection import home_folder

            raise fail("server_unreachable.no_server", home=str(home_folder(self.home, os.environ)))
        return connection

    def require_server(self) -> Client:
        """A client of the server. Raises what `require_connection` raises."""
        from video_queue.terminal.client.client import Client

        return Client(self.require_connection())

    def settings(self, **flags: object) -> Settings:
        """The home's settings with these flags, by dotted key."""
        from video_queue.settings import load_settings

        return load_settings(self.home, flags, os.environ)

    def close(self) -> None:
        """Close what was opened."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None


def session_of(ctx: typer.Context) -> Session:
    """The session of a running command."""
    session = ctx.obj
    assert isinstance(session, Session)
    return session
