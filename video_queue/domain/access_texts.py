"""The texts of the guard: hosts, origins, the token, and what only this machine may ask (see `texts`)."""

from __future__ import annotations

from video_queue.domain.errors import Text

ACCESS_TEXTS: dict[str, Text] = {
    "forbidden_origin.host": Text(
        "the host {host!r} is not allowed",
        "Use 127.0.0.1 or localhost, or add it to server.allowed_hosts.",
    ),
    "forbidden_origin.origin": Text("requests from {origin} are not allowed", "Open video_queue's own page."),
    "forbidden_origin.site": Text("this cross-site request was refused", "Open video_queue's own page."),
    "unauthorized.token": Text(
        "this server needs its token",
        "Send Authorization: Bearer TOKEN; it is server.token in the home's vq.toml.",
    ),
    "unauthorized.too_many": Text(
        "too many wrong tokens came from this address", "Wait {seconds} seconds, then give the right one."
    ),
    "unauthorized.setting": Text(
        "the setting {name} cannot be changed by a request",
        "Change it on this machine: vq config {name} VALUE.",
    ),
    "unauthorized.clean": Text("a request cannot remove files", "Do it on this machine: vq clean."),
    "forbidden_origin.reveal": Text(
        "the file manager opens only for this machine", "Open the folder {path} where you are."
    ),
    "forbidden_origin.not_loopback": Text(
        "{host} is not a loopback address",
        "Listen on 127.0.0.1, or let vq serve --lan choose a token for other machines.",
    ),
    "not_found.pairing": Text(
        "no other machine can reach this server: {detail}", "Start it with vq serve --lan."
    ),
}
