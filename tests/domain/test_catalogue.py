"""The nearest of some names."""

from __future__ import annotations

from video_queue.domain.catalogue import nearest


def test_the_nearest_name_is_found_in_any_case() -> None:
    assert nearest("Denois", ["prompt", "denoise"]) == "denoise"
    assert nearest("zzz", ["prompt", "denoise"]) is None
