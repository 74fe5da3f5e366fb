"""One line of the doctor's answer."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

State = Literal["ok", "warn", "fail"]


class Check(BaseModel):
    """One line of the doctor's answer; `fix` is empty when nothing is to be done."""

    name: str
    state: State
    message: str
    fix: str = ""


def check(name: str, state: State, message: str, fix: str = "") -> Check:
    """A check by its fields, in their order."""
    return Check(name=name, state=state, message=message, fix=fix)
