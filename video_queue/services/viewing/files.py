"""The file behind an output, as far as it may be read: no link put in its place. And its name in the cache."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.views import Artifact


def require_readable(path: Path) -> os.stat_result:
    """The status of a regular file that can be read.

    Raises:
        VqError: `not_found.file`.
    """
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise fail("not_found.file", path=str(path))
        path.open("rb").close()
    except OSError:
        raise fail("not_found.file", path=str(path)) from None
    return status


def content_name(artifact: Artifact, status: os.stat_result | None) -> str:
    """A name for what is made of an output: of its content as it was published, or of the file that took its place.

    Without a `status` the file is gone; what was made of it may still be there.

    Raises:
        VqError: `not_found.file` for a file that is gone and whose content is not known.
    """
    if artifact.sha256 and (status is None or status.st_size == artifact.bytes):
        return artifact.sha256[:32]
    if status is None:
        raise fail("not_found.file", path=artifact.path)
    digest = hashlib.sha256(os.fsencode(artifact.path)).hexdigest()[:24]
    return f"{digest}-{status.st_size:x}-{status.st_mtime_ns:x}"
