"""The inbox over HTTP: list notifications, mark them as read, and try every channel."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from video_queue.api.deps import InboxDep, Limit, NotificationId, NotifierDep, NumberCursor
from video_queue.api.resource import resource_router
from video_queue.domain.notifications import Notification, NotificationPage, TestDelivery

router = resource_router("notifications", "/notifications")


class Read(BaseModel):
    """Whether it was read."""

    model_config = ConfigDict(extra="forbid")

    read: bool = True


class ReadUpTo(BaseModel):
    """Mark everything up to a number as read."""

    model_config = ConfigDict(extra="forbid")

    upto: Annotated[int, Query(ge=0, le=2**63 - 1)]


class TestDeliveries(BaseModel):
    """What became of a test by each channel."""

    items: list[TestDelivery]
    next_cursor: str | None = None


@router.get("", summary="The inbox, newest first")
async def list_notifications(
    inbox: InboxDep, limit: Limit = 50, cursor: NumberCursor = None, unread: bool = False
) -> NotificationPage:
    """`unread=true` leaves out what was read; `unread` of the answer counts the whole inbox."""
    return await inbox.list(limit, cursor, unread=unread)


@router.patch("", summary="Mark everything as read")
async def mark_all_read(body: ReadUpTo, inbox: InboxDep) -> NotificationPage:
    """Up to the number `upto`, the newest that was seen; answers what is unread still."""
    await inbox.mark_all_read(body.upto)
    return await inbox.list(50, None, unread=True)


@router.patch("/{id}", summary="Mark one as read or unread")
async def mark_read(notification_id: NotificationId, body: Read, inbox: InboxDep) -> Notification:
    """The notification as it is now."""
    return await inbox.mark(notification_id, read=body.read)


@router.post("/test", summary="Send a test by every channel")
async def send_test(notifier: NotifierDep) -> TestDeliveries:
    """What `notify.*` names is tried now; the inbox gets nothing."""
    return TestDeliveries(items=await notifier.test())
