"""Captions drawn into the picture with libass, by way of ffmpeg's `ass` filter."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from video_queue.domain.catalogue import fail
from video_queue.domain.media.captions import CaptionStyle
from video_queue.media.clips.rewrite import Rewrite, Rewritten, rewrite, target_for
from video_queue.media.facts import MediaFacts
from video_queue.media.ffmpeg_binary import has_filter
from video_queue.media.phase_run import PhaseRun
from video_queue.media.text.ass import Canvas, ass_script, font_pixels
from video_queue.media.text.cues import Cue, Layout
from video_queue.media.text.fonts import FONT_FOLDER, Drawn, bring_font, remove_fonts, try_fonts
from video_queue.system.processes.cancellation import in_thread

_SCRIPT = "captions.ass"
_MEAN_LETTER = 0.52  # of the font's height
_WIDER = 1.2  # bold letters, and capitals
_TEXT_WIDTH = 0.9  # of the picture's
_WHITE = {"smpte2084": 0.58, "arib-std-b67": 0.75}  # the signal of white in HDR, 203 nits by BT.2408


@dataclass(frozen=True, slots=True)
class Drawing:
    """How captions are drawn, for one clip."""

    style: CaptionStyle
    family: str
    canvas: Canvas


async def drawing_for(run: PhaseRun, facts: MediaFacts, style: CaptionStyle) -> Drawing:
    """What `style` is on that clip, its font at hand.

    Raises:
        VqError: media_failed (no libass), input_missing, input_unreadable (a font file).
    """
    _require_libass(run)
    family = await in_thread(lambda _stop: bring_font(run, style.font))
    return Drawing(style, family, canvas_of(facts))


def canvas_of(facts: MediaFacts) -> Canvas:
    """The clip as shown, with square pixels; of sound alone a usual one."""
    if facts.width is None or facts.height is None:
        return Canvas(1920, 1080)
    width = round(facts.width * float(facts.sar))
    return Canvas(width, facts.height, _WHITE.get(facts.colour.transfer or "", 1.0))


def layout_on(canvas: Canvas, style: CaptionStyle, layout: Layout) -> Layout:
    """As many characters to a line as `layout` says, or as have room in the picture."""
    letter = font_pixels(style, canvas) * _MEAN_LETTER * _WIDER ** (style.bold + style.uppercase)
    room = int(canvas.width * _TEXT_WIDTH / letter)
    return replace(layout, max_chars=max(5, min(layout.max_chars, room)))


async def burn_cues(
    run: PhaseRun, facts: MediaFacts, cues: Sequence[Cue], drawing: Drawing, *, lossless: bool
) -> tuple[Rewritten, list[Cue], str, list[str]]:
    """The clip with captions, those as they were drawn, the fonts used, and what the artist should know.

    Raises:
        VqError: media_failed (a font or letters are missing), input_unreadable, bad_output, disk_full, stalled.
    """
    script = await in_thread(lambda _stop: _script(cues, drawing))
    drawn = await try_fonts(run, script)
    warnings = _require_letters(drawn, drawing.family)
    shown = [_without(cue, drawn.missing) for cue in cues]
    script = await in_thread(lambda _stop: _script(shown, drawing)) if drawn.missing else script
    return await _burn(run, facts, script, lossless=lossless), shown, drawn.names, warnings


async def burn_script(
    run: PhaseRun, facts: MediaFacts, script: str, *, lossless: bool
) -> tuple[Rewritten, str, list[str]]:
    """The clip with a script of ASS as it is, the fonts used, and what the artist should know.

    Raises:
        VqError: media_failed (a font or letters are missing), input_unreadable, bad_output, disk_full, stalled.
    """
    _require_libass(run)
    await in_thread(lambda _stop: bring_font(run, ""))
    drawn = await try_fonts(run, script)
    warnings = _require_letters(drawn, drawn.names)
    return await _burn(run, facts, script, lossless=lossless), drawn.names, warnings


async def _burn(run: PhaseRun, facts: MediaFacts, script: str, *, lossless: bool) -> Rewritten:
    (run.work_dir / _SCRIPT).write_text(script, encoding="utf-8")
    canvas = canvas_of(facts)
    options = [f"ass={_SCRIPT}", f"fontsdir={FONT_FOLDER}", f"original_size={canvas.width}x{canvas.height}"]
    options += ["alpha=1"] if facts.alpha else []
    target = await target_for(run, facts, lossless=lossless)
    clip = await rewrite(run, facts, target, Rewrite(facts.frames or 0, [":".join(options)]))
    (run.work_dir / _SCRIPT).unlink()
    remove_fonts(run)
    return clip


def _script(cues: Sequence[Cue], drawing: Drawing) -> str:
    return ass_script(cues, drawing.style, drawing.family, drawing.canvas)


def _require_libass(run: PhaseRun) -> None:
    if not has_filter(run.ffmpeg, "ass"):
        detail = "this ffmpeg has no libass; set ffmpeg to a build that has it, or use mode soft or file"
        raise fail("media_failed.step", phase=run.phase_name, detail=detail)


def _require_letters(drawn: Drawn, font: str) -> list[str]:
    """Raise for letters that no font has; a warning for signs, which are left out."""
    letters = "".join(sorted(sign for sign in drawn.missing if unicodedata.category(sign)[0] in "LMNP"))
    if letters:
        raise fail("media_failed.no_glyphs", font=font, letters=letters[:40])
    if not drawn.missing:
        return []
    signs = " ".join(sorted(drawn.missing)[:40])
    return [f"no font here has {signs}; name one that has, as font of the style. They were left out"]


def _without(cue: Cue, missing: set[str]) -> Cue:
    if not missing & set(cue.text):
        return cue
    lines = (
        tuple(
            replace(piece, text="".join(sign for sign in piece.text if sign not in missing)) for piece in line
        )
        for line in cue.lines
    )
    kept = (tuple(piece for piece in line if piece.text) for line in lines)
    return replace(cue, lines=tuple(line for line in kept if line))
