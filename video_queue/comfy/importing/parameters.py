"""Which inputs of a graph an artist would set, as parameters of a workflow file with their ranges and choices."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from video_queue.comfy.importing.nodes import Nodes, Place
from video_queue.comfy.importing.parameter_keys import KINDS, Setting, keys_of
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
from video_queue.domain.workflow import ParameterType as Type

_MOST_OWN = 12
# `length` is not always that of a clip.
_CUTS = frozenset({"ImageFromBatch", "LatentFromBatch", "RepeatImageBatch", "TrimVideoLatent"})
# Fields of a LoRA in a loader of several, such as rgthree's, and the inputs that mean the same.
_ROW_INPUTS = {"lora": "lora_name", "strength": "strength_model", "strengthTwo": "strength_clip"}
_BOOKKEEPING = frozenset({"filename_prefix", "upload", "save_output", "pingpong", "loop_count"})


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
        setting.keys = keys_of(nodes, setting)
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
    return OWN if partner and last not in _BOOKKEEPING and nodes.declared(asked).kind in KINDS else None


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
    if (row := _lora_row(nodes, asked)) is not None:
        return _row_role(name, row)
    if name == "strength_clip" and nodes.inputs(asked.node).get("strength_model") == value:
        return BY_INPUT["strength_model"]
    return BY_INPUT["seed"] if name.endswith("seed") else BY_INPUT.get(name)


def _lora_row(nodes: Nodes, asked: Place) -> dict[str, Any] | None:
    """The object that holds a LoRA with its strength, of which an input is a field."""
    parent, dot, _ = asked.name.partition(".")
    row = nodes.all[asked.node]["inputs"].get(parent) if dot else None
    return row if isinstance(row, dict) and "lora" in row else None


def _row_role(name: str, row: dict[str, Any]) -> Role | None:
    """A row that is switched off has nothing to set."""
    if row.get("on") is False or name not in _ROW_INPUTS:
        return None
    return BY_INPUT[_ROW_INPUTS[name]]


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


def _rank(nodes: Nodes, setting: Setting) -> tuple[int, int, int, int]:
    """The role's place in the form; the strengths of a LoRA stand behind it, whatever order the graph has."""
    name, place = setting.role.name, setting.places[0]
    if not name.startswith("lora"):
        return ORDER[name], 0, 0, 0
    rows = [input_name.rpartition(".")[0] for input_name in nodes.inputs(place.node)]
    row = rows.index(place.name.rpartition(".")[0])
    return ORDER["lora"], nodes.ids.index(place.node), row, ORDER[name]


def _sameness(nodes: Nodes, item: _Candidate) -> tuple[Any, ...]:
    """What makes two inputs one parameter."""
    if item.role.once:
        return (item.role.name,)
    if item.role is OWN:
        return item.place
    lora = (repr(_lora_of(nodes, item.asked)),) if "lora_" in item.role.name else ()
    own = (item.asked.name,) if item.role is PROMPT and item.asked.name in OWN_TEXTS else ()
    return (item.role.name, repr(item.value), *lora, *own)


def _lora_of(nodes: Nodes, asked: Place) -> Any:
    """The LoRA that a strength is about."""
    row = _lora_row(nodes, asked)
    return row["lora"] if row else nodes.inputs(asked.node).get("lora_name")


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
