"""The specimen: every component in every state, drawn by the page's own modules from made-up rows.

They are in tests/page/specimen/, which is no part of the program: the browser is given them in the
place of files of the server, and all else comes from a real one.
"""

from __future__ import annotations

import colorsys
import io
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image, ImageDraw
from playwright.sync_api import Page, Route, expect

import video_queue

FOLDER = Path(__file__).parent / "specimen"
FLOATING = ("dialog", "question", "number", "help", "menu", "toasts")
_INDEX = Path(video_queue.__file__).parent / "static" / "index.html"
_UNREADABLE = "/api/artifacts/999/"
_TYPES = {".js": "text/javascript", ".css": "text/css"}
_SHEET: dict[str, Any] = {
    "url": "/api/artifacts/3/scrub.webp", "count": 6, "columns": 3, "width": 160, "height": 90,
}  # fmt: skip


def open_specimen(page: Page, floating: str = "") -> None:
    """Draw it on `page`, with one of FLOATING above it, and wait until all of it is there."""
    page.route("**/specimen**", _answer_file)
    page.route("**/specimen/*", _answer_file)
    page.route("**/api/**", _answer_call)
    page.goto("about:blank")
    page.goto(f"/specimen.html#{floating}")
    expect(page.locator("html[data-stills]")).to_be_attached()
    expect(page.locator("[data-shows=Chart] canvas")).to_be_visible()
    if not floating:  # lists draw what is in the window: all of it is
        width, height = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
        page.set_viewport_size({"width": width, "height": height})
    page.evaluate("document.querySelectorAll('img').forEach((image) => { image.loading = 'eager'; })")
    page.wait_for_function("() => [...document.images].every((image) => image.complete)")
    page.wait_for_load_state("networkidle")


def shown_components(page: Page) -> set[str]:
    """The names of what is drawn and can be seen."""
    boxes = page.locator("[data-shows]").all()
    names: set[str] = set(
        page.evaluate(
            """() => [...document.querySelectorAll('[data-shows]')]
            .filter((place) => [...place.querySelectorAll('.shown-box *')].some((part) => part.getClientRects().length))
            .map((place) => place.dataset.shows)"""
        )
    )
    assert boxes
    return names


def _answer_file(route: Route) -> None:
    path = urlsplit(route.request.url).path
    if path == "/specimen.html":
        route.fulfill(body=_document(), content_type="text/html")
    else:
        file = FOLDER / Path(path).name
        route.fulfill(body=file.read_text("utf-8"), content_type=_TYPES[file.suffix])


def _document() -> str:
    """The page's own document with another script; its modules are fetched as they are needed."""
    text = re.sub(r'<link rel="modulepreload"[^\n]*\n', "", _INDEX.read_text("utf-8"))
    own = '<link rel="stylesheet" href="/specimen/specimen.css">\n<script type="module" src="/specimen/specimen.js">'
    return text.replace('<script type="module" src="/app.js">', own).replace("<title>", "<title>Specimen of ")


def _answer_call(route: Route) -> None:
    """Pictures in a colour of their number, and empty lists."""
    path = urlsplit(route.request.url).path
    if path.startswith(_UNREADABLE):
        route.fulfill(body=b"no picture", content_type="image/png")
    elif path.endswith(("thumbnail", "picture", "scrub.webp")):
        number = int((re.findall(r"/artifacts/(\d+)", path) or ["8"])[0])
        route.fulfill(body=_picture(number, path.endswith("webp")), content_type="image/png")
    elif path.endswith("/scrub"):
        route.fulfill(body=json.dumps(_SHEET), content_type="application/json")
    else:
        empty: dict[str, Any] = {
            "items": [],
            "cells": [],
            "phases": [],
            "options": [],
            "next_cursor": None,
            "unread": 0,
        }
        route.fulfill(body=json.dumps(empty), content_type="application/json")


@lru_cache
def _picture(number: int, several: bool) -> bytes:
    """A sun over a plain, or six of them in a sheet."""
    sheet = Image.new("RGB", (480, 180) if several else (320, 180))
    for at in range(6 if several else 1):
        left, top = (at % 3 * 160, at // 3 * 90) if several else (0, 0)
        width, height = (160, 90) if several else (320, 180)
        pen = ImageDraw.Draw(sheet)
        pen.rectangle((left, top, left + width, top + height), _colour(number / 9, 0.5, 0.7))
        pen.ellipse((left + 20 + at * 18, top + 15, left + 60 + at * 18, top + 55), _colour(0.13, 0.4, 1))
        pen.rectangle(
            (left, top + height * 0.7, left + width, top + height), _colour(number / 9 + 0.4, 0.5, 0.3)
        )
    stored = io.BytesIO()
    sheet.save(stored, "PNG")
    return stored.getvalue()


def _colour(hue: float, saturation: float, value: float) -> tuple[int, int, int]:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return int(red * 255), int(green * 255), int(blue * 255)
