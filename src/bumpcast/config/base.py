"""The base of every configuration model."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A table of the TOML: immutable, and any key it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
