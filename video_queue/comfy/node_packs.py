"""Which pack of custom nodes a missing class comes from, as far as its name tells.

Facts from the packs' own lists of nodes; the names are those of their repositories, as ComfyUI-Manager finds them.
"""

from __future__ import annotations

import re

_PACKS: tuple[tuple[str, str], ...] = (
    (r"VHS_", "ComfyUI-VideoHelperSuite"),
    (r"ADE_", "ComfyUI-AnimateDiff-Evolved"),
    (r"ACN_", "ComfyUI-Advanced-ControlNet"),
    (r"IPAdapter", "ComfyUI_IPAdapter_plus"),
    (r"\w+ VFI$|Make Interpolation State List$", "ComfyUI-Frame-Interpolation"),
    (r"\w+Preprocessor(_Provider.*)?$|AIO_Preprocessor$|DepthAnythingPreprocessor", "comfyui_controlnet_aux"),
    (r"UltimateSDUpscale", "ComfyUI_UltimateSDUpscale"),
    (r"UltralyticsDetectorProvider$", "ComfyUI-Impact-Subpack"),
    (r"FaceDetailer|DetailerForEach|SAMLoader$|BboxDetector|SegsTo|Impact", "ComfyUI-Impact-Pack"),
    (r".* //Inspire$", "ComfyUI-Inspire-Pack"),
    (r"ReActor", "ComfyUI-ReActor"),
    (r"Efficient Loader$|KSampler \(Efficient\)|KSampler Adv\. \(Efficient\)", "efficiency-nodes-comfyui"),
    (r"WanVideo", "ComfyUI-WanVideoWrapper"),
    (r"HyVideo", "ComfyUI-HunyuanVideoWrapper"),
    (r"CogVideo|DownloadAndLoadCogVideo", "ComfyUI-CogVideoXWrapper"),
    (r"Florence2|DownloadAndLoadFlorence2", "ComfyUI-Florence2"),
    (r"DownloadAndLoadSAM2|Sam2", "ComfyUI-segment-anything-2"),
    (r"DownloadAndLoadDepthAnythingV2|DepthAnything_V2", "ComfyUI-DepthAnythingV2"),
    (r"\w*GGUF\w*$", "ComfyUI-GGUF"),
    (r"\w+KJ$|ColorMatch$|GetImageSizeAndCount$|ImageBatchMulti$", "ComfyUI-KJNodes"),
    (r"easy ", "ComfyUI-Easy-Use"),
    (r".* \(rgthree\)$", "rgthree-comfy"),
    (r"CR ", "ComfyUI_Comfyroll_CustomNodes"),
    (r".*\|pysssss$", "ComfyUI-Custom-Scripts"),
    (r".* \(mtb\)$", "comfy_mtb"),
    (r"ttN ", "ComfyUI_tinyterraNodes"),
    (r"\w+\+$", "ComfyUI_essentials"),
    (r"Layer(Utility|Mask|Style|Color|Filter): ", "ComfyUI_LayerStyle"),
    (r"SeedVR2", "ComfyUI-SeedVR2_VideoUpscaler"),
    (r"Nunchaku", "ComfyUI-nunchaku"),
    (r"ApplyInstantID|InstantID", "ComfyUI_InstantID"),
    (r"BrushNet|PowerPaint", "ComfyUI-BrushNet"),
    (r"TeaCache", "ComfyUI-TeaCache"),
    (r"Text Multiline$|Text Concatenate$|Image Save$|Number to \w+$", "was-node-suite-comfyui"),
)
_COMPILED = tuple((re.compile(pattern), pack) for pattern, pack in _PACKS)


def pack_of(class_type: str) -> str | None:
    """The pack of custom nodes that has this class, where it is a known one."""
    return next((pack for pattern, pack in _COMPILED if pattern.match(class_type)), None)
