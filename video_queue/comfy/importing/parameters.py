"""Which inputs of a graph an artist would set, as parameters of a workflow file with their ranges and choices."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from video_queue.comfy.importing.nodes import Nodes, Place
from video_queue.comfy.importing.roles import (
    BY_INPUT,
    FILE,
    NEGATIVE,
    NO_PROMPTS,
    ORDER,
    OWN,
    OWN_TEXTS,
    PROMPT,
    TEXT_INPUTS,
    UPSCALER,
    Role,
)
from video_queue.comfy.node_inputs import NodeInput
from video_queue.domain.workflow import ParameterType as Type
from video_queue.domain.workflow import Widget

_LARGEST = 10**9  # a limit beyond it says nothing to a person
_EXACT = 2**53
_MOST_OWN = 12
_KINDS = {
    "INT": Type.INT,
    "FLOAT": Type.FLOAT,
    "BOOLEAN": Type.BOOL,
    "STRING": Type.TEXT,
    "COMBO": Type.CHOICE,
}
# Those that a phase leaves out of the graph where no LoRA is chosen.
_REMOVABLE_LORAS = frozenset({"LoraLoader", "LoraLoaderModelOnly"})
# `length` is not always that of a clip.
_CUTS = frozenset({"ImageFromBatch", "LatentFromBatch", "RepeatImageBatch", "TrimVideoLatent"})
_BOOKKEEPING = frozenset({"filename_prefix", "upload", "save_output", "pingpong", "loop_count"})


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


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An input with a role: `asked` is where it is used, `place` where its value stands."""

    role: Role
    asked: Place
    place: Place
    value: Any


def find_settings(nodes: Nodes, taken: Iterable[Place]) -> list[Setting]:
    """The parameters of a graph in the order of use; `taken` are inputs that are bound to something else."""
    taken = set(taken)
    candidates = [item for item in _candidates(nodes) if item.place not in taken]
    candidates += _titled_values(nodes, taken | {item.place for item in candidates})
    if not any(item.role.type is Type.TEXT or item.role.group == "Sampling" for item in candidates):
        candidates += _remaining(nodes, taken | {item.place for item in candidates})
    settings = _merged(nodes, list(_worth_asking(nodes, candidates)))
    _name(nodes, settings)
    for setting in settings:
        setting.keys = _keys(nodes, setting)
    return settings


def slug(text: str) -> str:
    """A text as a name of letters, digits and _; empty where nothing of it can be one."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40].rstrip("_")
    return f"n{name}" if name[:1].isdigit() else name


def _worth_asking(nodes: Nodes, candidates: list[_Candidate]) -> Iterator[_Candidate]:
    """Without a denoise of 1 where there is no picture to keep, and without pictures at once beside frames."""
    roles = {item.role.name for item in candidates}
    begins_empty = not any(nodes.class_of(node_id).startswith("VAEEncode") for node_id in nodes.ids)
    for item in candidates:
        whole = item.role.name == "denoise" and item.value == 1 and begins_empty
        if not whole and not (item.role.name == "batch_size" and "frames" in roles):
            yield item


def _candidates(nodes: Nodes) -> Iterator[_Candidate]:
    """The inputs whose name or kind says what they are; and every own input of a node that runs elsewhere."""
    for node_id in nodes.ids:
        for name in nodes.inputs(node_id):
            asked = Place(node_id, name)
            place = nodes.origin(asked)
            if place is None:
                continue
            value = nodes.inputs(place.node)[place.name]
            role = _role(nodes, asked, value)
            if role:
                yield _Candidate(role, asked, place, value)


def _role(nodes: Nodes, asked: Place, value: Any) -> Role | None:
    """What an input is: a prompt, a file, what its name says, or a setting of a partner's node, all of which matter."""
    if _is_prompt(nodes, asked):
        return _prompt_role(nodes, asked.node, asked.name)
    if nodes.takes_file(asked):
        return FILE
    class_type, last = nodes.class_of(asked.node), asked.name.rsplit(".", 1)[-1]
    role = _named_role(nodes, asked, last, value)
    if role and _fits(role, value) and (role.type is Type.CHOICE or nodes.declared(asked).kind != "COMBO"):
        return role
    partner = bool(nodes.info.get(class_type, {}).get("api_node"))
    return OWN if partner and last not in _BOOKKEEPING and nodes.declared(asked).kind in _KINDS else None


def _named_role(nodes: Nodes, asked: Place, name: str, value: Any) -> Role | None:
    class_type = nodes.class_of(asked.node)
    if name == "model_name" and "Upscale" in class_type:
        return UPSCALER
    if name == "length" and class_type in _CUTS:
        return None
    if name == "batch_size":
        if any("AnimateDiff" in nodes.class_of(node_id) for node_id in nodes.ids):
            return BY_INPUT["length"]
        return BY_INPUT[name] if class_type.endswith("LatentImage") or class_type == "EmptyImage" else None
    if name == "strength_clip" and nodes.inputs(asked.node).get("strength_model") == value:
        return BY_INPUT["strength_model"]
    return BY_INPUT["seed"] if name.endswith("seed") else BY_INPUT.get(name)


def _fits(role: Role, value: Any) -> bool:
    """Whether a value is of the role's type: names are shared, meanings are not always."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if role.type in (Type.INT, Type.SEED):
        return number and float(value).is_integer()
    return number if role.type is Type.FLOAT else isinstance(value, str)


# --- texts


def _is_prompt(nodes: Nodes, asked: Place) -> bool:
    class_type = nodes.class_of(asked.node)
    if class_type in NO_PROMPTS or nodes.is_primitive(asked.node):
        return False
    declared = nodes.declared(asked)
    if declared.kind:
        return declared.kind == "STRING" and bool(declared.options.get("multiline"))
    return class_type not in nodes.info and asked.name in TEXT_INPUTS


def _prompt_role(nodes: Nodes, node_id: str, name: str) -> Role:
    """Not wanted where all that the text reaches is the negative side of something, else wanted."""
    return NEGATIVE if "negative" in name or set(_sides(nodes, node_id)) == {"negative"} else PROMPT


def _sides(nodes: Nodes, node_id: str) -> Iterator[str]:
    """The sides, `positive` or `negative`, that a text is used on, as long as it is text or conditioning."""
    waiting, seen = [node_id], {node_id}
    for here in waiting:
        for consumer in nodes.consumers(here) if nodes.gives_conditioning(here) else ():
            side = next((side for side in ("negative", "positive") if side in consumer.name), "")
            if side:
                yield side
            elif consumer.node not in seen:
                seen.add(consumer.node)
                waiting.append(consumer.node)


# --- inputs without a role of their own


def _titled_values(nodes: Nodes, taken: set[Place]) -> Iterator[_Candidate]:
    """Nodes that hold one value and that the artist gave a name, which were made to be set, and all long texts."""
    for place, value in nodes.values():
        if place in taken or not nodes.holds(place):
            continue
        if nodes.declared(place).options.get("multiline"):
            yield _Candidate(_prompt_role(nodes, place.node, ""), place, place, value)
        elif nodes.title(place.node):
            yield _Candidate(OWN, place, place, value)


def _remaining(nodes: Nodes, taken: set[Place]) -> list[_Candidate]:
    """Of a graph without a sampler: the numbers and choices of its nodes, as many as a form can show."""
    places = (
        _Candidate(OWN, place, place, value)
        for place, value in nodes.values()
        if place not in taken and place.node not in nodes.outputs and place.name not in _BOOKKEEPING
        if isinstance(value, int | float) or nodes.declared(place).choices
    )
    return [item for item, _ in zip(places, range(_MOST_OWN), strict=False)]


# --- from inputs to parameters


def _merged(nodes: Nodes, candidates: list[_Candidate]) -> list[Setting]:
    """One setting for inputs of one role that hold the same value, or stand in the same place."""
    settings: dict[Any, Setting] = {}
    for item in candidates:
        setting = settings.setdefault(_sameness(nodes, item), _setting(nodes, item))
        if item.place not in setting.places:
            setting.places.append(item.place)
    return sorted(settings.values(), key=lambda setting: _rank(nodes, setting))


def _rank(nodes: Nodes, setting: Setting) -> tuple[int, int, int]:
    """The role's place in the form; the strengths of a LoRA stand behind it, whatever order the graph has."""
    name = setting.role.name
    node = nodes.ids.index(setting.places[0].node) if name.startswith("lora") else 0
    return ORDER["lora"] if name.startswith("lora") else ORDER[name], node, ORDER[name]


def _sameness(nodes: Nodes, item: _Candidate) -> tuple[Any, ...]:
    """What makes two inputs one parameter."""
    if item.role.once:
        return (item.role.name,)
    if item.role is OWN:
        return item.place
    lora = (repr(nodes.inputs(item.asked.node).get("lora_name")),) if "lora_" in item.role.name else ()
    own = (item.asked.name,) if item.role is PROMPT and item.asked.name in OWN_TEXTS else ()
    return (item.role.name, repr(item.value), *lora, *own)


def _setting(nodes: Nodes, item: _Candidate) -> Setting:
    role, node = item.role, item.asked.node
    title, name = role.title, role.name
    if role in (OWN, FILE) or (role is PROMPT and item.asked.name in OWN_TEXTS):
        title = nodes.title(node) if nodes.is_primitive(node) else _words(item.asked.name)
        name = slug(title) or "value"
    group = nodes.group(item.place.node) or nodes.group(node)
    return Setting(name, role, title, group or role.group, [], item.value)


def _words(name: str) -> str:
    return name.rsplit(".", 1)[-1].replace("_", " ").strip().capitalize()


def _name(nodes: Nodes, settings: list[Setting]) -> None:
    """Readable names, each once: the role's, for further ones with what the artist called the node."""
    used: set[str] = set()
    for setting in settings:
        wanted, title = setting.name, nodes.title(setting.places[0].node)
        if wanted in used and title and setting.role is not OWN:
            wanted = _joined(slug(title), wanted)
            setting.title = title if setting.role.type is Type.TEXT else f"{setting.title}: {title}"
        setting.name = _free(wanted, used)
        if setting.name != wanted:
            setting.title += f" {setting.name.rsplit('_', 1)[-1]}"
        used.add(setting.name)


def _joined(title: str, name: str) -> str:
    """`refiner` and `checkpoint` as refiner_checkpoint; a title that says both stays."""
    return title if name in title else f"{title}_{name}" if title else name


def _free(wanted: str, used: set[str]) -> str:
    numbers = range(2, len(used) + 3)
    return next(name for name in (wanted, *(f"{wanted}_{number}" for number in numbers)) if name not in used)


def _keys(nodes: Nodes, setting: Setting) -> dict[str, Any]:
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
    if declared.kind in _KINDS and not (
        declared.kind == "COMBO" and not isinstance(value, str | int | float)
    ):
        return _KINDS[declared.kind]
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
