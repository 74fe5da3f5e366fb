"""The report over HTTP."""

from __future__ import annotations

from datetime import datetime

import httpx
import pytest


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00Z"])
@pytest.mark.parametrize("route", ["/api/report", "/api/report.html"])
def test_a_moment_that_no_clock_shows_is_refused(client: httpx.Client, route: str, moment: str) -> None:
    for params in ({"since": moment}, {"since": "2026-01-01T00:00:00Z", "until": moment}):
        refused = client.get(route, params=params)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "validation")


def test_a_moment_without_a_zone_is_local_time(client: httpx.Client) -> None:
    report = client.get("/api/report", params={"since": "2026-07-01T22:00"}).json()
    assert f"{datetime.fromisoformat(report['since']).astimezone():%Y-%m-%d %H:%M}" == "2026-07-01 22:00"
