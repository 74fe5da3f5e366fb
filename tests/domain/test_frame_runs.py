"""Numbered pictures of a render as one clip."""

from __future__ import annotations

from video_queue.domain.frame_runs import folded, run_of
from video_queue.domain.views import Artifact


def picture(number: int, name: str, *, prompt: int = 1, width: int = 64) -> Artifact:
    return Artifact(
        id=number, job_id=1, prompt_id=prompt, phase="frames", kind="image", role="output",
        name=name, path=f"/out/{name}", bytes=9, width=width, height=36,
    )  # fmt: skip


def test_ten_numbered_pictures_are_a_clip_and_nine_are_pictures() -> None:
    frames = [picture(at, f"a_{at:04d}.png") for at in range(1, 11)]
    few = [picture(20 + at, f"b_{at}.png") for at in range(9)]
    items = folded([*frames, *few])
    assert [(item.id, item.run) for item in items] == [(1, 10), *((20 + at, None) for at in range(9))]
    assert run_of(frames[4], [*frames, *few]) == frames
    assert run_of(few[0], [*frames, *few]) == []


def test_another_render_another_size_or_another_name_is_another_clip() -> None:
    first = [picture(at, f"a_{at}.png") for at in range(12)]
    other = [picture(100 + at, f"a_{at}.png", prompt=2) for at in range(12)]
    wide = [picture(200 + at, f"a_{at}.png", width=128) for at in range(12)]
    mask = picture(300, "mask.png")
    assert [item.id for item in folded([*first, mask, *other, *wide])] == [0, 300, 100, 200]
