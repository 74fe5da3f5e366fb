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
from video_queue.media.deep_pictures import ONLY_DEEP, load_deep, probe_deep
from video_queue.media.unreadable import MAX_PIXELS, reason, require_regular, unreadable

if TYPE_CHECKING:
    from PIL import Image

PICTURE_SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif", *ONLY_DEEP}
)
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "AVIF")
_SIDEWAYS = frozenset({5, 6, 7, 8})
_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """A picture's size as shown (after EXIF orientation), its format, number of frames and bits a channel."""

    width: int
    height: int
    codec: str
    mode: str
    frames: int
    depth: int = 8

    @property
    def alpha(self) -> bool:
        """Whether it has transparency."""
        return self.mode in ("RGBA", "LA", "PA")


def open_picture(path: Path) -> Image.Image:
    """The picture, header read, pixels not yet. The caller closes it."""
    from PIL import Image, UnidentifiedImageError

    # Sizes are checked below against MAX_PIXELS with our own error; Pillow's process-wide warning is not wanted.
    Image.MAX_IMAGE_PIXELS = None
    require_regular(path)
    try:
        image = Image.open(path, formats=_FORMATS)
    except FileNotFoundError:
        raise fail("input_missing.file", path=str(path)) from None
    except UnidentifiedImageError:
        raise unreadable(path, "image", "it is no picture of a known format") from None
    except Exception as error:  # Pillow's readers raise errors of every type for broken files
        raise unreadable(path, "image", reason(error)) from error
    if image.width * image.height > MAX_PIXELS:
        detail = f"{image.width}x{image.height} is too large"
        image.close()
        raise unreadable(path, "image", detail)
    return image


def probe_picture(path: Path, *, whole: bool = False) -> PictureFacts:
    """What the header says; with `whole` the first picture is decoded to its end, too."""
    if path.suffix.lower() in ONLY_DEEP:
        deep = probe_deep(path)
        return PictureFacts(
            deep.width, deep.height, deep.codec, "RGBA" if deep.alpha else "RGB", 1, deep.depth
        )
    with open_picture(path) as image:
        try:
            stored = any(";16" in str(tile[3]) for tile in getattr(image, "tile", ()))
            if whole:
                image.load()
            frames = int(getattr(image, "n_frames", 1))
            orientation = image.getexif().get(_ORIENTATION)
        except Exception as error:  # as above
            raise unreadable(path, "image", reason(error)) from error
        width, height = (image.height, image.width) if orientation in _SIDEWAYS else image.size
        depth = 16 if stored and orientation in (None, 1) else 8
        return PictureFacts(width, height, (image.format or "").lower(), image.mode, frames, depth)


def load_picture(path: Path) -> Image.Image:
    """The whole picture, upright, decoded to its end."""
    from PIL import Image, ImageOps

    if path.suffix.lower() in ONLY_DEEP:
        pixels = load_deep(path, alpha=probe_deep(path).alpha)
        return Image.fromarray((pixels >> 8).astype("uint8"))
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
