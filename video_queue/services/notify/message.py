"""What a channel sends: one notification as it is, several as a digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from video_queue.domain.notifications import Notification

_LINES = 20


@dataclass(frozen=True, slots=True)
class Message:
    """Title and text for people, and what they are about for programs."""

    title: str
    text: str
    notifications: tuple[Notification, ...]


def message_of(notifications: Sequence[Notification]) -> Message:
    """One message of one or more notifications, the oldest first."""
    if len(notifications) == 1:
        [only] = notifications
        return Message(only.title, only.text, (only,))
    lines = [f"{item.title}. {item.text}" for item in notifications[:_LINES]]
    if left := len(notifications) - len(lines):
        lines.append(f"... and {left} more: vq inbox")
    return Message(f"video_queue: {len(notifications)} notifications", "\n".join(lines), tuple(notifications))
