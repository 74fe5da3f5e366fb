"""One given value made into a parameter's type, or the problem with it; texts of the command line included.

`services/params.py` applies it to whole submissions, `services/fanout.py` to sweeps and rows.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from video_queue.domain.catalogue import nearest, problem
from video_queue.domain.errors import Problem, VqError
from video_queue.domain.workflow import Parameter, ParameterType, WorkflowDefinition
from video_queue.system.files.path_utils import is_storable, normalize_input_path

RANDOM = "random"
SEED_LIMIT = 2**64
Loc = tuple[str | int, ...]
_INT = re.compile(r"[+-]?[0-9]{1,400}")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_SIZE = re.compile(r"\s*([0-9]{1,5})\s*[xX×*]\s*([0-9]{1,5})\s*")
_COLOR = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_MAX_SIDE = 32768


class WrongValueError(Exception):
    """A value that cannot be made into the type; the message says what is expected."""


def is_blank(parameter: Parameter, value: Any) -> bool:
    """Whether `value` says nothing: null, or an empty text where the type is not text."""
    return value is None or (
        isinstance(value, str) and not value.strip() and parameter.type is not ParameterType.TEXT
    )


def coerce(
    name: str, parameter: Parameter, value: Any, *, loc: Loc | None = None
) -> tuple[Any, Problem | None]:
    """`value` as the parameter's type, and None; or None and the problem with it.

    int, seed: int (a seed may stay "random"); size: {"width", "height"}; multichoice: list; file, folder: absolute
    path as typed, not looked for; color: "#rrggbb" or "#rrggbbaa". Values of an `options_source` are not checked.
    """
    loc = (name,) if loc is None else loc
    try:
        made = _BY_TYPE[parameter.type](parameter, value)
    except WrongValueError as error:
        values = {"name": name, "value": shown(value), "expected": str(error)}
        return None, problem("validation.wrong_type", loc, **values)
    except VqError as error:
        return None, Problem(loc=loc, code=error.code, message=f"{name}: {error.message}. {error.hint}")
    found = _limit_problem(name, parameter, made, loc)
    return (None, found) if found else (made, None)


def shown(value: Any) -> Any:
    """`value` short enough for a message, without characters that cannot be written."""
    text = value if isinstance(value, str) else None
    if text is None:
        return (
            value if isinstance(value, bool | int | float) and len(repr(value)) < 80 else _Short(repr(value))
        )
    return text.encode(errors="replace").decode()[:80]


class _Short(str):
    """A text that shows itself without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)[:80]


def _text(_: Parameter, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise WrongValueError("a text")
    text = str(value)
    if not is_storable(text):
        raise WrongValueError("a text of valid Unicode characters")
    return text


def _int(_: Parameter, value: Any) -> int:
    if isinstance(value, str) and _INT.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise WrongValueError("a whole number")


def _float(_: Parameter, value: Any) -> float:
    if isinstance(value, str) and _FLOAT.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongValueError("a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise WrongValueError("a finite number")
    return number


def _bool(_: Parameter, value: Any) -> bool:
    text = str(value).strip().lower() if isinstance(value, str | int) else ""
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise WrongValueError("true or false")


def _choice(parameter: Parameter, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise WrongValueError("one of its options")
    for option in parameter.options or ():
        if option == value or str(option) == str(value):
            return option
    if parameter.options_source or not parameter.options:
        return _text(parameter, value)
    return _NotAnOption(value)


class _NotAnOption:
    """A choice that its parameter does not offer; becomes a problem."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _multichoice(parameter: Parameter, value: Any) -> Any:
    if isinstance(value, str):
        value = _listed(value)
    if not isinstance(value, list | tuple):
        raise WrongValueError("a list of its options")
    made = [_choice(parameter, item) for item in value]
    return next((item for item in made if isinstance(item, _NotAnOption)), made)


def _listed(text: str) -> Any:
    """A JSON list, or names with commas between them."""
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise WrongValueError("a list of its options") from None
    return [part.strip() for part in text.split(",") if part.strip()]


def _seed(_: Parameter, value: Any) -> int | str:
    if isinstance(value, str) and value.strip().lower() == RANDOM:
        return RANDOM
    try:
        seed = _int(_, value)
    except WrongValueError:
        raise WrongValueError("a whole number from 0 to 2^64-1, or random") from None
    return RANDOM if seed == -1 else seed


def parse_size(value: Any) -> tuple[int, int] | None:
    """(width, height) from "832x480", {"width", "height"} or [width, height]; None for anything else."""
    if isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        sides: list[Any] = [int(match[1]), int(match[2])]
    elif isinstance(value, Mapping) and value.keys() == {"width", "height"}:
        sides = [value["width"], value["height"]]
    elif isinstance(value, list | tuple) and len(value) == 2:
        sides = list(value)
    else:
        return None
    whole = all(isinstance(side, int) and not isinstance(side, bool) for side in sides)
    return (sides[0], sides[1]) if whole and all(1 <= side <= _MAX_SIDE for side in sides) else None


def _size(_: Parameter, value: Any) -> dict[str, int]:
    if (size := parse_size(value)) is None:
        raise WrongValueError("a size such as 832x480")
    return {"width": size[0], "height": size[1]}


def _path(_: Parameter, value: Any) -> str:
    if not isinstance(value, str):
        raise WrongValueError("a path")
    return str(normalize_input_path(value).absolute())


def _color(_: Parameter, value: Any) -> str:
    if not isinstance(value, str) or not _COLOR.fullmatch(value.strip()):
        raise WrongValueError("a colour such as #ff8800")
    digits = value.strip()[1:].lower()
    return "#" + ("".join(digit * 2 for digit in digits) if len(digits) == 3 else digits)


_BY_TYPE: dict[ParameterType, Callable[[Parameter, Any], Any]] = {
    ParameterType.TEXT: _text,
    ParameterType.INT: _int,
    ParameterType.FLOAT: _float,
    ParameterType.BOOL: _bool,
    ParameterType.CHOICE: _choice,
    ParameterType.MULTICHOICE: _multichoice,
    ParameterType.SEED: _seed,
    ParameterType.SIZE: _size,
    ParameterType.FILE: _path,
    ParameterType.FOLDER: _path,
    ParameterType.COLOR: _color,
}


def _limit_problem(name: str, parameter: Parameter, made: Any, loc: Loc) -> Problem | None:
    """What is wrong with a value of the right type: options, range, step, pattern."""
    if isinstance(made, _NotAnOption):
        options = ", ".join(str(option) for option in parameter.options or ())
        return problem("validation.not_an_option", loc, name=name, value=shown(made.value), options=options)
    if parameter.type is ParameterType.SEED and made != RANDOM and not 0 <= made < SEED_LIMIT:
        return problem("validation.seed_range", loc, value=_Short(made))
    pattern = parameter.pattern if parameter.type is ParameterType.TEXT else None
    if pattern is not None and not re.fullmatch(pattern, made):
        return problem("validation.pattern", loc, name=name, value=shown(made), pattern=pattern)
    numbers = made.values() if isinstance(made, dict) else [made]
    plain = (number for number in numbers if isinstance(number, int | float) and not isinstance(number, bool))
    return next((found for number in plain if (found := _range_problem(name, parameter, number, loc))), None)


def _range_problem(name: str, parameter: Parameter, number: int | float, loc: Loc) -> Problem | None:
    if parameter.min is not None and number < parameter.min:
        return problem(
            "validation.too_small", loc, name=name, value=number, limit=plain_number(parameter.min)
        )
    if parameter.max is not None and number > parameter.max:
        return problem("validation.too_big", loc, name=name, value=number, limit=plain_number(parameter.max))
    start = parameter.min or 0
    if parameter.step is not None and not _on_step(number, start, parameter.step):
        step, first = plain_number(parameter.step), plain_number(start)
        return problem("validation.off_step", loc, name=name, value=number, step=step, start=first)
    return None


def plain_number(number: float) -> int | float:
    """5.0 as 5: limits are floats in the definition, and whole ones read better without the point."""
    return int(number) if float(number).is_integer() else number


def _on_step(number: int | float, start: float, step: float) -> bool:
    """Exact for whole numbers of any length, within a millionth of a step for others."""
    if isinstance(number, int) and float(start).is_integer() and float(step).is_integer():
        return (number - int(start)) % int(step) == 0
    steps = (float(number) - start) / step if abs(number) < 1e300 else 0.5
    return abs(steps - round(steps)) < 1e-6


__all__ = ["coerce", "default_value", "file_problems", "nearest", "resolve_params", "unknown_parameter"]


def resolve_params(
    definition: WorkflowDefinition,
    given: Mapping[str, Any],
    *,
    loc: Loc = ("params",),
    elsewhere: Collection[str] = (),
) -> tuple[dict[str, Any], list[Problem]]:
    """(a value for every parameter of the workflow, all problems with what was given).

    What is not given (or blank) takes its default, else None; a seed without one is "random". `elsewhere` names
    the parameters that a sweep or the rows give, which are therefore not missing here.
    """
    values: dict[str, Any] = {}
    unknown = (name for name in given if name not in definition.parameters)
    problems = [unknown_parameter(definition, name, loc) for name in unknown]
    for name, parameter in definition.parameters.items():
        values[name] = default_value(name, parameter)
        if is_blank(parameter, value := given.get(name)):
            if parameter.is_required and values[name] is None and name not in elsewhere:
                problems.append(problem("validation.required", (*loc, name), name=name))
            continue
        values[name], wrong = coerce(name, parameter, value, loc=(*loc, name))
        if wrong:
            problems.append(wrong)
    return values, problems


def default_value(name: str, parameter: Parameter) -> Any:
    """The parameter's default as its type; "random" for a seed and [] for a multichoice without one."""
    if is_blank(parameter, parameter.default):
        return {ParameterType.SEED: RANDOM, ParameterType.MULTICHOICE: []}.get(parameter.type)
    return coerce(name, parameter, parameter.default)[0]


def unknown_parameter(definition: WorkflowDefinition, name: str, loc: Loc) -> Problem:
    """The problem with a name that the workflow does not have, with the nearest it has; `loc` is the place above."""
    name = name.encode(errors="replace").decode()
    loc = (*loc, name)
    known = ", ".join(definition.parameters) or "none"
    if near := nearest(name, definition.parameters):
        key = "validation.unknown_parameter_near"
        return problem(key, loc, workflow=definition.name, name=name, near=near, known=known)
    return problem("validation.unknown_parameter", loc, workflow=definition.name, name=name, known=known)


def file_problems(
    definition: WorkflowDefinition, values: Mapping[str, Any], *, loc: Loc = ("params",)
) -> list[Problem]:
    """The file and folder parameters among resolved `values` that do not exist or are not what they should be.

    Apart from `resolve_params`, so that a caller can first refuse paths that a request may not name.
    """
    problems = []
    for name, value in values.items():
        parameter = definition.parameters.get(name)
        if parameter is None or not isinstance(value, str):
            continue
        path = Path(value)
        if parameter.type is ParameterType.FILE and not path.is_file():
            key = "input_unreadable.not_a_file" if path.exists() else "input_missing.file"
            problems.append(problem(key, (*loc, name), path=value))
        elif parameter.type is ParameterType.FOLDER and not path.is_dir():
            key = "input_missing.not_a_folder" if path.exists() else "input_missing.folder"
            problems.append(problem(key, (*loc, name), path=value))
    return problems
