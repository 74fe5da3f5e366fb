"""One value as its parameter's type, or the problem with it; values of the command line are texts.

`parameters` applies this to a whole submission, `submission/fanout` to sweeps and rows.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

from video_queue.domain.catalogue import problem
from video_queue.domain.errors import Loc, Problem, VqError
from video_queue.domain.resolution import parse_size
from video_queue.domain.workflow import Parameter, ParameterType
from video_queue.system.files.path_utils import is_storable, normalize_input_path

RANDOM = "random"
SEED_LIMIT = 2**64
_LONGEST_SHOWN = 80
_INT = re.compile(r"[+-]?[0-9]{1,400}")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_COLOR = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


class WrongTypeError(Exception):
    """A value that is not of the type; the message says what is expected."""


class NotAnOptionError(Exception):
    """A choice that its parameter does not offer."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


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
        typed = _BY_TYPE[parameter.type](parameter, value)
    except WrongTypeError as error:
        texts = {"name": name, "value": shown(value), "expected": str(error)}
        return None, problem("validation.wrong_type", loc, **texts)
    except NotAnOptionError as error:
        options = ", ".join(str(option) for option in parameter.options or ())
        texts = {"name": name, "value": shown(error.value), "options": options}
        return None, problem("validation.not_an_option", loc, **texts)
    except VqError as error:
        return None, error.problem(loc, about=name)
    limit = _limit_problem(name, parameter, typed, loc)
    return (None, limit) if limit else (typed, None)


def shown(value: Any) -> Any:
    """`value` short enough for a message, without characters that cannot be written."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()[:_LONGEST_SHOWN]
    if isinstance(value, bool | int | float) and len(repr(value)) < _LONGEST_SHOWN:
        return value
    return _Short(repr(value))


class _Short(str):
    """A text that shows its beginning, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)[:_LONGEST_SHOWN]


def plain_number(number: float) -> int | float:
    """5.0 as 5: limits are floats in the definition, and whole ones read better without the point."""
    return int(number) if float(number).is_integer() else number


def _text(_: Parameter, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise WrongTypeError("a text")
    text = str(value)
    if not is_storable(text):
        raise WrongTypeError("a text of valid Unicode characters")
    return text


def _int(_: Parameter, value: Any) -> int:
    if isinstance(value, str) and _INT.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise WrongTypeError("a whole number")


def _float(_: Parameter, value: Any) -> float:
    if isinstance(value, str) and _FLOAT.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongTypeError("a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise WrongTypeError("a finite number")
    return number


def _bool(_: Parameter, value: Any) -> bool:
    text = str(value).strip().lower() if isinstance(value, str | int) else ""
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise WrongTypeError("true or false")


def _choice(parameter: Parameter, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise WrongTypeError("one of its options")
    for option in parameter.options or ():
        if option == value or str(option) == str(value):
            return option
    if parameter.options_source or not parameter.options:
        return _text(parameter, value)
    raise NotAnOptionError(value)


def _multichoice(parameter: Parameter, value: Any) -> list[Any]:
    items = _listed(value) if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        raise WrongTypeError("a list of its options")
    return [_choice(parameter, item) for item in items]


def _listed(text: str) -> Any:
    """A JSON list, or names with commas between them."""
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise WrongTypeError("a list of its options") from None
    return [part.strip() for part in text.split(",") if part.strip()]


def _seed(parameter: Parameter, value: Any) -> int | str:
    if isinstance(value, str) and value.strip().lower() == RANDOM:
        return RANDOM
    try:
        seed = _int(parameter, value)
    except WrongTypeError:
        raise WrongTypeError("a whole number from 0 to 2^64-1, or random") from None
    return RANDOM if seed == -1 else seed


def _size(_: Parameter, value: Any) -> dict[str, int]:
    if (size := parse_size(value)) is None:
        raise WrongTypeError("a size such as 832x480")
    return {"width": size[0], "height": size[1]}


def _path(_: Parameter, value: Any) -> str:
    if not isinstance(value, str):
        raise WrongTypeError("a path")
    return str(normalize_input_path(value).absolute())


def _color(_: Parameter, value: Any) -> str:
    if not isinstance(value, str) or not _COLOR.fullmatch(value.strip()):
        raise WrongTypeError("a colour such as #ff8800")
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


def _limit_problem(name: str, parameter: Parameter, value: Any, loc: Loc) -> Problem | None:
    """The problem with a value of the right type: its range, step or pattern."""
    if parameter.type is ParameterType.SEED and value != RANDOM and not 0 <= value < SEED_LIMIT:
        return problem("validation.seed_range", loc, value=_Short(value))
    pattern = parameter.pattern if parameter.type is ParameterType.TEXT else None
    if pattern is not None and not re.fullmatch(pattern, value):
        return problem("validation.pattern", loc, name=name, value=shown(value), pattern=pattern)
    numbers = value.values() if isinstance(value, dict) else [value]
    plain = (number for number in numbers if isinstance(number, int | float) and not isinstance(number, bool))
    problems = (_range_problem(name, parameter, number, loc) for number in plain)
    return next(filter(None, problems), None)


def _range_problem(name: str, parameter: Parameter, number: int | float, loc: Loc) -> Problem | None:
    values = {"name": name, "value": number}
    if parameter.min is not None and number < parameter.min:
        return problem("validation.too_small", loc, **values, limit=plain_number(parameter.min))
    if parameter.max is not None and number > parameter.max:
        return problem("validation.too_big", loc, **values, limit=plain_number(parameter.max))
    start = parameter.min or 0
    if parameter.step is not None and not _on_step(number, start, parameter.step):
        step, first = plain_number(parameter.step), plain_number(start)
        return problem("validation.off_step", loc, **values, step=step, start=first)
    return None


def _on_step(number: int | float, start: float, step: float) -> bool:
    """Exact for whole numbers of any length, within a millionth of a step for others."""
    if isinstance(number, int) and float(start).is_integer() and float(step).is_integer():
        return (number - int(start)) % int(step) == 0
    steps = (float(number) - start) / step if abs(number) < 1e300 else 0.5
    return abs(steps - round(steps)) < 1e-6
