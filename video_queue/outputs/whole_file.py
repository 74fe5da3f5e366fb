"""A text file written beside others: durable, whole or not at all, and onto another one only where that is wanted."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from video_queue.outputs.publish_method import probe_publish_method, publish_file
from video_queue.system.files.durable import sync_file, sync_folder, writing_to


def write_whole(path: Path, text: str, *, replace: bool) -> None:
    """Write a file, with its folder if need be.

    Raises:
        FileExistsError: the name is in use, and is not to be replaced; nothing was changed.
        VqError: disk_full.write, output_unavailable.folder, bad_output.write.
    """
    folder = path.parent
    partial = folder / f".{path.name}.{secrets.token_hex(4)}.partial"
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_text(text, encoding="utf-8", errors="surrogatepass")
            sync_file(partial)
            if replace:
                partial.replace(path)
            else:
                publish_file(partial, path, probe_publish_method(folder), mark=int(time.time()))
            sync_folder(folder)
        finally:
            partial.unlink(missing_ok=True)
