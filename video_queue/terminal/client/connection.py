"""Finding the server of a home, and speaking JSON with it over `http.client`.

Kept light: what is heavy is imported where an error is made.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from video_queue.system.home.secret import SECRET_HEADER, read_secret
from video_queue.system.home.server_info import read_server_info

_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 600.0  # a submission of thousands of files is looked at file by file


def home_folder(home: Path | None, environ: Mapping[str, str]) -> Path:
    """The data folder, as `settings.resolve_home` has it, without loading the settings for it."""
    if home is not None or environ.get("VQ_HOME"):
        return Path.cwd() / (home or Path(environ["VQ_HOME"])).expanduser()
    from platformdirs import user_data_path

    return user_data_path("video_queue", appauthor=False)


def find_server(home: Path | None, url: str | None, environ: Mapping[str, str]) -> Connection | None:
    """A connection to `url`, else to the server of the home; None when none lives there or it does not answer.

    Raises:
        VqError: `server_unreachable` when a `url` was given and does not answer, `validation` when it is none.
    """
    folder = home_folder(home, environ)
    if url is not None:
        connection = Connection(_checked(url), headers_for(url, folder, environ))
        connection.open()
        return connection
    info = read_server_info(folder)
    if info is None:
        return None
    connection = Connection(info.url, headers_for(info.url, folder, environ))
    try:
        connection.connect()
    except OSError:  # its process number was given to another program, or it is just ending
        return None
    return connection


class Connection:
    """A kept-alive connection to one server."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.url = url
        self.headers = dict(headers)
        self._http = self._new()

    def open(self) -> None:
        """Connect.

        Raises:
            VqError: `server_unreachable` when nobody listens.
        """
        try:
            self.connect()
        except OSError as error:
            raise self._unreachable(error) from error

    def connect(self) -> None:
        """Connect; raises the operating system's error."""
        self._http.connect()
        self._http.sock.settimeout(_ANSWER_SECONDS)

    def json(self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None) -> Any:
        """The JSON answer to a request.

        Raises:
            VqError: what the server answered, or `server_unreachable` when it does not.
        """
        text = self.text(method, path, query, body)
        try:
            return json.loads(text)
        except ValueError as error:
            raise self._unreachable(error) from error

    def text(self, method: str, path: str, query: Mapping[str, Any] | None = None, body: Any = None) -> str:
        """The answer's text. Raises what `json` raises."""
        try:
            response = self._ask(method, path, query, body)
            content = response.read().decode("utf-8", "surrogateescape")
        except (OSError, http.client.HTTPException) as error:
            self._http.close()
            raise self._unreachable(error) from error
        if response.status >= 400:
            raise self._refusal(response.status, content)
        return content

    def events(
        self, query: Mapping[str, Any], seconds_left: Callable[[], float]
    ) -> Iterator[dict[str, Any] | None]:
        """The server's events as they come, on a connection of their own; None now and then while it is silent.

        Ends when the server closes, or when nothing came in the seconds that were left.

        Raises:
            VqError: `server_unreachable`, or the server's refusal.
        """
        line = self._new()
        try:
            line.connect()
            headers = {**self.headers, "Accept": "text/event-stream"}
            line.request("GET", _target("/events", query), headers=headers)
            socket, response = line.sock, line.getresponse()
            if response.status >= 400:
                raise self._refusal(response.status, response.read().decode("utf-8", "replace"))
            yield from _server_sent(response, lambda: socket.settimeout(seconds_left()))
        except TimeoutError:
            return
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error
        finally:
            line.close()

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def _new(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        return kind(parts.hostname or "127.0.0.1", parts.port, timeout=_CONNECT_SECONDS)

    def _ask(
        self, method: str, path: str, query: Mapping[str, Any] | None, body: Any
    ) -> http.client.HTTPResponse:
        headers = dict(self.headers)
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        if self._http.sock is None:
            self.open()
        self._http.request(method, _target(path, query or {}), body=content, headers=headers)
        return self._http.getresponse()

    def _unreachable(self, error: Exception) -> Exception:
        from video_queue.domain.catalogue import fail

        return fail("server_unreachable.server", url=self.url, detail=str(error) or type(error).__name__)

    def _refusal(self, status: int, content: str) -> Exception:
        from video_queue.domain.catalogue import fail
        from video_queue.domain.errors import VqError

        try:
            told = json.loads(content)["error"]
            return VqError(
                code=told["code"], message=told["message"], hint=told["hint"], details=told["details"] or {}
            )
        except (ValueError, KeyError, TypeError):  # not one of our servers
            return fail("server_unreachable.server", url=self.url, detail=f"it answered {status}")


def _target(path: str, query: Mapping[str, Any]) -> str:
    given = {key: value for key, value in query.items() if value is not None}
    return f"/api{path}?{urlencode(given, doseq=True)}" if given else f"/api{path}"


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
    """What lets the command line in: the home's secret (never sent to another machine), and a token if set."""
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
