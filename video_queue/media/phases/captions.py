"""`media.captions`: what is said, as text: drawn into a clip, beside it as a track, or as a file of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from video_queue.domain.catalogue import fail
from video_queue.domain.media.captions import CaptionsParams, CaptionsResult, CaptionStyle
from video_queue.domain.media.speech import SpokenSegment
from video_queue.domain.views import MediaFile
from video_queue.media.checks import error_warnings, frame_times, probe_file, probe_video
from video_queue.media.facts import MediaFacts
from video_queue.media.phase_run import PhaseRun
from video_queue.media.text.ass import ass_script
from video_queue.media.text.besides import subtitles_beside
from video_queue.media.text.cues import (
    Cue,
    Layout,
    cues_from_file,
    cues_from_segments,
    cues_from_words,
    fit_times,
)
from video_queue.media.text.drawing import burn_cues, burn_script, canvas_of, drawing_for, layout_on
from video_queue.media.text.fonts import family_of
from video_queue.media.text.styles import find_style
from video_queue.media.text.subtitles import Subtitles, read_subtitles, read_text, srt, vtt
from video_queue.media.text.tracks import track_container, track_format, with_track
from video_queue.system.files.durable import copy_file
from video_queue.system.processes.cancellation import in_thread

_NOTHING = "there is nothing to caption"


@dataclass(frozen=True, slots=True)
class _Captions:
    """What is to be shown. `script`: a file of ASS that is taken as it is."""

    cues: list[Cue]
    script: str | None = None
    warnings: list[str] = field(default_factory=list)

    @property
    def texts(self) -> list[SpokenSegment]:
        """The captions of the result."""
        return [SpokenSegment(start=cue.start, end=cue.end, text=cue.text) for cue in self.cues]


async def run(params: CaptionsParams, run: PhaseRun) -> CaptionsResult:
    """`source` with its captions, or the captions alone (`mode`).

    Raises:
        VqError: input_missing, input_unreadable (clip or subtitles), media_failed (no such style or font, letters that
            no font has), bad_output, disk_full, stalled.
    """
    subtitles = await in_thread(lambda _stop: _read(params))
    style = await in_thread(lambda _stop: _style(params, run))
    if params.mode == "file":
        return await _file(params, run, subtitles, style)
    facts = await probe_video(params.source)
    layout = Layout(params.max_chars, params.lines)
    if params.mode == "burn":
        layout = layout_on(canvas_of(facts), style, layout)
    seconds = await _end_of_picture(facts, [*subtitles.texts, *params.words, *params.segments])
    captions = await in_thread(lambda _stop: _captions(params, subtitles, layout, seconds))
    if params.mode == "soft" or not captions.cues:
        return await _soft(params, run, facts, captions, style)
    return await _burn(params, run, facts, captions, style)


async def _burn(
    params: CaptionsParams, run: PhaseRun, facts: MediaFacts, captions: _Captions, style: CaptionStyle
) -> CaptionsResult:
    if captions.script is not None:
        clip, fonts, warnings = await burn_script(run, facts, captions.script, lossless=params.lossless)
        result = clip.as_result(CaptionsResult, warnings=[*captions.warnings, *warnings])
        return result.model_copy(update={"cues": captions.texts, "mode": "burn", "font_used": fonts})
    drawing = await drawing_for(run, facts, style)
    clip, cues, fonts, warnings = await burn_cues(
        run, facts, captions.cues, drawing, lossless=params.lossless
    )
    result = clip.as_result(CaptionsResult, warnings=[*captions.warnings, *warnings])
    shown = _Captions(cues).texts
    return result.model_copy(
        update={"cues": shown, "mode": "burn", "font_used": fonts, "style": style.model_dump()}
    )


async def _soft(
    params: CaptionsParams, run: PhaseRun, facts: MediaFacts, captions: _Captions, style: CaptionStyle
) -> CaptionsResult:
    container = track_container(facts, params.format)
    kind = track_format(container, params.format)
    warnings = list(captions.warnings)
    if not captions.cues:
        warnings.append(f"{_NOTHING}; the clip is as it was")
    track = (kind, _written(kind, captions, style, facts)) if captions.cues else None
    clip, errors = await with_track(run, facts, container, track, params.language)
    return CaptionsResult(
        file=clip.as_file(), cues=captions.texts, mode="soft", frame_count=clip.frames or 0,
        duration=clip.duration or 0.0, encoder_used="copy", warnings=[*warnings, *error_warnings(errors)],
    )  # fmt: skip


async def _file(
    params: CaptionsParams, run: PhaseRun, subtitles: Subtitles, style: CaptionStyle
) -> CaptionsResult:
    facts = await probe_file(params.source, count_frames=params.with_clip)
    if facts.kind == "image":
        raise fail("input_unreadable.no_stream", path=params.source, kind="video")
    seconds = facts.duration or (facts.audio.duration if facts.audio else None)
    layout = Layout(params.max_chars, params.lines)
    captions = await in_thread(lambda _stop: _captions(params, subtitles, layout, seconds))
    if not captions.cues and not params.with_clip:
        raise fail("media_failed.step", phase=run.phase_name, detail=_NOTHING)
    files = []
    if params.with_clip:
        clip = run.work_dir / f"clip{facts.path.suffix}"
        await in_thread(lambda _stop: copy_file(facts.path, clip))
        files.append(facts.as_file().model_copy(update={"path": str(clip)}))
    if captions.cues:
        path = run.work_dir / f"captions.{params.format}"
        path.write_text(_written(params.format, captions, style, facts), encoding="utf-8")
        files.append(MediaFile(path=str(path)))
    places = {"files": files} if params.with_clip else {"file": files[0]}
    warnings = (
        captions.warnings if captions.cues else [*captions.warnings, f"{_NOTHING}; the clip is as it was"]
    )
    return CaptionsResult(
        **places, cues=captions.texts, mode="file", duration=seconds or 0.0, warnings=warnings
    )


async def _end_of_picture(facts: MediaFacts, texts: Sequence[SpokenSegment]) -> float | None:
    """When the last frame ends, in seconds; of a picture that begins after the sound only where a text needs it."""
    if facts.duration is None or all(text.end <= facts.duration for text in texts):
        return facts.duration
    return facts.duration + (await frame_times(facts.path)).start


def _read(params: CaptionsParams) -> Subtitles:
    if params.text.strip():
        return read_text(params.text)
    if {"segments", "words"} & params.model_fields_set:
        return Subtitles([])
    path = Path(params.subtitles) if params.subtitles else subtitles_beside(Path(params.source))
    if path is None:
        raise fail(
            "input_missing.subtitles", name=Path(params.source).stem, folder=str(Path(params.source).parent)
        )
    return read_subtitles(path, params.encoding)


def _captions(
    params: CaptionsParams, subtitles: Subtitles, layout: Layout, seconds: float | None
) -> _Captions:
    """What is shown, where it is not a script that is taken as it is, in lines and times that hold."""
    as_it_is = subtitles.ass is not None and params.style is None and _keeps_script(params)
    if subtitles.texts:
        cues = cues_from_file(subtitles.texts, layout)
    elif params.words:
        cues = cues_from_words(params.words, layout)
    else:
        cues = cues_from_segments(params.segments, layout)
    if as_it_is:
        return _Captions(cues, subtitles.ass, subtitles.warnings)
    fitting, warnings = fit_times(cues, seconds, authored=bool(subtitles.texts))
    return _Captions(fitting, warnings=[*subtitles.warnings, *warnings])


def _keeps_script(params: CaptionsParams) -> bool:
    return params.mode == "burn" or params.format == "ass"


def _style(params: CaptionsParams, run: PhaseRun) -> CaptionStyle:
    if isinstance(params.style, CaptionStyle):
        return params.style
    return find_style(params.style or "plain", run.caption_styles)


def _written(kind: str, captions: _Captions, style: CaptionStyle, facts: MediaFacts) -> str:
    if kind == "ass":
        return captions.script or ass_script(captions.cues, style, family_of(style.font), canvas_of(facts))
    return vtt(captions.cues) if kind == "vtt" else srt(captions.cues)
