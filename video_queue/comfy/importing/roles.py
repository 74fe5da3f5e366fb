"""What an artist calls the inputs of ComfyUI's nodes: one table, in the order in which a form asks for them.

The names are those that ComfyUI's own nodes and the common packs share; a role is a proposal that the artist can
change in the workflow file.
"""

from __future__ import annotations

from dataclasses import dataclass

from video_queue.domain.workflow import ParameterType, Widget


@dataclass(frozen=True, slots=True)
class Role:
    """A parameter that many graphs have. `inputs`: the names of nodes' inputs that it is; `low`, `high`: its range
    where ComfyUI says none; `once`: one parameter for all inputs of this role, whatever values they have."""

    name: str
    title: str
    type: ParameterType
    inputs: frozenset[str] = frozenset()
    group: str = ""
    source: str | None = None
    low: float | None = None
    high: float | None = None
    step: float | None = None
    widget: Widget | None = None
    advanced: bool = False
    help: str = ""
    once: bool = False


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_T = ParameterType
PROMPT = Role("prompt", "Prompt", _T.TEXT, group="Prompt", widget=Widget.TEXTAREA)
NEGATIVE = Role("negative", "Not wanted", _T.TEXT, group="Prompt", widget=Widget.TEXTAREA)
# A file that is no medium, such as a 3D model: inputs are media, so it is a parameter.
FILE = Role(
    "file",
    "File",
    _T.FILE,
    group="Files",
    help="Left empty, it is the graph's own, in ComfyUI's input folder.",
)
# Anything else of a node: its name, title and type are the input's own.
OWN = Role("", "", _T.TEXT, group="Settings")

ROLES: tuple[Role, ...] = (
    PROMPT,
    NEGATIVE,
    FILE,
    OWN,
    Role("denoise", "Denoise", _T.FLOAT, _names("denoise denoise_strength"), "Sampling", low=0, high=1, step=0.01,
         widget=Widget.SLIDER, help="How far the result may leave the picture it begins with; 1 forgets it."),
    Role("scale", "Enlarge by", _T.FLOAT, _names("scale_by upscale_by rescale_factor"), "Size", low=0.01, high=8),
    Role("megapixels", "Megapixels", _T.FLOAT, _names("megapixels"), "Size", low=0.01, high=16),
    Role("frames", "Frames", _T.INT, _names("length num_frames video_frames frames_number frame_count"), "Clip",
         low=1, help="How many frames the clip has."),
    Role("duration", "Seconds", _T.FLOAT, _names("duration seconds duration_seconds"), "Clip", low=0),
    Role("fps", "Frames per second", _T.FLOAT, _names("fps frame_rate"), "Clip", low=1, high=240),
    Role("batch_size", "Pictures at once", _T.INT, _names("batch_size"), "Size", low=1, high=64, advanced=True,
         help="All from one seed, in one render."),
    Role("lora", "LoRA", _T.CHOICE, _names("lora_name lora"), "Model", source="loras"),
    Role("lora_strength", "LoRA strength", _T.FLOAT, _names("strength_model lora_strength"), "Model",
         low=-2, high=2, step=0.01, widget=Widget.SLIDER),
    Role("lora_text_strength", "LoRA strength on the text", _T.FLOAT, _names("strength_clip"), "Model",
         low=-2, high=2, step=0.01, widget=Widget.SLIDER, advanced=True),
    Role("checkpoint", "Checkpoint", _T.CHOICE, _names("ckpt_name"), "Model", source="checkpoints"),
    Role("model", "Model", _T.CHOICE, _names("unet_name model_name"), "Model"),
    Role("upscaler", "Upscaler", _T.CHOICE, group="Model", source="upscalers"),
    Role("controlnet", "ControlNet", _T.CHOICE, _names("control_net_name"), "Model"),
    Role("vae", "VAE", _T.CHOICE, _names("vae_name"), "Model", source="vaes", advanced=True),
    Role("seed", "Seed", _T.SEED, _names("seed noise_seed rand_seed"), "Sampling", once=True),
    Role("steps", "Steps", _T.INT, _names("steps"), "Sampling", low=1, high=150),
    Role("cfg", "CFG", _T.FLOAT, _names("cfg cfg_scale"), "Sampling", low=0, high=100,
         help="How closely the text is followed."),
    Role("guidance", "Guidance", _T.FLOAT, _names("guidance"), "Sampling", low=0, high=100,
         help="How closely the text is followed."),
    Role("sampler", "Sampler", _T.CHOICE, _names("sampler_name"), "Sampling", source="samplers", advanced=True),
    Role("scheduler", "Scheduler", _T.CHOICE, _names("scheduler"), "Sampling", source="schedulers", advanced=True),
    Role("shift", "Shift", _T.FLOAT, _names("shift"), "Sampling", low=0, high=100, advanced=True),
)  # fmt: skip

BY_INPUT: dict[str, Role] = {name: role for role in ROLES for name in role.inputs}
UPSCALER = next(role for role in ROLES if role.name == "upscaler")
ORDER = {role.name: number for number, role in enumerate(ROLES)}

# Inputs that hold a text for a person to write, where ComfyUI does not say which do.
TEXT_INPUTS = _names(
    "text prompt positive negative positive_prompt negative_prompt text_g text_l clip_l t5xxl tags lyrics caption"
    " instruction system_prompt value string"
)
# Texts that are no prompt in the narrow sense and keep their own name.
OWN_TEXTS = _names("lyrics tags caption instruction system_prompt")
# Multi-line texts that are no prompts: patterns, formulas and pieces that are put together.
NO_PROMPTS = _names(
    "ComfyMathExpression RegexExtract RegexMatch RegexReplace JsonExtractString StringReplace StringConcatenate"
    " StringCompare StringContains StringTrim StringSubstring StringFormat ManualSigmas Note MarkdownNote SaveText"
    " PreviewAny"
)
