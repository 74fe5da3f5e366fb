"""Pretended diffusion nodes: no model is loaded; pictures are drawn from words and numbers (see pictures.py).

They report progress and previews as a real sampler does, one step at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from video_queue.simulator.nodes.definition import Input, NodeClass, NodeContext, NodeResult, integer, number
from video_queue.simulator.nodes.images import Images
from video_queue.simulator.pictures import Picture, PictureRecipe, draw, noisy, restyle

SAMPLERS = (
    "euler", "euler_cfg_pp", "euler_ancestral", "euler_ancestral_cfg_pp", "heun", "heunpp2",
    "exp_heun_2_x0", "exp_heun_2_x0_sde", "dpm_2", "dpm_2_ancestral", "lms", "dpm_fast", "dpm_adaptive",
    "dpmpp_2s_ancestral", "dpmpp_2s_ancestral_cfg_pp", "dpmpp_sde", "dpmpp_sde_gpu", "dpmpp_2m",
    "dpmpp_2m_cfg_pp", "dpmpp_2m_sde", "dpmpp_2m_sde_gpu", "dpmpp_2m_sde_heun", "dpmpp_2m_sde_heun_gpu",
    "dpmpp_3m_sde", "dpmpp_3m_sde_gpu", "ddpm", "lcm", "ipndm", "ipndm_v", "deis", "res_multistep",
    "res_multistep_cfg_pp", "res_multistep_ancestral", "res_multistep_ancestral_cfg_pp",
    "gradient_estimation", "gradient_estimation_cfg_pp", "er_sde", "seeds_2", "seeds_3", "sa_solver",
    "sa_solver_pece", "ddim", "uni_pc", "uni_pc_bh2",
)  # fmt: skip
SCHEDULERS = (
    "simple", "sgm_uniform", "karras", "exponential", "ddim_uniform", "beta", "normal",
    "linear_quadratic", "kl_optimal",
)  # fmt: skip


@dataclass(frozen=True)
class Model:
    """A MODEL or CLIP value: names only."""

    name: str
    loras: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Latent:
    """A LATENT value: its size in pixels, and its pictures when it came from some."""

    width: int
    height: int
    count: int
    pictures: tuple[Picture, ...] = ()


def load_checkpoint(_: NodeContext, ckpt_name: str) -> NodeResult:
    model = Model(ckpt_name)
    return NodeResult((model, model, ckpt_name))


def _with_lora(model: Model, name: str, strength: float) -> Model:
    return replace(model, loras=(*model.loras, (name, strength)))


def load_lora(
    _: NodeContext, model: Model, clip: Model, lora_name: str, strength_model: float, strength_clip: float
) -> NodeResult:
    return NodeResult(
        (_with_lora(model, lora_name, strength_model), _with_lora(clip, lora_name, strength_clip))
    )


def load_lora_model_only(_: NodeContext, model: Model, lora_name: str, strength_model: float) -> NodeResult:
    return NodeResult((_with_lora(model, lora_name, strength_model),))


def encode_text(_: NodeContext, text: str, clip: Model) -> NodeResult:
    del clip
    return NodeResult((text,))


def empty_latent(_: NodeContext, width: int, height: int, batch_size: int) -> NodeResult:
    return NodeResult((Latent(width - width % 8, height - height % 8, batch_size),))


def vae_encode(_: NodeContext, pixels: Images, vae: str) -> NodeResult:
    del vae
    width, height = (side - side % 8 or side for side in pixels[0].size)
    pictures = tuple(np.asarray(p.crop((0, 0, width, height)), dtype=np.uint8) for p in pixels)
    return NodeResult((Latent(width, height, len(pictures), pictures),))


def vae_decode(_: NodeContext, samples: Latent, vae: str) -> NodeResult:
    del vae
    blank = np.full((samples.height, samples.width, 3), 127, dtype=np.uint8)
    pictures = samples.pictures or (blank,) * samples.count
    return NodeResult(([Image.fromarray(p) for p in pictures],))


def sample(
    context: NodeContext,
    model: Model,
    seed: int,
    steps: int,
    cfg: float,
    sampler_name: str,
    scheduler: str,
    positive: str,
    negative: str,
    latent_image: Latent,
    denoise: float,
) -> NodeResult:
    recipe = PictureRecipe(
        seed, positive, negative, f"{model.name}/{sampler_name}/{scheduler}", cfg, model.loras
    )
    finished = _render(recipe, latent_image, denoise)
    for step in range(1, steps + 1):
        context.step(step, steps, _previewer(finished[0], 1 - step / steps, recipe))
    return NodeResult((replace(latent_image, pictures=finished),))


def _render(recipe: PictureRecipe, latent: Latent, denoise: float) -> tuple[Picture, ...]:
    if latent.pictures and denoise < 1.0:
        return tuple(restyle(p, recipe, denoise, i) for i, p in enumerate(latent.pictures))
    return tuple(draw(recipe, latent.width, latent.height, i) for i in range(latent.count))


def _previewer(finished: Picture, share: float, recipe: PictureRecipe) -> Callable[[], Image.Image]:
    def preview() -> Image.Image:
        image = Image.fromarray(noisy(finished, share, recipe))
        image.thumbnail((512, 512))
        return image

    return preview


_LORA = {
    "lora_name": Input("COMBO", {"tooltip": "Which LoRA."}, choices="loras"),
    "strength_model": number(1.0, -100.0, 100.0, 0.01, tooltip="How strongly the model is changed."),
}
_SIDE_TIP = "In pixels."
_SIDE = integer(512, 16, 16384, 8, tooltip=_SIDE_TIP)
_CATEGORY = "model/latent"

# fmt: off
SAMPLING_NODES = (
    NodeClass(
        "CheckpointLoaderSimple", "Load Checkpoint", "model/loaders", load_checkpoint,
        {"ckpt_name": Input("COMBO", {"tooltip": "Which checkpoint."}, choices="checkpoints")},
        (("MODEL", "MODEL"), ("CLIP", "CLIP"), ("VAE", "VAE")), description="Pretends to load a checkpoint.",
    ),
    NodeClass(
        "LoraLoader", "Load LoRA (Model and CLIP)", "model/loaders", load_lora,
        {
            "model": Input("MODEL", {"tooltip": "The model to change."}),
            "clip": Input("CLIP", {"tooltip": "The text encoder to change."}),
            **_LORA,
            "strength_clip": number(1.0, -100.0, 100.0, 0.01, tooltip="How strongly CLIP is changed."),
        },
        (("MODEL", "MODEL"), ("CLIP", "CLIP")),
        description="Pretends to put a LoRA on a model and its text encoder.",
    ),
    NodeClass(
        "LoraLoaderModelOnly", "Load LoRA", "model/loaders", load_lora_model_only,
        {
            "model": Input("MODEL"),
            "lora_name": Input("COMBO", choices="loras"),
            "strength_model": number(1.0, -100.0, 100.0, 0.01),
        },
        (("MODEL", "MODEL"),),
        description="Pretends to put a LoRA on a model.",
    ),
    NodeClass(
        "CLIPTextEncode", "CLIP Text Encode (Prompt)", "model/conditioning", encode_text,
        {
            "text": Input("STRING", {"multiline": True, "dynamicPrompts": True, "tooltip": "The words."}),
            "clip": Input("CLIP", {"tooltip": "The text encoder."}),
        },
        (("CONDITIONING", "CONDITIONING"),),
        description="Keeps the words for the sampler.",
    ),
    NodeClass(
        "EmptyLatentImage", "Empty Latent Image", _CATEGORY, empty_latent,
        {"width": _SIDE, "height": _SIDE, "batch_size": integer(1, 1, 4096, tooltip="How many pictures.")},
        (("LATENT", "LATENT"),),
        description="An empty start for the sampler.",
    ),
    NodeClass(
        "VAEDecode", "VAE Decode", _CATEGORY, vae_decode,
        {
            "samples": Input("LATENT", {"tooltip": "What to decode."}),
            "vae": Input("VAE", {"tooltip": "With what."}),
        },
        (("IMAGE", "IMAGE"),),
        description="Turns the sampler's result into pictures.",
    ),
    NodeClass(
        "VAEEncode", "VAE Encode", _CATEGORY, vae_encode,
        {"pixels": Input("IMAGE"), "vae": Input("VAE")},
        (("LATENT", "LATENT"),),
    ),
    NodeClass(
        "KSampler", "KSampler", "model/sampling", sample,
        {
            "model": Input("MODEL", {"tooltip": "The model."}),
            "seed": integer(0, 0, 2**64 - 1, control_after_generate=True, tooltip="Decides the picture."),
            "steps": integer(20, 1, 10000, tooltip="How many steps."),
            "cfg": number(8.0, 0.0, 100.0, 0.1, round=0.01, tooltip="Guidance."),
            "sampler_name": Input("COMBO", {"tooltip": "Sampler."}, choices=SAMPLERS),
            "scheduler": Input("COMBO", {"tooltip": "Scheduler."}, choices=SCHEDULERS),
            "positive": Input("CONDITIONING", {"tooltip": "What should be seen."}),
            "negative": Input("CONDITIONING", {"tooltip": "What should not."}),
            "latent_image": Input("LATENT", {"tooltip": "Where to begin."}),
            "denoise": number(1.0, 0.0, 1.0, 0.01, tooltip="1 draws anew, less restyles the source."),
        },
        (("LATENT", "LATENT"),),
        description="Pretends to sample: draws a picture from the seed and the words.",
    ),
)
# fmt: on
