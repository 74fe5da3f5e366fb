"""Whether a media file is whole: its container says so, it opens as its kind, and its last pictures can be decoded."""

from __future__ import annotations

from pathlib import Path

from video_queue.domain.errors import VqError
from video_queue.media.facts import probe_header
from video_queue.media.pictures import PICTURE_SUFFIXES, load_picture
from video_queue.media.reading import open_media, video_stream
from video_queue.media.whole_file import missing_part


def unreadable_part(path: Path, kind: str) -> str | None:
    """Why a file cannot be read to its end as `kind`, in words; None if it can."""
    try:
        return missing_part(path) or undecodable_part(path, kind)
    except OSError as error:
        return error.strerror or str(error)


def undecodable_part(path: Path, kind: str) -> str | None:
    """The same for a file that is whole by its container's account, which is a hundred times quicker to read."""
    try:
        probe_header(path, kind)
        if path.suffix.lower() in PICTURE_SUFFIXES:
            load_picture(path).close()
            return None
        return _undecodable_end(path)
    except VqError as error:
        return error.message
    except OSError as error:
        return error.strerror or str(error)


def _undecodable_end(path: Path) -> str | None:
    """Decode from the last key frame on: a copy whose end is still zeros has no picture there."""
    from av.error import FFmpegError  # here: loaded with the first file

    with open_media(path) as container:
        stream = video_stream(container)
        if stream is None:
            return None
        if container.duration:
            try:
                container.seek(container.duration + (container.start_time or 0))
            except FFmpegError:  # some formats cannot be searched; they are read from the beginning
                container.seek(0)
        for packet in container.demux(stream):
            try:
                if packet.decode():
                    return None
            except FFmpegError:
                continue
    return "no picture can be decoded at its end"
