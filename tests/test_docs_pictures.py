"""The README's pictures of the queue, taken from the real page by `scripts/screenshots.py`, are full of pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

IMAGES = Path(__file__).parents[1] / "docs" / "images"
# Channels this far apart are a colour; marks, text and the page itself are grey, but for thin edges.
_COLOUR = 24


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_at_least_eight_per_cent_of_the_queue_is_pictures(theme: str) -> None:
    pixels = np.asarray(Image.open(IMAGES / f"queue-{theme}.png").convert("RGB")).astype(int)
    queue = pixels[145:]  # below the bar of what runs
    assert (queue.max(axis=2) - queue.min(axis=2) > _COLOUR).mean() >= 0.08
