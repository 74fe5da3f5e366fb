"""Caption styles of the artist's own that jobs of a queue file name: they go along, and are kept where they arrive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Problem, VqError
from video_queue.domain.media.captions import CaptionStyle
from video_queue.domain.moving import MovedJob, QueueFile
from video_queue.domain.submission import texts_in
from video_queue.domain.workflow import WorkflowDefinition
from video_queue.media.text.styles import FONT_SUFFIXES, find_style, is_font_file, style_file
from video_queue.services.caption_styles import CaptionStyles
from video_queue.services.moving.places import Places
from video_queue.services.submission.style_checks import CAPTION_STYLES
from video_queue.system.files.durable import copy_file

_PHASE = "media.captions"


def styles_named(
    jobs: Sequence[MovedJob], definitions: Mapping[str, WorkflowDefinition], folder: Path
) -> tuple[dict[str, CaptionStyle], list[Problem]]:
    """(the styles in `folder` that these jobs name, problems with files that are none)."""
    names = {name for job in jobs for name in _names(job, definitions[job.workflow_hash])}
    styles, problems = {}, []
    for name in sorted(names):
        if style_file(name, folder) is not None:
            try:
                styles[name] = find_style(name, folder)
            except VqError as error:
                problems.append(error.problem(("styles", name)))
    return styles, problems


def font_files(styles: Mapping[str, CaptionStyle]) -> list[str]:
    """The fonts that styles name by their files."""
    return [style.font for style in styles.values() if is_font_file(style.font)]


def arriving_styles(
    queue: QueueFile, places: Places, here: CaptionStyles
) -> tuple[dict[str, CaptionStyle], list[Problem]]:
    """(styles that are not here yet, with their fonts as they are here; warnings of those that are others here)."""
    known, new, warnings = {style.name: style for style in here.list()}, {}, []
    for name, style in queue.styles.items():
        if name not in known:
            font = places.here(style.font) if is_font_file(style.font) else style.font
            new[name] = style.model_copy(update={"font": font})
        elif (own := known[name].style) is None or _without_folder(own) != _without_folder(style):
            warnings.append(problem("validation.moved_style", ("styles", name), name=name))
    return new, warnings


def keep_styles(styles: Mapping[str, CaptionStyle], here: CaptionStyles, packed: Path) -> list[Path]:
    """Write styles that are new here; a font that was packed is kept beside its style. The files that were written.

    Raises:
        VqError: validation.caption_style_name, disk_full; nothing is left then.
    """
    written: list[Path] = []
    try:
        for name, style in styles.items():
            here.require_name(name)
            font = Path(style.font)
            if style.font and font.is_relative_to(packed) and font.suffix.lower() in FONT_SUFFIXES:
                target = here.folder / font.name
                here.folder.mkdir(parents=True, exist_ok=True)
                if target.exists() and target.read_bytes() != font.read_bytes():
                    target = here.folder / f"{name} {font.name}"
                if not target.exists():
                    copy_file(font, target)
                    written.append(target)
                style = style.model_copy(update={"font": target.name})
            here.put(name, style)
            written.append(here.folder / f"{name}.yaml")
    except BaseException:
        remove_styles(written)
        raise
    return written


def remove_styles(written: Sequence[Path]) -> None:
    """Take back what `keep_styles` wrote."""
    for path in written:
        path.unlink(missing_ok=True)


def _names(job: MovedJob, definition: WorkflowDefinition) -> Iterator[str]:
    """Every text of a job that can name a style."""
    chosen = {
        name
        for name, parameter in definition.parameters.items()
        if parameter.options_source == CAPTION_STYLES
    }
    own = job.submission
    values: list[Any] = [job.params, own.params, own.sweep, *own.rows, *(p.plan.values for p in job.prompts)]
    yield from texts_in([some[name] for some in values for name in chosen & some.keys()])
    yield from texts_in([phase.with_.get("style") for phase in definition.phases if phase.uses == _PHASE])


def _without_folder(style: CaptionStyle) -> CaptionStyle:
    """A style without the folder of its font, which is another on each machine."""
    name = PurePath(style.font.replace("\\", "/")).name
    return style.model_copy(update={"font": name}) if is_font_file(style.font) else style
