"""Made-up histories of phases with known laws: what estimates are tried on besides recorded ones.

Each gives runs in the order in which they would have been made: batches that are alike, as artists submit them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from video_queue.services.run_times import Measures, Run

_SIZES = ((512, 512), (768, 512), (832, 480), (1024, 1024), (1280, 720), (1920, 1080))
_PRESETS = {"web": 1.0, "small": 2.6, "master": 0.6, "archive": 0.9}
_SAMPLERS = {"euler": 1.0, "dpmpp_2m": 1.03, "heun": 1.95}


def _pictures(rng: random.Random) -> Iterator[Run]:
    """Pictures from a diffusion model: text encoding and VAE, then steps that grow with the pixels."""
    for _ in range(24):
        (width, height), steps = rng.choice(_SIZES), rng.choice((12, 20, 30, 40))
        sampler, lora = rng.choice(list(_SAMPLERS)), rng.choice(("none", "ink", "film"))
        pixels = width * height
        for _ in range(rng.choice((1, 2, 4, 8, 12))):
            seconds = 1.2 + 0.8e-6 * pixels + steps * pixels * 2.4e-7 * _SAMPLERS[sampler]
            measures: Measures = {
                "work": pixels, "pixels": pixels, "frames": 1, "steps": steps, "sampler": sampler, "lora": lora,
                "cfg": rng.choice((5, 6, 7)), "files": 1,
            }  # fmt: skip
            yield Run(seconds * rng.lognormvariate(0, 0.03), measures)


def _clips(rng: random.Random) -> Iterator[Run]:
    """Clips from a video model: attention grows faster than the pixels, the decoder grows with them."""
    for _ in range(24):
        (width, height), frames = rng.choice(_SIZES[2:5]), rng.choice((33, 49, 81, 121))
        steps = rng.choice((6, 20, 30))
        tokens = width * height * frames / 1024
        for _ in range(rng.choice((1, 2, 3, 6))):
            seconds = 4 + steps * (2.2e-6 * tokens**1.5 / 10 + 1.5e-4 * tokens / 10) + 2e-4 * tokens
            measures: Measures = {
                "work": width * height * frames, "pixels": width * height, "frames": frames, "steps": steps,
                "files": 1, "shift": rng.choice((3, 5, 8)),
            }  # fmt: skip
            yield Run(seconds * rng.lognormvariate(0, 0.04), measures)


def _encodes(rng: random.Random) -> Iterator[Run]:
    """Clips that are converted: what a pixel costs follows from the preset and a little from the picture."""
    for _ in range(20):
        (width, height), preset = rng.choice(_SIZES[2:]), rng.choice(list(_PRESETS))
        crf, content = rng.choice((18, 20, 23)), rng.lognormvariate(0, 0.15)
        for _ in range(rng.choice((1, 3, 5, 10))):
            seconds = rng.uniform(2, 40)
            frames = round(seconds * 25)
            work = width * height * frames
            measures: Measures = {
                "work": work, "pixels": width * height, "frames": frames, "seconds": seconds, "preset": preset,
                "crf": crf, "files": 1,
            }  # fmt: skip
            time = 0.25 + work * 8e-9 * _PRESETS[preset] * content * 1.03 ** (23 - crf)
            yield Run(time * rng.lognormvariate(0, 0.1), measures)


def _busy(rng: random.Random) -> Iterator[Run]:
    """The same, on a machine on which something else renders for an hour at a time."""
    busy = 1.0
    for number, run in enumerate(_encodes(rng)):
        if number % 17 == 0:
            busy = rng.choice((1.0, 1.0, 1.5))
        yield Run(run.seconds * busy, run.measures)


def _one_setting(rng: random.Random) -> Iterator[Run]:
    """One setting again and again, with seeds."""
    for _ in range(80):
        yield Run(31.0 * rng.lognormvariate(0, 0.05), {"work": 1e6, "steps": 20, "files": 1})


HISTORIES: dict[str, Callable[[random.Random], Iterator[Run]]] = {
    "pictures, steps × pixels": _pictures,
    "clips of a video model": _clips,
    "converted clips": _encodes,
    "converted clips, busy machine": _busy,
    "one setting": _one_setting,
}
