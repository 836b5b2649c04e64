"""Data sets: where the events are and how many of them nature would make."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from bumpcast.config.base import Section

DatasetKind = Literal["data", "background", "signal"]


class DatasetConfig(Section):
    """One data set: the table [datasets.NAME]."""

    files: list[str] = Field(
        ...,
        min_length=1,
        description="Paths, globs or addresses (root://, https://, s3://); relative paths are "
        "relative to the TOML file that names them.",
    )
    format: str = Field(..., description="Name of a table [formats.NAME].")
    kind: DatasetKind = Field(
        ..., description="'data' is never scaled; 'background' and 'signal' are."
    )
    label: str | None = Field(None, description="How plots call it; absent: its name.")
    cross_section_pb: float | None = Field(
        None, gt=0, description="Production cross-section in pb; simulated data sets need it."
    )
    k_factor: float = Field(1.0, gt=0, description="Higher-order correction to the cross-section.")
    branching_ratio: float = Field(
        1.0, gt=0, le=1, description="Of the decay that was generated; 1: all decays, or included."
    )
    filter_efficiency: float = Field(
        1.0, gt=0, le=1, description="Share of events that passed the generator's filter."
    )
    sum_of_weights: float | None = Field(
        None,
        gt=0,
        description="Sum of generator weights before any skim; absent: summed over the files.",
    )

    @model_validator(mode="after")
    def _data_has_no_cross_section(self) -> Self:
        if self.kind == "data" and self.cross_section_pb is not None:
            msg = "a data set of kind 'data' is never scaled: leave cross_section_pb out"
            raise ValueError(msg)
        return self

    @property
    def effective_cross_section_pb(self) -> float | None:
        """Cross-section x k-factor x branching ratio x filter efficiency in pb."""
        if self.cross_section_pb is None:
            return None
        return self.cross_section_pb * self.k_factor * self.branching_ratio * self.filter_efficiency
