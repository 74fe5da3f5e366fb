"""Graphs as artists have them, and what a ComfyUI would say of their nodes; written for the tests."""

from __future__ import annotations

from typing import Any

_SEED_MAX = 2**64 - 1
_UPLOAD = {"image_upload": True}


def _int(default: int, low: int, high: int, step: int = 1) -> list[Any]:
    return ["INT", {"default": default, "min": low, "max": high, "step": step}]


def _class(
    inputs: dict[str, Any], output: str, *, saves: bool = False, display: str = "", names: str = ""
) -> dict[str, Any]:
    return {
        "input": {"required": inputs},
        "output": output.split(),
        "output_name": (names or output).split(),
        "output_node": saves,
        "display_name": display or None,
    }


INFO: dict[str, Any] = {
    "CheckpointLoaderSimple": _class(
        {"ckpt_name": [["base.safetensors", "other.safetensors"]]},
        "MODEL CLIP VAE",
        display="Load Checkpoint",
    ),
    "LoraLoader": _class(
        {
            "model": ["MODEL"],
            "clip": ["CLIP"],
            "lora_name": [["soft.safetensors"]],
            "strength_model": ["FLOAT", {"default": 1.0, "min": -100.0, "max": 100.0, "step": 0.01}],
            "strength_clip": ["FLOAT", {"default": 1.0, "min": -100.0, "max": 100.0, "step": 0.01}],
        },
        "MODEL CLIP",
        display="Load LoRA",
    ),
    "CLIPTextEncode": _class(
        {"text": ["STRING", {"multiline": True}], "clip": ["CLIP"]},
        "CONDITIONING",
        display="CLIP Text Encode (Prompt)",
    ),
    "EmptyLatentImage": _class(
        {"width": _int(512, 16, 16384, 8), "height": _int(512, 16, 16384, 8), "batch_size": _int(1, 1, 4096)},
        "LATENT",
        display="Empty Latent Image",
    ),
    "EmptyLatentVideo": _class(
        {
            "width": _int(832, 16, 16384, 16),
            "height": _int(480, 16, 16384, 16),
            "length": _int(81, 1, 16384, 4),
        },
        "LATENT",
    ),
    "KSampler": _class(
        {
            "model": ["MODEL"],
            "seed": ["INT", {"default": 0, "min": 0, "max": _SEED_MAX, "control_after_generate": True}],
            "steps": _int(20, 1, 10000),
            "cfg": ["FLOAT", {"default": 8.0, "min": 0.0, "max": 100.0, "step": 0.1}],
            "sampler_name": [["euler", "ddim"]],
            "scheduler": [["normal", "karras"]],
            "positive": ["CONDITIONING"],
            "negative": ["CONDITIONING"],
            "latent_image": ["LATENT"],
            "denoise": ["FLOAT", {"default": 1.0, "min": 0.0, "max": 1.0, "step": 0.01}],
        },
        "LATENT",
    ),
    "VAEDecode": _class({"samples": ["LATENT"], "vae": ["VAE"]}, "IMAGE", display="VAE Decode"),
    "VAEEncode": _class({"pixels": ["IMAGE"], "vae": ["VAE"]}, "LATENT", display="VAE Encode"),
    "SaveImage": _class({"images": ["IMAGE"], "filename_prefix": ["STRING", {}]}, "", saves=True),
    "PreviewImage": _class({"images": ["IMAGE"]}, "", saves=True),
    "LoadImage": _class({"image": [["example.png"], _UPLOAD]}, "IMAGE MASK", display="Load Image"),
    "LoadVideo": _class(
        {"file": ["COMBO", {"options": ["clip.mp4"], "video_upload": True}]}, "VIDEO", display="Load Video"
    ),
    "Load3D": _class(
        {
            "model_file": ["COMBO", {"options": ["none"], "file_upload": True}],
            "width": _int(1024, 1, 4096),
            "height": _int(1024, 1, 4096),
        },
        "IMAGE MASK",
    ),
    "GetVideoComponents": _class({"video": ["VIDEO"]}, "IMAGE AUDIO FLOAT", names="images audio fps"),
    "CreateVideo": _class(
        {"images": ["IMAGE"], "fps": ["FLOAT", {"default": 30.0, "min": 1.0, "max": 120.0}]}, "VIDEO"
    ),
    "SaveVideo": _class(
        {
            "video": ["VIDEO"],
            "filename_prefix": ["STRING", {}],
            "format": [
                "COMFY_DYNAMICCOMBO_V3",
                {"options": [{"key": "mp4", "inputs": {"required": {"crf": _int(23, 0, 51)}}}]},
            ],
        },
        "",
        saves=True,
    ),
    "UpscaleModelLoader": _class({"model_name": [["4x.pth"]]}, "UPSCALE_MODEL", display="Load Upscale Model"),
    "ImageUpscaleWithModel": _class({"upscale_model": ["UPSCALE_MODEL"], "image": ["IMAGE"]}, "IMAGE"),
    "PrimitiveInt": _class({"value": _int(0, -(2**63), 2**63)}, "INT", display="Int"),
    "PrimitiveStringMultiline": _class({"value": ["STRING", {"multiline": True}]}, "STRING"),
}


def node(class_type: str, title: str = "", **inputs: Any) -> dict[str, Any]:
    """A node in API format."""
    meta = {"_meta": {"title": title}} if title else {}
    return {"class_type": class_type, "inputs": inputs, **meta}


def text_to_image(**changes: dict[str, Any]) -> dict[str, Any]:
    """The graph every artist begins with, with a LoRA; `changes` replace nodes by name `nNUMBER`."""
    graph = {
        "4": node("CheckpointLoaderSimple", "Load Checkpoint", ckpt_name="base.safetensors"),
        "10": node(
            "LoraLoader",
            model=["4", 0],
            clip=["4", 1],
            lora_name="soft.safetensors",
            strength_model=0.8,
            strength_clip=0.8,
        ),
        "7": node("CLIPTextEncode", text="blurry", clip=["10", 1]),
        "6": node("CLIPTextEncode", text="a lighthouse\nat dusk", clip=["10", 1]),
        "5": node("EmptyLatentImage", width=832, height=480, batch_size=1),
        "3": node(
            "KSampler",
            model=["10", 0],
            seed=42,
            steps=20,
            cfg=7,
            sampler_name="euler",
            scheduler="normal",
            positive=["6", 0],
            negative=["7", 0],
            latent_image=["5", 0],
            denoise=1.0,
        ),
        "8": node("VAEDecode", samples=["3", 0], vae=["4", 2]),
        "9": node("SaveImage", images=["8", 0], filename_prefix="ComfyUI"),
    }
    return graph | {name.removeprefix("n"): changed for name, changed in changes.items()}


def image_to_image() -> dict[str, Any]:
    """A picture drawn again."""
    graph = text_to_image(n5=node("VAEEncode", pixels=["1", 0], vae=["4", 2]))
    graph["1"] = node("LoadImage", image="example.png")
    graph["3"]["inputs"]["denoise"] = 0.6
    return graph


def upscale() -> dict[str, Any]:
    """A picture enlarged by a model."""
    return {
        "1": node("LoadImage", image="example.png"),
        "2": node("UpscaleModelLoader", model_name="4x.pth"),
        "3": node("ImageUpscaleWithModel", upscale_model=["2", 0], image=["1", 0]),
        "4": node("SaveImage", images=["3", 0], filename_prefix="x"),
    }


def video(**changes: dict[str, Any]) -> dict[str, Any]:
    """A clip from a text."""
    graph = text_to_image(
        n5=node("EmptyLatentVideo", width=832, height=480, length=81),
        n9=node("SaveVideo", video=["20", 0], filename_prefix="video/x", format="mp4", **{"format.crf": 20}),
    )
    graph["20"] = node("CreateVideo", images=["8", 0], fps=16)
    return graph | {name.removeprefix("n"): changed for name, changed in changes.items()}
