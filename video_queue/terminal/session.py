"""What one `vq` process knows: its global options, its output, and the door it opened."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from video_queue.terminal.console import Console

if TYPE_CHECKING:
    import typer

    from video_queue.settings import Settings
    from video_queue.terminal.client.client import ServerDoor
    from video_queue.terminal.client.door import Door


@dataclass(slots=True)
class Session:
    """The global options of this call. `home` and `server` are as given; None means: find it."""

    console: Console = field(default_factory=Console)
    home: Path | None = None
    server: str | None = None
    _door: Door | None = None

    def find_server(self) -> ServerDoor | None:
        """The server to talk to: --server, else the home's own if it lives and answers."""
        from video_queue.terminal.client.client import ServerDoor
        from video_queue.terminal.client.connection import find_server

        if isinstance(self._door, ServerDoor):
            return self._door
        found = find_server(self.home, self.server, os.environ)
        if found is None:
            return None
        self._door = ServerDoor(found)
        return self._door

    def door(self) -> Door:
        """Whoever answers questions: the server, else the services in this process, which do not lock."""
        if self._door is None and self.find_server() is None:
            from video_queue.terminal.client.local import reading_door

            self._door = reading_door(self.settings())
        assert self._door is not None
        return self._door

    def writing_door(self) -> Door:
        """Whoever may change something: the server, else this process with the home's lock.

        Raises:
            VqError: `locked` when another process keeps the lock for ten seconds and no server comes up.
        """
        if self._door is not None and not self._door.serves:
            self.close()
        server = self.find_server()
        if server is None:
            from video_queue.terminal.client.local import writing_door

            self._door = writing_door(self.settings(), self.find_server)
        assert self._door is not None
        return self._door

    def require_server(self) -> ServerDoor:
        """The server.

        Raises:
            VqError: `server_unreachable` (exit 5) when none runs.
        """
        server = self.find_server()
        if server is None:
            from video_queue.domain.catalogue import fail
            from video_queue.terminal.client.connection import home_folder

            raise fail("server_unreachable.no_server", home=str(home_folder(self.home, os.environ)))
        return server

    def settings(self, **flags: object) -> Settings:
        """The home's settings with these flags, by dotted key."""
        from video_queue.settings import load_settings

        return load_settings(self.home, flags, os.environ)

    def close(self) -> None:
        """Let go of what was opened."""
        if self._door is not None:
            self._door.close()
            self._door = None


def session_of(ctx: typer.Context) -> Session:
    """The session of a running command."""
    session = ctx.obj
    assert isinstance(session, Session)
    return session
