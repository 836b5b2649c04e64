"""The base of every configuration model and the types that several tables share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Section(BaseModel):
    """A table of the TOML: immutable, and any key it does not know is an error.

    Numbers are finite unless a field says otherwise. Infinity is written to JSON as the string
    "Infinity", because JSON has no number for it.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        validate_default=True,
        allow_inf_nan=False,
        ser_json_inf_nan="strings",
    )


def _is_ordered(bounds: tuple[float, float]) -> tuple[float, float]:
    low, high = bounds
    if not low < high:  # written this way round so that NaN is refused as well
        msg = f"the lower bound {low} must be below the upper bound {high}"
        raise ValueError(msg)
    return bounds


Interval = Annotated[tuple[float, float], AfterValidator(_is_ordered)]
"""[low, high], both finite."""

OpenInterval = Annotated[
    tuple[float, Annotated[float, Field(allow_inf_nan=True)]], AfterValidator(_is_ordered)
]
"""[low, high], where high may be `inf`."""

SAFE_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_-]*$"
SafeName = Annotated[str, Field(pattern=SAFE_NAME)]
"""A name that can also name a file: letters, digits, '_' and '-'."""
