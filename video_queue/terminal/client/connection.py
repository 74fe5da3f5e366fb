"""Finding the server of a home, and speaking JSON with it over `http.client`.

Kept light: what is heavy is imported where an error is made.
"""

from __future__ import annotations

import http.client
import json
import select
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from video_queue.system.home.secret import SECRET_HEADER, read_secret
from video_queue.system.home.server_info import read_server_info
from video_queue.terminal.client.answers import refusal, target, unreachable

_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 600.0  # a submission of thousands of files is probed file by file


def home_folder(home: Path | None, environ: Mapping[str, str]) -> Path:
    """The data folder, as `settings.resolve_home` has it, without loading the settings for it."""
    if home is not None or environ.get("VQ_HOME"):
        return Path.cwd() / (home or Path(environ["VQ_HOME"])).expanduser()
    from platformdirs import user_data_path

    return user_data_path("video_queue", appauthor=False)


def find_server(home: Path | None, url: str | None, environ: Mapping[str, str]) -> Connection | None:
    """A connection to `url`, else to the server of the home; None when none runs there or it does not answer.

    Raises:
        VqError: `server_unreachable` when a `url` was given and does not answer, `validation` when it is no address.
    """
    folder = home_folder(home, environ)
    if url is not None:
        connection = Connection(_checked(url), headers_for(url, folder, environ))
        try:
            connection.connect()
        except OSError as error:
            raise unreachable(connection.url, str(error) or type(error).__name__) from error
        return connection
    info = read_server_info(folder)
    if info is None:
        return None
    connection = Connection(info.url, headers_for(info.url, folder, environ))
    try:
        connection.connect()
    except OSError:  # its process id belongs to another program now, or it is just ending
        return None
    return connection


class Connection:
    """A kept-alive connection to one server. Opened when it is first used, or by `connect`."""

    serves = True

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.url = url
        self.headers = dict(headers)
        self._http = self._new()

    def connect(self) -> None:
        """Connect; raises the operating system's error."""
        self._http.connect()
        self._http.sock.settimeout(_ANSWER_SECONDS)

    def request(self, method: str, path: str, content: bytes | None = None) -> tuple[int, str]:
        """The status and the text of the answer.

        A connection that the server closed meanwhile is opened again; a GET is repeated once.

        Raises:
            VqError: `server_unreachable`.
        """
        if self._was_closed():
            self._http.close()
        try:
            try:
                return self._exchange(method, path, content)
            except ConnectionError:  # what `getresponse` raises for a closed connection is one too
                if method != "GET":
                    raise
                self._http.close()
                return self._exchange(method, path, content)
        except (OSError, http.client.HTTPException) as error:
            self._http.close()
            raise self._unreachable(error) from error

    def events(
        self, query: Mapping[str, Any], seconds_left: Callable[[], float]
    ) -> Iterator[dict[str, Any] | None]:
        """The server's events, on a connection of their own; None now and then while there is none.

        Ends when the server closes, or when nothing came in the seconds that were left.

        Raises:
            VqError: `server_unreachable`, or the server's refusal.
        """
        stream = self._new()
        try:
            stream.connect()
            headers = {**self.headers, "Accept": "text/event-stream"}
            stream.request("GET", target("/events", query), headers=headers)
            socket, response = stream.sock, stream.getresponse()
            if response.status >= 400:
                raise refusal(self.url, response.status, response.read().decode("utf-8", "replace"))
            yield from _server_sent(response, lambda: socket.settimeout(seconds_left()))
        except TimeoutError:
            return
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error
        finally:
            stream.close()

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def _new(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return kind(parts.hostname or "127.0.0.1", parts.port, timeout=_CONNECT_SECONDS)

    def _was_closed(self) -> bool:
        """Between requests the server has nothing to say: what can be read is the end of the connection."""
        return self._http.sock is not None and bool(select.select([self._http.sock], [], [], 0)[0])

    def _exchange(self, method: str, path: str, content: bytes | None) -> tuple[int, str]:
        if self._http.sock is None:
            self.connect()
        headers = self.headers if method == "GET" else {**self.headers, "Content-Type": "application/json"}
        self._http.request(method, path, body=content, headers=headers)
        response = self._http.getresponse()
        return response.status, response.read().decode("utf-8", "surrogateescape")

    def _unreachable(self, error: Exception) -> Exception:
        return unreachable(self.url, str(error) or type(error).__name__)


def _checked(url: str) -> str:
    plain = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(plain)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        from video_queue.domain.catalogue import fail

        raise fail("validation.server_url", value=url)
    return plain.rstrip("/")


def headers_for(url: str, home: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """What identifies the command line: the home's secret (never sent to another machine), and a token if set."""
    headers = {}
    if _is_loopback(url) and (secret := read_secret(home)):
        headers[SECRET_HEADER] = secret
    if token := environ.get("VQ_SERVER__TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    return headers


def _is_loopback(url: str) -> bool:
    host = urlsplit(url if "://" in url else f"http://{url}").hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def _server_sent(
    response: http.client.HTTPResponse, before_each: Callable[[], None]
) -> Iterator[dict[str, Any] | None]:
    """The events of a text/event-stream; None for a comment, which only keeps the line alive."""
    data: list[str] = []
    before_each()
    while line := response.readline():
        text = line.decode("utf-8").rstrip("\r\n")
        if text.startswith("data:"):
            data.append(text[5:].strip())
        elif text.startswith(":"):
            yield None
        elif not text and data:
            yield json.loads("\n".join(data))
            data = []
        before_each()
