"""Which requests may pass: Host and Origin checks, the token, and the CLI's secret; for sockets too.

Pure ASGI and outside everything else, so that no route can forget it. Web pages of other origins (other ports of
this machine included) get nothing, neither to change nor to read.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from video_queue.api.errors import error_response
from video_queue.api.token_attempts import TokenAttempts
from video_queue.domain.catalogue import fail
from video_queue.domain.errors import ErrorCode, VqError
from video_queue.settings import Settings
from video_queue.system.home.secret import SECRET_HEADER

COOKIE = "vq_token"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(?::[0-9]{1,5})?", re.IGNORECASE)
_SAME_SITE = frozenset({"same-origin", "none"})
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# What an answer may do when it is opened as a page: nothing. The user interface brings its own policy.
_NO_POWERS = "default-src 'none'; frame-ancestors 'none'; sandbox"


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller: `name` is what a job's `submitted_by` says; a trusted one showed the home's secret."""

    name: str
    trusted: bool


def is_api(scope: Scope) -> bool:
    """Whether a request is for /api or below it; everything else is the page."""
    path: str = scope["path"]
    return path == "/api" or path.startswith("/api/")


CLI = Caller("cli", trusted=True)


class Security:
    """The middleware. What passes carries its `Caller` in `scope["vq.caller"]`."""

    def __init__(self, app: ASGIApp, *, settings: Settings, secret: str) -> None:
        self._app = app
        self._hosts = _LOOPBACK | _names(settings)
        self._token = settings.server.token
        self._secret = secret
        self._attempts = TokenAttempts()
        # The cookie goes to every server of this host, whatever its port: it is not the token itself.
        self._cookie = hmac.new(secret.encode(), (self._token or "").encode(), hashlib.sha256).hexdigest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request or a socket through, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        send = _with_headers(send)
        try:
            _check_path(scope)
            _check_host(scope, headers, self._hosts)
            _check_origin(scope, headers)
            if self._brings_token(scope, headers):
                await self._welcome(scope, receive, send)
                return
            scope["vq.caller"] = caller = self._caller(headers)
            self._check_token(scope, headers, caller)
        except VqError as error:
            await _refusal(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _caller(self, headers: Headers) -> Caller:
        """A secret that is not this home's (another home's command line) counts as none; it is no error."""
        if _equal(headers.get(SECRET_HEADER, ""), self._secret):
            return CLI
        from_page = "origin" in headers or "sec-fetch-site" in headers
        return Caller("ui" if from_page else "api", trusted=False)

    def _check_token(self, scope: Scope, headers: Headers, caller: Caller) -> None:
        """Everything below /api needs the token, if one is set; the page itself holds nothing private."""
        if self._token is None or caller.trusted or not is_api(scope):
            return
        kind, _, token = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            self._compare(scope, token.strip(), self._token)
        else:
            self._compare(scope, _cookie(headers), self._cookie)

    def _compare(self, scope: Scope, shown: str, expected: str) -> None:
        """Refuse what is not `expected`, and anything from where too many wrong ones came."""
        if not shown:
            raise fail("unauthorized.token")
        address = scope["client"][0] if scope.get("client") else ""
        self._attempts.require_few(address)
        if not _equal(shown, expected):
            self._attempts.count(address, shown)
            raise fail("unauthorized.token")

    def _brings_token(self, scope: Scope, headers: Headers) -> bool:
        """Whether the page is opened as `/?token=...`, which is how a browser gets in.

        One that is opened with a wrong token shows the page, which asks for the right one.
        """
        if self._token is None or scope["type"] != "http" or scope["path"] != "/":
            return False
        token = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if not token:
            return False
        try:
            self._compare(scope, token, self._token)
        except VqError:
            if headers.get("sec-fetch-mode") == "navigate":
                return False
            raise
        return True

    async def _welcome(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Keep a cookie that no script can read, and the token out of the address bar."""
        response: Response = RedirectResponse("/", status_code=303)
        response.set_cookie(COOKIE, self._cookie, httponly=True, samesite="strict", max_age=31_536_000)
        await response(scope, receive, send)


def _names(settings: Settings) -> set[str]:
    """The allowed hosts as a Host header writes them; the address listened on is one (0.0.0.0 is none)."""
    server = settings.server
    bare = {host.lower().strip("[]") for host in (*server.allowed_hosts, server.host)} - {"0.0.0.0", "::"}  # noqa: S104 - left out
    return {f"[{host}]" if ":" in host else host for host in bare}


def _check_path(scope: Scope) -> None:
    if "\0" in scope["path"] or b"%00" in scope.get("query_string", b""):
        raise fail("not_found.route", path=scope["path"].replace("\0", "\\0"))


def _check_host(scope: Scope, headers: Headers, allowed: frozenset[str]) -> None:
    """Exactly one Host, and one that is ours: a foreign name that points here is a rebinding attack.

    The very address that the request came to is ours too: only names can be pointed elsewhere.
    """
    hosts = headers.getlist("host")
    match = _HOST.fullmatch(hosts[0]) if len(hosts) == 1 else None
    if match is None or not (match["name"].lower() in allowed or _is_address(match["name"], scope)):
        raise fail("forbidden_origin.host", host=", ".join(hosts)[:200])


def _is_address(name: str, scope: Scope) -> bool:
    server = scope.get("server")
    return server is not None and name.strip("[]").lower() == str(server[0]).lower()


def _check_origin(scope: Scope, headers: Headers) -> None:
    """An Origin must be the very host and port that was asked; the browser's own word must agree.

    A link from another site may open the page (`navigate`), nothing below /api.
    """
    for origin in headers.getlist("origin"):
        if not _is_here(origin, headers["host"]):
            raise fail("forbidden_origin.origin", origin=ascii(origin)[:200])
    site = headers.get("sec-fetch-site")
    if site is None or set(headers.getlist("sec-fetch-site")) <= _SAME_SITE:
        return
    opens_page = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
    navigates = headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    if not (opens_page and navigates and not is_api(scope)):
        raise fail("forbidden_origin.site")


def _is_here(origin: str, host: str) -> bool:
    """Whether an Origin names `host`; one that is no address names nothing."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    plain = origin.isprintable() and origin.isascii()
    return plain and parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


def _cookie(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _equal(shown: str, expected: str) -> bool:
    return hmac.compare_digest(shown.encode("utf-8", "replace"), expected.encode())


def _refusal(error: VqError) -> Response:
    """The answer; too many wrong tokens are a 429 that says when the next may come."""
    seconds = error.info().details.get("seconds") if error.code is ErrorCode.UNAUTHORIZED else None
    if seconds is None:
        return error_response(error)
    return error_response(error, status=429, headers={"Retry-After": str(seconds)})


def _with_headers(send: Send) -> Send:
    """`send`, adding the headers that every answer carries unless the answer set its own."""

    async def sending(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Content-Security-Policy", _NO_POWERS)
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return sending
