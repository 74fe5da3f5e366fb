"""The slots of the lanes: each works on one prompt at a time."""

from __future__ import annotations

from typing import NamedTuple

from video_queue.domain.states import DEFAULT_INSTANCE, Lane


class Slot(NamedTuple):
    """What takes one prompt after the other: one of the media lane, or that of a ComfyUI."""

    lane: Lane
    instance: str

    @classmethod
    def gpu(cls, instance: str) -> Slot:
        """The one of a ComfyUI."""
        return cls(Lane.GPU, instance)

    def __str__(self) -> str:
        return self.lane if self.instance in (DEFAULT_INSTANCE, "local") else f"{self.lane} ({self.instance})"


MEDIA_SLOT = Slot(Lane.MEDIA, "local")
