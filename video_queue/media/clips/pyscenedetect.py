"""Cuts as PySceneDetect finds them: another opinion, from the extra `scenes`."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from video_queue.domain.catalogue import fail
from video_queue.media.reading import raise_if_stopped

_THRESHOLDS = {"content": 27.0, "adaptive": 3.0, "threshold": 12.0}


def detect(path: Path, method: str, threshold: float | None, stop: threading.Event) -> dict[int, float]:
    """The first frame of each new scene, with the threshold it passed: PySceneDetect's cuts have no score.

    Raises:
        VqError: media_failed.no_extra.
    """
    try:
        import scenedetect
        from scenedetect import detectors
    except ImportError:
        raise fail("media_failed.no_extra", what="engine: scenedetect", extra="scenes") from None
    level = threshold or _THRESHOLDS[method]
    kinds: dict[str, Any] = {
        "content": lambda: detectors.ContentDetector(threshold=level, min_scene_len=1),
        "adaptive": lambda: detectors.AdaptiveDetector(adaptive_threshold=level, min_scene_len=1),
        "threshold": lambda: detectors.ThresholdDetector(threshold=level, min_scene_len=1),
    }
    search = scenedetect.SceneManager()
    search.auto_downscale = True
    search.add_detector(kinds[method]())
    ended = threading.Event()
    watch = threading.Thread(target=_stop_with, args=(search, stop, ended), daemon=True)
    watch.start()
    try:
        search.detect_scenes(scenedetect.open_video(str(path), backend="pyav"))
    finally:
        ended.set()
    raise_if_stopped(stop)
    return {start.frame_num: level for start, _ in search.get_scene_list()[1:]}


def _stop_with(search: Any, stop: threading.Event, ended: threading.Event) -> None:
    while not ended.wait(0.2):
        if stop.is_set():
            search.stop()
            return
