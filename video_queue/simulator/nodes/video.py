"""Nodes that really read and write video and sound, with PyAV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from numpy.typing import NDArray
from PIL import Image

from video_queue.simulator.folders import Folders, SavePlace
from video_queue.simulator.nodes.definition import Input, NodeClass, NodeContext, NodeResult, number
from video_queue.simulator.nodes.images import Images, file_problem
from video_queue.simulator.nodes.saving import PREFIX_TIP, place_for, saved_file
from video_queue.simulator.nodes.video_choices import FORMAT_CHOICES, HIDDEN_CODEC


@dataclass(frozen=True)
class Sound:
    """One clip's sound: float samples, channels x count, between -1 and 1."""

    samples: NDArray[np.float32]
    rate: int


@dataclass(frozen=True)
class Clip:
    """A VIDEO value: a file not yet decoded, or pictures with a frame rate and perhaps sound."""

    path: Path | None = None
    images: Images = field(default_factory=list)
    fps: float = 0.0
    sound: Sound | None = None


_CHUNK = 1024  # samples


def read_clip(path: Path) -> Clip:
    """All pictures and the sound of a file. Raises av.FFmpegError when it cannot be read."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = float(stream.average_rate or stream.guessed_rate or 24)
        images = [Image.fromarray(frame.to_ndarray(format="rgb24")) for frame in container.decode(stream)]
    return Clip(None, images, rate, _read_sound(path))


def _read_sound(path: Path) -> Sound | None:
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return None
        stream = container.streams.audio[0]
        resampler = AudioResampler(format="fltp", layout=stream.layout.name, rate=stream.rate)
        parts = [out.to_ndarray() for f in container.decode(stream) for out in resampler.resample(f)]
    if not parts:
        return None
    return Sound(np.concatenate(parts, axis=1).astype(np.float32), stream.rate)


def write_clip(path: Path, clip: Clip, codec: str, options: Mapping[str, str], audio_codec: str) -> None:
    """Encode a clip into the container that the path's suffix names."""
    rate = Fraction(clip.fps).limit_denominator(100000)
    width, height = (side - side % 2 for side in clip.images[0].size)
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=rate, options=dict(options))
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        voice = container.add_stream(audio_codec, rate=clip.sound.rate) if clip.sound else None
        for picture in clip.images:
            pixels = np.asarray(picture.crop((0, 0, width, height)), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if clip.sound and isinstance(voice, AudioStream):
            for chunk in _sound_frames(clip.sound):
                container.mux(voice.encode(chunk))
            container.mux(voice.encode(None))


def _sound_frames(sound: Sound) -> Iterator[av.AudioFrame]:
    layout = "mono" if sound.samples.shape[0] == 1 else "stereo"
    samples = np.ascontiguousarray(sound.samples[:2])
    for start in range(0, samples.shape[1], _CHUNK):
        chunk = np.ascontiguousarray(samples[:, start : start + _CHUNK])
        frame = av.AudioFrame.from_ndarray(chunk, format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = sound.rate, start, Fraction(1, sound.rate)
        yield frame


def load_video(context: NodeContext, file: str) -> NodeResult:
    return NodeResult((Clip(context.folders.annotated(file)),))


def get_video_components(_: NodeContext, video: Clip) -> NodeResult:
    clip = read_clip(video.path) if video.path else video
    return NodeResult((clip.images, clip.sound, clip.fps, 8, "sRGB"))


def create_video(
    _: NodeContext, images: Images, fps: float, audio: Sound | None = None, bit_depth: int = 8
) -> NodeResult:
    del bit_depth
    return NodeResult((Clip(None, images, fps, audio),))


def save_video(
    context: NodeContext, video: Clip, filename_prefix: str, codec: str = "auto", **choices: Any
) -> NodeResult:
    container = str(choices["format"])
    if not context.dialect.checks_combo and codec not in ("auto", "h264"):
        raise ValueError("Only H264 codec is supported for now")
    clip = read_clip(video.path) if video.path else video
    if context.output_fault == "empty_outputs":
        return NodeResult((video,), {"images": [], "animated": [True]})
    suffix = "mp4" if container == "auto" else container
    place = place_for(context, filename_prefix, clip.images[0].size)
    name = f"{place.stem}_{place.counter:05}_.{suffix}"
    if suffix == "webm":
        write_clip(
            place.folder / name, clip, "libvpx-vp9", {"crf": "36", "b": "0", "cpu-used": "8"}, "libopus"
        )
    else:
        write_clip(place.folder / name, clip, "libx264", {"crf": "20", "preset": "veryfast"}, "aac")
    return _animated((video,), name, place)


def save_webm(
    context: NodeContext, images: Images, filename_prefix: str, codec: str, fps: float, crf: float
) -> NodeResult:
    del codec
    place = place_for(context, filename_prefix, images[0].size)
    name = f"{place.stem}_{place.counter:05}_.webm"
    options = {"crf": str(int(crf)), "b": "0", "cpu-used": "8", "deadline": "realtime"}
    write_clip(place.folder / name, Clip(None, images, fps), "libvpx-vp9", options, "libopus")
    return _animated((images,), name, place)


def save_audio(context: NodeContext, audio: Sound, filename_prefix: str) -> NodeResult:
    place = place_for(context, filename_prefix, (0, 0))
    tail = "" if context.dialect.jobs_api else "_"
    name = f"{place.stem}_{place.counter:05}{tail}.flac"
    with av.open(str(place.folder / name), "w") as container:
        stream = container.add_stream("flac", rate=audio.rate)
        assert isinstance(stream, AudioStream)
        resampler = AudioResampler(format="s16", layout="mono" if audio.samples.shape[0] == 1 else "stereo")
        for frame in _sound_frames(audio):
            for ready in resampler.resample(frame):
                container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return NodeResult((audio,), {"audio": [saved_file(name, place, "output")]})


def _animated(slots: tuple[Any, ...], name: str, place: SavePlace) -> NodeResult:
    return NodeResult(slots, {"images": [saved_file(name, place, "output")], "animated": [True]})


def _check_video(folders: Folders, values: Mapping[str, Any]) -> tuple[str, str] | None:
    problem = file_problem(folders, values.get("file"), "video")
    return ("file", problem) if problem else None


def _video_stamp(folders: Folders, values: Mapping[str, Any]) -> str:
    status = folders.annotated(values["file"]).stat()
    return f"{status.st_mtime_ns}-{status.st_size}"


_MODULE = "comfy_extras.nodes_video"
_PREFIX = Input("STRING", {"tooltip": PREFIX_TIP, "default": "video/ComfyUI", "multiline": False})
_PLAIN_PREFIX = Input("STRING", {"default": "ComfyUI", "multiline": False})

# fmt: off
VIDEO_NODES = (
    NodeClass(
        "LoadVideo", "Load Video", "video", load_video,
        {"file": Input("COMBO", {"video_upload": True}, choices="videos", combo=True)},
        (("VIDEO", "VIDEO"),),
        module=_MODULE, recent=True, check=_check_video, fingerprint=_video_stamp,
    ),
    NodeClass(
        "GetVideoComponents", "Get Video Components", "video", get_video_components,
        {"video": Input("VIDEO", {"tooltip": "The clip to take apart."})},
        (("IMAGE", "images"), ("AUDIO", "audio"), ("FLOAT", "fps"), ("INT", "bit_depth"), ("COMBO", "color_space")),
        module=_MODULE, recent=True, description="Takes a clip apart into pictures, sound and frame rate.",
    ),
    NodeClass(
        "CreateVideo", "Create Video", "video", create_video,
        {
            "images": Input("IMAGE", {"tooltip": "The pictures, in order."}),
            "fps": number(30.0, 1.0, 120.0, 1.0),
        },
        (("VIDEO", "VIDEO"),),
        optional={
            "audio": Input("AUDIO", {"tooltip": "The sound to put under them."}),
            "bit_depth": Input(
                "INT",
                {"tooltip": "8 is all it does.", "default": 8, "min": 8, "max": 10, "step": 2, "display": "number"},
            ),
        },
        module=_MODULE, recent=True, description="Puts pictures, and perhaps sound, together into a clip.",
    ),
    NodeClass(
        "SaveVideo", "Save Video", "video", save_video,
        {
            "video": Input("VIDEO", {"tooltip": "The clip to save."}),
            "filename_prefix": _PREFIX,
            "format": Input("COMFY_DYNAMICCOMBO_V3", FORMAT_CHOICES),
        },
        (("VIDEO", "video"),),
        optional={"codec": Input("COMFY_DYNAMICCOMBO_V3", HIDDEN_CODEC)},
        output_node=True, module=_MODULE, recent=True, description="Writes the clip into the output folder.",
    ),
    NodeClass(
        "SaveWEBM", "Save WEBM", "video", save_webm,
        {
            "images": Input("IMAGE", {"tooltip": "The pictures, in order."}),
            "filename_prefix": _PLAIN_PREFIX,
            "codec": Input("COMBO", choices=("vp9", "av1"), combo=True),
            "fps": number(24.0, 0.01, 1000.0, 0.01),
            "crf": number(32.0, 0, 63.0, 1, tooltip="Higher is smaller and coarser."),
        },
        (("IMAGE", "images"),),
        output_node=True, module=_MODULE, recent=True,
    ),
    NodeClass(
        "SaveAudio", "Save Audio (FLAC)", "audio", save_audio,
        {
            "audio": Input("AUDIO", {}),
            "filename_prefix": Input("STRING", {"default": "audio/ComfyUI", "multiline": False}),
        },
        (("AUDIO", "audio"),),
        output_node=True, module="comfy_extras.nodes_audio", recent=True,
    ),
)
# fmt: on
