"""The keys that a parameter of a draft has in its workflow file: type, range, choices, and how a form shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from video_queue.comfy.importing.nodes import Nodes, Place
from video_queue.comfy.importing.roles import OWN, UPSCALER, Role
from video_queue.comfy.node_inputs import NodeInput
from video_queue.domain.workflow import ParameterType as Type
from video_queue.domain.workflow import Widget

_LARGEST = 10**9  # a limit beyond it says nothing to a person
_EXACT = 2**53
# Those that a phase leaves out of the graph where no LoRA is chosen.
_REMOVABLE_LORAS = frozenset({"LoraLoader", "LoraLoaderModelOnly"})
KINDS = {
    "INT": Type.INT,
    "FLOAT": Type.FLOAT,
    "BOOLEAN": Type.BOOL,
    "STRING": Type.TEXT,
    "COMBO": Type.CHOICE,
}


@dataclass(slots=True)
class Setting:
    """One parameter of the draft: what it is called, where it stands in the graph, and its keys."""

    name: str
    role: Role
    title: str
    group: str
    places: list[Place]
    value: Any
    keys: dict[str, Any] = field(default_factory=dict)


def keys_of(nodes: Nodes, setting: Setting) -> dict[str, Any]:
    """The parameter's keys in a workflow file."""
    role, place = setting.role, setting.places[0]
    declared = nodes.declared(place)
    kind = _kind(role, declared, setting.value)
    keys: dict[str, Any] = {"type": kind.value, "title": setting.title}
    if kind is Type.SEED:
        keys |= {"default": "random", **_seed_limit(nodes, setting.places)}
    elif kind is Type.FILE:
        keys |= {"required": False}
    else:
        keys |= {"default": float(setting.value) if kind is Type.FLOAT else setting.value}
    if kind in (Type.INT, Type.FLOAT):
        keys |= _limits(role, [nodes.declared(place) for place in setting.places], setting.value)
    if kind is Type.CHOICE:
        keys |= _choices(nodes, role, place, declared, setting.value)
    return {**keys, "ui": _ui(role, setting, kind, declared, keys)}


def _kind(role: Role, declared: NodeInput, value: Any) -> Type:
    if role is not OWN:
        return Type.INT if role.type is Type.FLOAT and declared.kind == "INT" else role.type
    if declared.kind in KINDS and not (declared.kind == "COMBO" and not isinstance(value, str | int | float)):
        return KINDS[declared.kind]
    if isinstance(value, bool):
        return Type.BOOL
    return Type.INT if isinstance(value, int) else Type.FLOAT if isinstance(value, float) else Type.TEXT


def _seed_limit(nodes: Nodes, places: list[Place]) -> dict[str, Any]:
    """The narrowest upper limit, where a seed drawn by chance could be above it."""
    limits = [nodes.declared(place).options.get("max") for place in places]
    numbers = [limit for limit in limits if isinstance(limit, int) and 0 < limit < _EXACT]
    return {"max": min(numbers)} if numbers else {}


def _limits(role: Role, declared: list[NodeInput], value: float) -> dict[str, Any]:
    """The range that the role and all bound inputs share; wide enough for the graph's own value."""
    lows = [role.low, *(_limit(item, 0) for item in declared)]
    highs = [role.high, *(_limit(item, 1) for item in declared)]
    limits: dict[str, Any] = {}
    if any(low is not None for low in lows):
        limits["min"] = min(value, max(low for low in lows if low is not None))
    if any(high is not None for high in highs):
        limits["max"] = max(value, min(high for high in highs if high is not None))
    return limits | _step(role, declared[0], limits.get("min", 0), value)


def _limit(declared: NodeInput, end: int) -> float | None:
    """The lower (0) or upper (1) limit, if it says anything."""
    number = declared.limits[end]
    return number if number is not None and abs(number) < _LARGEST else None


def _step(role: Role, declared: NodeInput, low: float, value: float) -> dict[str, Any]:
    """ComfyUI's step for whole numbers and ours for sliders, where the graph's own value keeps to it."""
    step = declared.options.get("step") if declared.kind == "INT" else role.step
    if not isinstance(step, int | float) or step in (0, 1):
        return {}
    steps = (value - low) / step
    return {"step": step} if abs(steps - round(steps)) < 1e-6 else {}


def _choices(nodes: Nodes, role: Role, place: Place, declared: NodeInput, value: Any) -> dict[str, Any]:
    """Where the choices come from: ComfyUI's list as it is at the time; those of one choice of another stand here."""
    class_type = nodes.class_of(place.node)
    keys: dict[str, Any] = {}
    if role.source and (not declared.kind or _is_source_input(role, place)):
        keys["options_source"] = role.source
    elif "." in place.name or nodes.is_primitive(place.node):
        options = [option for option in declared.choices or () if isinstance(option, str | int | float)]
        keys["options"] = options if value in options else [value, *options]
    else:
        keys["options_source"] = f"comfy:{class_type}.{place.name}"
    if role.name == "lora" and class_type in _REMOVABLE_LORAS:
        keys["required"] = False
    return keys


def _is_source_input(role: Role, place: Place) -> bool:
    return place.name in role.inputs or role is UPSCALER


def _ui(
    role: Role, setting: Setting, kind: Type, declared: NodeInput, keys: dict[str, Any]
) -> dict[str, Any]:
    ui: dict[str, Any] = {"group": setting.group}
    if role.widget:
        ui["widget"] = role.widget.value
    elif kind is Type.TEXT and declared.options.get("multiline"):
        ui["widget"] = Widget.TEXTAREA.value
    elif kind in (Type.INT, Type.FLOAT):
        ui["widget"] = Widget.NUMBER.value
    if role.name == "lora":
        ui["placeholder"] = "none" if keys.get("required") is False else "the graph's own"
    own = _short_help(declared.options.get("tooltip")) if role is OWN else ""
    if help_text := role.help or own:
        ui["help"] = help_text
    if role.advanced or declared.options.get("advanced"):
        ui["advanced"] = True
    return ui


def _short_help(text: Any) -> str:
    """ComfyUI's own explanation, as far as a line goes."""
    plain = " ".join(text.split()) if isinstance(text, str) else ""
    return plain if len(plain) <= 100 else ""
