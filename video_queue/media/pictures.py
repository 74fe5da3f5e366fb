"""Still pictures through Pillow: what they are, and whether they can be read to their end.

`facts` uses this for files that are pictures. Hostile files get an error, never a huge allocation: every function
raises VqError: input_missing, input_unreadable. Pillow is loaded with the first picture, so that a start does without.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.media.unreadable import MAX_PIXELS, reason, unreadable

if TYPE_CHECKING:
    from PIL import Image

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif"})
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "AVIF", "MPO")
_SIDEWAYS = frozenset({5, 6, 7, 8})
_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """A picture's size as shown (after EXIF orientation), its format and its number of frames."""

    width: int
    height: int
    codec: str
    mode: str
    frames: int


def open_picture(path: Path) -> Image.Image:
    """The picture, header read, pixels not yet. The caller closes it."""
    from PIL import Image

    # Sizes are checked below against MAX_PIXELS with our own error; Pillow's process-wide warning is not wanted.
    Image.MAX_IMAGE_PIXELS = None
    try:
        image = Image.open(path, formats=_FORMATS)
    except FileNotFoundError:
        raise fail("input_missing.file", path=str(path)) from None
    except Exception as error:  # Pillow's readers raise errors of every type for broken files
        raise unreadable(path, "image", reason(error)) from error
    if image.width * image.height > MAX_PIXELS:
        detail = f"{image.width}x{image.height} is too large"
        image.close()
        raise unreadable(path, "image", detail)
    return image


def probe_picture(path: Path, *, whole: bool = False) -> PictureFacts:
    """What the header says; with `whole` the first picture is decoded to its end, too."""
    with open_picture(path) as image:
        try:
            if whole:
                image.load()
            frames = int(getattr(image, "n_frames", 1))
            sideways = image.getexif().get(_ORIENTATION) in _SIDEWAYS
        except Exception as error:  # as above
            raise unreadable(path, "image", reason(error)) from error
        width, height = (image.height, image.width) if sideways else image.size
        return PictureFacts(width, height, (image.format or "").lower(), image.mode, frames)


def load_picture(path: Path) -> Image.Image:
    """The whole picture, upright, decoded to its end."""
    from PIL import ImageOps

    with open_picture(path) as image:
        try:
            image.load()
            return ImageOps.exif_transpose(image)
        except Exception as error:  # as above
            raise unreadable(path, "image", reason(error)) from error


def is_whole_picture(path: Path) -> bool:
    """Whether there is a picture that can be decoded to its end."""
    try:
        probe_picture(path, whole=True)
    except VqError:
        return False
    return True
