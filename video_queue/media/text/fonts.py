"""The font of captions: the one that is named, or the one that comes with vq; and proof that it can write them.

libass takes another font in silence where one is missing, and draws boxes for what no font has. So one frame with every
character is drawn first, which takes a tenth of a second, and what libass says of it is read.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.media.ffmpeg import run_ffmpeg
from video_queue.media.phase_run import PhaseRun
from video_queue.media.text.ass import NO_FONT, probe_script
from video_queue.media.text.styles import is_font_file
from video_queue.media.unreadable import require_regular, unreadable
from video_queue.system.processes.cancellation import in_thread

FONT_FOLDER = "fonts"
_OWN = Path(__file__).parent / "bundled_fonts" / "DejaVuSans.ttf"
_OWN_FAMILY = "DejaVu Sans"
_SELECTED = re.compile(r"fontselect: \((.*), \d+, -?\d+\) -> (.*), -?\d+, (\S+)")
_NO_GLYPH = re.compile(
    r"failed to find any fallback with glyph 0x([0-9A-Fa-f]+) for font: \((.*), \d+, -?\d+\)"
)
_PROBE = "probe.ass"


@dataclass(slots=True)
class Drawn:
    """What libass used: the fonts by the family that was asked for, and the characters that none has."""

    fonts: dict[str, list[str]] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    @property
    def names(self) -> str:
        """The fonts that were used, the main one first."""
        return ", ".join(dict.fromkeys(name for names in self.fonts.values() for name in names))


def family_of(font: str) -> str:
    """The family that a style's font stands for: its name, that of its file, or that of the font of vq.

    Raises:
        VqError: input_missing, input_unreadable (a font file).
    """
    if not is_font_file(font):
        return font.strip() or _OWN_FAMILY
    path = Path(font)
    require_regular(path)
    if names := _names_in(path):
        return names[0]
    raise unreadable(path, "a font", "it is no TrueType or OpenType file")


def bring_font(run: PhaseRun, font: str) -> str:
    """The family to ask libass for; the font of vq, and one that is named by its file, lie in the phase's folder.

    Raises:
        VqError: input_missing, input_unreadable (a font file).
    """
    family = family_of(font)
    folder = run.work_dir / FONT_FOLDER
    folder.mkdir(exist_ok=True)
    shutil.copyfile(_OWN, folder / _OWN.name)
    if is_font_file(font):
        shutil.copyfile(font, folder / f"named{Path(font).suffix.lower()}")
    return family


async def try_fonts(run: PhaseRun, script: str) -> Drawn:
    """What libass makes of every character of a script of ASS.

    Raises:
        VqError: media_failed.no_font, where it took another font than the script names; media_failed, stalled.
    """
    drawn = Drawn()

    def read(line: str) -> None:
        run.log(line)
        if match := _SELECTED.search(line):
            drawn.fonts.setdefault(match[1], []).append(match[3])
            drawn.files.setdefault(match[1], Path(match[2]))
        elif (match := _NO_GLYPH.search(line)) and int(match[1], 16):
            drawn.missing.add(chr(int(match[1], 16)))
        elif match:
            drawn.fonts.setdefault(match[2], [])

    probe = await in_thread(lambda _stop: probe_script(script))
    (run.work_dir / _PROBE).write_text(probe, encoding="utf-8")
    command = [
        "-loglevel", "level+verbose", "-f", "lavfi", "-i", "color=s=320x180:r=1:d=1",
        "-filter:v", f"ass={_PROBE}:fontsdir={FONT_FOLDER}", "-frames:v", "1", "-f", "null", "-",
    ]  # fmt: skip
    await run_ffmpeg(replace(run, log=read, report=lambda *_: None), command)
    (run.work_dir / _PROBE).unlink()
    _require_fonts(drawn)
    return drawn


def remove_fonts(run: PhaseRun) -> None:
    """Delete the fonts of the phase's folder."""
    shutil.rmtree(run.work_dir / FONT_FOLDER, ignore_errors=True)


def _require_fonts(drawn: Drawn) -> None:
    """Raise unless each family that was asked for is the one that was used.

    A name in another script cannot be compared: it is there unless it got what every missing font gets.
    """
    instead = drawn.fonts.pop(NO_FONT, [])
    for family, names in drawn.fonts.items():
        path = drawn.files.get(family)
        known = [*names[:1], *(_names_in(path) if path is not None and path.is_file() else [])]
        is_there = any(_plain(name).startswith(_plain(family)) for name in known)
        is_other = not family.isascii() and bool(names) and names[:1] != instead[:1]
        if not is_there and not is_other:
            raise fail("media_failed.no_font", font=family)


def _names_in(path: Path) -> list[str]:
    """The family of a font file, and the family with its style; nothing where it is no font."""
    from PIL import ImageFont

    try:
        family, style = ImageFont.truetype(str(path), 12).getname()
    except (OSError, ValueError):
        return []
    return [family, f"{family} {style}"] if family else []


def _plain(name: str) -> str:
    """A name as it is compared: `Noto Sans CJK JP` and `NotoSansCJKjp-Regular` begin alike."""
    return re.sub(r"[\W_]", "", name).casefold()
