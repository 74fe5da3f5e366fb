"""How a phone comes in: the server's address on the network, and the link with the token as a QR code."""

from __future__ import annotations

import io
import ipaddress
from urllib.parse import quote

from pydantic import BaseModel

from video_queue.domain.catalogue import fail
from video_queue.settings import Settings
from video_queue.system.network import own_address


class Pairing(BaseModel):
    """`url` is the server's address; `link` brings the token along, `qr` is the link as an SVG picture."""

    url: str
    link: str
    qr: str


def pairing(settings: Settings, port: int) -> Pairing:
    """How another machine comes in to the server that listens on `port`.

    Raises:
        VqError: `not_found.pairing` where none can.
    """
    import segno

    host, token = _reachable(settings), settings.server.token
    if token is None:
        raise fail("not_found.pairing", detail="it has no token")
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    link = f"{url}/?token={quote(token, safe='')}"
    picture = io.BytesIO()
    segno.make(link, micro=False).save(picture, kind="svg", border=4, scale=4, light="#fff", xmldecl=False)
    return Pairing(url=url, link=link, qr=picture.getvalue().decode())


def _reachable(settings: Settings) -> str:
    if settings.server.is_local:
        raise fail("not_found.pairing", detail=f"it listens on {settings.server.host} only")
    host = settings.server.host.strip("[]")
    try:
        anywhere = ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return host
    address = own_address() if anywhere else host
    if address is None:
        raise fail("not_found.pairing", detail="this machine has no network")
    return address
