"""What names a model in a graph, and which of ComfyUI's model folders its loader reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

Folders = Mapping[str, list[str]]
MODEL_SUFFIXES = (".safetensors", ".sft", ".ckpt", ".pt", ".pt2", ".pth", ".bin", ".gguf", ".onnx", ".engine")

# By class and input where the name of the input alone says too little.
_BY_CLASS = {
    ("UpscaleModelLoader", "model_name"): "upscale_models",
    ("CLIPVisionLoader", "clip_name"): "clip_vision",
    ("ModelPatchLoader", "name"): "model_patches",
    ("LatentUpscaleModelLoader", "model_name"): "latent_upscale_models",
    ("FrameInterpolationModelLoader", "model_name"): "frame_interpolation",
    ("OpticalFlowLoader", "model_name"): "optical_flow",
    ("LoadMoGeModel", "model_name"): "geometry_estimation",
    ("LoadDA3Model", "model_name"): "geometry_estimation",
    ("LoadMediaPipeFaceLandmarker", "model_name"): "detection",
}
_BY_INPUT = {
    "ckpt_name": "checkpoints",
    "lora_name": "loras",
    "vae_name": "vae",
    "unet_name": "diffusion_models",
    "clip_name": "text_encoders",
    "clip_name1": "text_encoders",
    "clip_name2": "text_encoders",
    "clip_name3": "text_encoders",
    "clip_name4": "text_encoders",
    "text_encoder": "text_encoders",
    "control_net_name": "controlnet",
    "style_model_name": "style_models",
    "gligen_name": "gligen",
    "hypernetwork_name": "hypernetworks",
    "audio_encoder_name": "audio_encoders",
    "bg_removal_name": "background_removal",
    "photomaker_model_name": "photomaker",
}
# The same inputs that offer a parameter's choices.
SOURCE_FOLDERS = {
    "loras": "loras",
    "checkpoints": "checkpoints",
    "vaes": "vae",
    "upscalers": "upscale_models",
}


def model_folder(class_type: str, name: str) -> str | None:
    """ComfyUI's name of the folder that an input's files are in; None for what is no model."""
    return _BY_CLASS.get((class_type, name)) or _BY_INPUT.get(name)


def names_model(class_type: str, name: str, text: str) -> bool:
    """Whether a text that an input has is the name of a model: by the input, or by its ending."""
    return model_folder(class_type, name) is not None or text.lower().endswith(MODEL_SUFFIXES)


def folder_to_fill(folder: str, folders: Folders) -> str:
    """Where to put a file: the folder's path as ComfyUI sees its own disk, else its place below ComfyUI's own."""
    paths = folders.get(folder) or [f"models/{folder}"]
    return next((path for path in paths if PurePath(path).name == folder), paths[0])
