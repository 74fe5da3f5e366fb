"""Every component in every state: nothing serious to axe, nothing wider than the window, and none left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import video_queue
from tests.page.browsing import THEMES, WIDTHS, guarded_page
from tests.page.checks import serious
from tests.page.serving import Served
from tests.page.specimen_page import FLOATING, open_specimen, shown_components

PARTS = Path(video_queue.__file__).parent / "static" / "ui"
_COMPONENT = re.compile(r"^export (?:function|const) ([A-Z]\w*[a-z]\w*)", re.MULTILINE)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_every_part_in_every_state(browser: Browser, server: Served, theme: str, width: str) -> None:
    with guarded_page(browser, server.url, theme=theme, width=width) as (page, guard):
        open_specimen(page)
        assert serious(page, guard) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_no_part_is_left_out(browser: Browser, server: Served) -> None:
    shown: set[str] = set()
    with guarded_page(browser, server.url) as (page, guard):
        for floating in FLOATING:
            open_specimen(page, floating)
            shown |= shown_components(page)
            assert serious(page, guard) == [], floating
    components = {name for path in PARTS.glob("*.js") for name in _COMPONENT.findall(path.read_text("utf-8"))}
    assert len(components) > 15
    assert components - shown == set()
