"""The inbox: list notifications and mark them as read."""

from __future__ import annotations

from video_queue.db import notifications
from video_queue.db.queue_db import QueueDB
from video_queue.domain.catalogue import fail
from video_queue.domain.notifications import Notification, NotificationPage


class Inbox:
    """What happened, newest first."""

    def __init__(self, db: QueueDB) -> None:
        self._db = db

    async def list(self, limit: int, cursor: str | None, *, unread: bool) -> NotificationPage:
        """A page; `unread` leaves out what was read."""
        return await self._db.read(
            lambda conn: notifications.list_notifications(conn, limit, cursor, unread=unread)
        )

    async def mark(self, notification_id: int, *, read: bool) -> Notification:
        """One notification, read or unread.

        Raises:
            VqError: `not_found.notification`.
        """
        changed = await self._db.transact(
            lambda conn: notifications.mark_read(conn, notification_id, read=read)
        )
        if changed is None:
            raise fail("not_found.notification", id=notification_id)
        return changed

    async def mark_all_read(self, upto: int) -> None:
        """Every notification up to this number is read; what came since is not."""
        await self._db.transact(notifications.mark_all_read, upto)
