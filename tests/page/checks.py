"""Accessibility of a page, by axe."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.page.browsing import Guard

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def serious(page: Page, guard: Guard) -> list[str]:
    """The serious findings of axe: rule, place and reason."""
    guard.paused = True  # axe tries inline styles, which the page's policy refuses
    if not page.evaluate("'axe' in window"):
        # Through the debugger, because the page's own policy would refuse it.
        page.evaluate(AXE)
    report = page.evaluate(
        "rules => axe.run({runOnly: rules, preload: false, resultTypes: ['violations']})", RULES
    )
    guard.paused = False
    return [
        f"{finding['id']} ({finding['impact']}): {node['target']} {node['failureSummary']}"
        for finding in report["violations"]
        if finding["impact"] in ("serious", "critical", "moderate")
        for node in finding["nodes"]
    ]
