"""Small pictures of videos and images, made once and kept in the home's cache: they outlive the files."""

from __future__ import annotations

import hashlib
import os
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from video_queue.domain.catalogue import fail
from video_queue.domain.workflow import InputKind
from video_queue.media.pictures import PICTURE_SUFFIXES, load_picture
from video_queue.media.reading import decode_frames, open_media, video_stream
from video_queue.system.files.collect import EXTENSIONS, extension, is_ignored, natural_key

if TYPE_CHECKING:
    from PIL import Image

SIZE = (320, 180)
_QUALITY = 78
# A page asks for fifty at once; decoding two keeps the machine usable.
_decoding = threading.BoundedSemaphore(2)


def thumbnail(source: Path, cache: Path) -> Path:
    """A WebP of `source` that fits into 320 x 180, made on the first call. Blocking; call it in a thread.

    Raises:
        VqError: `input_missing`, `input_unreadable` when `source` is no readable picture or video.
    """
    folder = cache / "thumbnails"
    # The name changes with the file, so a cached picture is never of an earlier one.
    digest = hashlib.sha256(os.fsencode(source)).hexdigest()[:24]
    try:
        status = source.stat()
    except FileNotFoundError:
        return _last_of(folder, digest, source)
    target = folder / f"{digest}-{status.st_size:x}-{status.st_mtime_ns:x}.webp"
    return target if target.exists() else _make(source, target)


def poster(source: Path, cache: Path, content: str, size: int) -> Path:
    """A WebP of a file whose content has the name `content`, wherever it is now: `source` is read only the first time.

    Raises:
        VqError: `input_missing` where the file is gone or holds something else since (another `size`) and was not
            seen before, `input_unreadable` as `thumbnail`.
    """
    target = cache / "thumbnails" / f"{content}.webp"
    if target.exists():
        return target
    status = source.lstat() if os.path.lexists(source) else None
    if status is None or not stat.S_ISREG(status.st_mode) or status.st_size != size:
        raise fail("input_missing.file", path=str(source))
    return _make(source, target)


def first_picture_or_clip(folder: Path) -> Path | None:
    """The first picture of a folder, else its first clip; None where there is neither."""
    paths = [path for path in folder.iterdir() if not is_ignored(path.name)]
    pictures = [path for path in paths if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file()]
    clips = [path for path in paths if extension(path.name) in EXTENSIONS[InputKind.VIDEO] and path.is_file()]
    return min(pictures or clips, key=lambda path: natural_key(path.name), default=None)


def _last_of(folder: Path, digest: str, source: Path) -> Path:
    """The newest picture that was made of a file that is gone."""
    kept = sorted(folder.glob(f"{digest}-*.webp"), key=lambda path: path.stat().st_mtime_ns)
    if not kept:
        raise fail("input_missing.file", path=str(source))
    return kept[-1]


def _make(source: Path, target: Path) -> Path:
    with _decoding:
        target.parent.mkdir(parents=True, exist_ok=True)
        image = load_picture(source) if source.suffix.lower() in PICTURE_SUFFIXES else _first_frame(source)
        with image:
            _save(image, target)
    return target


def _first_frame(source: Path) -> Image.Image:
    from PIL import Image  # here: loaded with the first picture

    with open_media(source) as container:
        stream = video_stream(container)
        frame = next(decode_frames(container, stream, None), None) if stream is not None else None
        if frame is None:
            raise fail("input_unreadable.no_stream", path=str(source), kind="video")
        picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
        clockwise = -frame.rotation % 360
    return picture.rotate(-clockwise, expand=True) if clockwise else picture


def _save(image: Image.Image, target: Path) -> None:
    plain = image.convert("RGBA" if image.mode in ("RGBA", "LA", "PA", "P") else "RGB")
    plain.thumbnail(SIZE)
    partial = target.with_name(f".{target.name}.{os.getpid()}.{threading.get_ident()}")
    plain.save(partial, "WEBP", quality=_QUALITY)
    partial.replace(target)
