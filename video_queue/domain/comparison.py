"""What differs between two jobs or prompts."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

Subject = Literal["workflow", "parameter", "input", "resolution", "model"]


class Difference(BaseModel):
    """One value that differs; null on the side that has none."""

    subject: Subject
    name: str
    a: Any
    b: Any


class Comparison(BaseModel):
    """Two jobs (`12`) or prompts (`12.3`), and in what they differ."""

    a: str
    b: str
    same: bool
    differences: list[Difference]
