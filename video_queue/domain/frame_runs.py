"""Which pictures of a render are frames of one clip: numbered, of one name and one size, and enough of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from video_queue.domain.views import Artifact, JobOutput

# So many are frames of a clip; fewer are pictures.
_FRAMES = 10
_NUMBERED = re.compile(r"^(.*?)\d+(\.[^.]+)$")
_Key = tuple[int, str, str, int | None, int | None]


def run_of(artifact: Artifact, pictures: Sequence[Artifact]) -> list[Artifact]:
    """Those of `pictures` that are frames of one clip with `artifact`; empty where it stands for itself."""
    key = _key(artifact)
    run = [picture for picture in pictures if key is not None and _key(picture) == key]
    return run if len(run) >= _FRAMES else []


def folded(outputs: Sequence[Artifact]) -> list[JobOutput]:
    """The outputs in order, the frames of a clip as its first one with `run`: how many there are."""
    keys = [_key(output) for output in outputs]
    sizes = Counter(keys)
    seen: set[_Key] = set()
    items = []
    for output, key in zip(outputs, keys, strict=True):
        is_frame = key is not None and sizes[key] >= _FRAMES
        if not is_frame or key not in seen:
            items.append(JobOutput(**output.model_dump(), run=sizes[key] if is_frame else None))
        if key is not None:
            seen.add(key)
    return items


def _key(artifact: Artifact) -> _Key | None:
    match = _NUMBERED.match(artifact.name) if artifact.kind == "image" else None
    if match is None or artifact.role != "output":
        return None
    return artifact.prompt_id, match[1], match[2], artifact.width, artifact.height
