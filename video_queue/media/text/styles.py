"""Caption styles by name: those of vq, and the artist's own as files `home/caption_styles/NAME.yaml` (or .yml, .json).

A font that an own style names as a file may lie beside it.
"""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import ValidationError

from video_queue.domain.catalogue import fail
from video_queue.domain.errors import VqError
from video_queue.domain.media.captions import STYLES, CaptionStyle, NamedStyle
from video_queue.system.files.safe_join import safe_join

SUFFIXES = (".yaml", ".yml", ".json")
_MOST_BYTES = 64_000
FONT_SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")


def is_font_file(font: str) -> bool:
    """Whether a font is named by its file rather than by its family."""
    return font.lower().endswith(FONT_SUFFIXES) or "/" in font or "\\" in font


def style_names(folder: Path | None) -> list[str]:
    """The styles that can be named: those of vq, then the artist's own by name."""
    own = sorted((path.stem for path in _files(folder)), key=str.casefold)
    return [*STYLES, *(name for name in dict.fromkeys(own) if name not in STYLES)]


def named_styles(folder: Path | None) -> list[NamedStyle]:
    """Every style there is; of a file that is none what is wrong with it."""
    own = [_described(path) for path in sorted(_files(folder), key=lambda path: path.name.casefold())]
    return [NamedStyle(name=name, own=False, style=style) for name, style in STYLES.items()] + own


def style_file(name: str, folder: Path | None) -> Path | None:
    """The file of an own style; None where there is none."""
    return next((path for path in _files(folder) if path.stem == name and name not in STYLES), None)


def find_style(name: str, folder: Path | None) -> CaptionStyle:
    """The style of that name.

    Raises:
        VqError: media_failed.no_style, media_failed.bad_style.
    """
    if name in STYLES:
        return STYLES[name]
    path = style_file(name, folder)
    if path is None:
        raise fail("media_failed.no_style", name=name, known=", ".join(style_names(folder)))
    return read_style(path)


def read_style(path: Path) -> CaptionStyle:
    """The style that a file holds.

    Raises:
        VqError: media_failed.bad_style.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise _bad(path, "it is too large")
        values = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        if not isinstance(values, dict):
            raise _bad(path, "it should hold keys and values, such as size: 6")
        style = CaptionStyle.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _bad(path, f"{where}: {first['msg']}") from None
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise _bad(path, f"{line}{error.problem}") from None
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise _bad(path, " ".join(str(error).split())[:200]) from None
    except OSError as error:
        raise _bad(path, error.strerror or str(error)) from None
    if is_font_file(style.font):
        style = style.model_copy(update={"font": str(font_path(style.font, path.parent))})
    return style


def font_path(font: str, folder: Path) -> Path:
    """The file that a style in `folder` names as its font: a whole path, or a name of a file beside the style.

    Raises:
        VqError: path_not_allowed.name for a name that leads out of the folder.
    """
    return Path(font) if Path(font).is_absolute() else safe_join(folder, font, may_link=True)


def _files(folder: Path | None) -> list[Path]:
    """The files of a folder that can be styles."""
    if folder is None:
        return []
    try:
        return [
            path for path in folder.iterdir() if path.suffix in SUFFIXES and not path.name.startswith(".")
        ]
    except OSError:
        return []


def _described(path: Path) -> NamedStyle:
    if path.stem in STYLES:
        detail = f"{path.stem} is a style of vq: give {path.name} another name"
        return NamedStyle(name=path.stem, own=True, problem=detail)
    try:
        return NamedStyle(name=path.stem, own=True, style=read_style(path))
    except VqError as error:
        return NamedStyle(name=path.stem, own=True, problem=error.message)


def _bad(path: Path, detail: str) -> VqError:
    return fail("media_failed.bad_style", path=str(path), detail=detail)
