"""The artist's caption styles: files of `home/caption_styles`, which the queue writes as YAML."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from video_queue.domain.catalogue import did_you_mean, fail
from video_queue.domain.media.captions import STYLES, CaptionStyle, NamedStyle
from video_queue.media.text.styles import (
    font_path,
    is_font_file,
    named_styles,
    read_style,
    style_file,
    style_names,
)
from video_queue.outputs.whole_file import write_whole
from video_queue.services.asker import PathGuard
from video_queue.system.files.names import safe_file_name
from video_queue.system.files.safe_join import safe_join

_NAME_LIMIT = 100


class CaptionStyles:
    """The styles of one home. Safe in any thread; of two writes to one style the later stays, whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def names(self) -> list[str]:
        """The names that can be chosen."""
        return style_names(self.folder)

    def list(self) -> list[NamedStyle]:
        """Those of vq and the artist's own, with what is wrong with files that cannot be read."""
        return named_styles(self.folder)

    def get(self, name: str) -> NamedStyle:
        """One style.

        Raises:
            VqError: not_found.caption_style.
        """
        match = next((style for style in self.list() if style.name == name), None)
        if match is None:
            raise fail("not_found.caption_style", name=name, near=did_you_mean(name, self.names()))
        return match

    def put(self, name: str, style: CaptionStyle, guard: PathGuard | None = None) -> NamedStyle:
        """Keep a style, in place of one of the same name; only what differs from plain is written.

        Raises:
            VqError: validation.caption_style_name, path_not_allowed (the file of its font), disk_full.
        """
        self.require_name(name)
        if guard and is_font_file(style.font):
            guard(font_path(style.font, self.folder))
        path = style_file(name, self.folder) or safe_join(self.folder, f"{name}.yaml")
        values = style.model_dump(exclude_defaults=True)
        as_json = path.suffix == ".json"
        text = (
            json.dumps(values, indent=1)
            if as_json
            else yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
        )
        write_whole(path, text.rstrip() + "\n", replace=True)
        return NamedStyle(name=name, own=True, style=read_style(path))

    def require_name(self, name: str) -> None:
        """Check that an own style can have this name.

        Raises:
            VqError: validation.caption_style_name.
        """
        if not name or name in STYLES or safe_file_name(name, limit=_NAME_LIMIT) != name:
            shown = name.encode(errors="replace").decode()[:_NAME_LIMIT]
            raise fail("validation.caption_style_name", name=shown, taken=", ".join(STYLES))

    def delete(self, name: str) -> None:
        """Remove an own style.

        Raises:
            VqError: not_found.caption_style.
        """
        path = style_file(name, self.folder)
        if path is None:
            raise fail("not_found.caption_style", name=name, near="")
        path.unlink(missing_ok=True)
