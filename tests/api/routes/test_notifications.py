"""The inbox over HTTP."""

from __future__ import annotations

import httpx
import pytest

from tests.api.running import RunningApi
from video_queue.db import notifications, queue_state
from video_queue.domain.notifications import NotificationKind
from video_queue.domain.states import LaneState


@pytest.fixture
def full_disk(api: RunningApi) -> None:
    """One notification."""
    services = api.services

    def fill(conn: notifications.Connection) -> None:
        queue_state.set_lane(conn, "media", LaneState.WAITING, "disk_full", services.clock.iso())
        notifications.collect(conn, [], tuple(NotificationKind))

    api.transact(fill)


@pytest.mark.usefixtures("full_disk")
def test_a_notification_is_listed_until_it_is_read(client: httpx.Client) -> None:
    page = client.get("/api/notifications", params={"unread": True}).json()
    assert [(item["kind"], item["title"], item["read"]) for item in page["items"]] == [
        ("disk.full", "The disk is full", False)
    ]
    number = page["items"][0]["id"]
    assert client.patch(f"/api/notifications/{number}", json={"read": True}).json()["read"] is True
    assert client.get("/api/notifications", params={"unread": True}).json()["items"] == []
    assert client.patch(f"/api/notifications/{number}", json={"read": False}).json()["read"] is False
    left = client.patch("/api/notifications", json={"upto": number}).json()
    assert (left["items"], left["unread"]) == ([], 0)
    assert len(client.get("/api/notifications").json()["items"]) == 1


@pytest.mark.parametrize("number", [7, 0, -1, 10**20])
def test_an_unknown_notification_is_not_found(shared_client: httpx.Client, number: int) -> None:
    answer = shared_client.patch(f"/api/notifications/{number}", json={"read": True})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_without_channels_a_test_has_nothing_to_tell(shared_client: httpx.Client) -> None:
    assert shared_client.post("/api/notifications/test", json={}).json()["items"] == []
