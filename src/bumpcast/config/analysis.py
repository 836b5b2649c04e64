"""The whole configuration of one analysis."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, model_validator

from bumpcast.config.base import Section
from bumpcast.config.binning import BinningConfig
from bumpcast.config.datasets import DatasetConfig
from bumpcast.config.formats import Format
from bumpcast.config.normalisation import NormalisationConfig
from bumpcast.config.objects import ObjectsConfig
from bumpcast.config.run import RunConfig
from bumpcast.config.scan import KeepConfig, ScanConfig
from bumpcast.errors import did_you_mean


class Analysis(Section):
    """One TOML file, merged, rendered and checked."""

    name: str = Field(..., description="Names the results folder; letters, digits, '-', '_'.")
    processor: str = Field(
        ..., description="'path/file.py:Class', relative to the TOML file that names it."
    )
    options: dict[str, Any] = Field(
        default_factory=dict, description="Handed to the processor's constructor as keywords."
    )
    formats: dict[str, Format] = Field(default_factory=dict)
    datasets: dict[str, DatasetConfig] = Field(..., min_length=1)
    normalisation: NormalisationConfig
    objects: ObjectsConfig | None = None
    scan: ScanConfig | None = None
    binning: BinningConfig | None = None
    keep: KeepConfig = KeepConfig()
    run: RunConfig = RunConfig()

    @model_validator(mode="after")
    def _references_exist(self) -> Self:
        for name, dataset in self.datasets.items():
            if dataset.format not in self.formats:
                msg = (
                    f"datasets.{name}.format: there is no table [formats.{dataset.format}]. "
                    f"{did_you_mean(dataset.format, self.formats)}"
                )
                raise ValueError(msg)
            scaled = self.normalisation.mode != "raw" and dataset.kind != "data"
            if scaled and dataset.cross_section_pb is None:
                msg = (
                    f"datasets.{name}.cross_section_pb (in pb) is missing: a {dataset.kind} data "
                    f"set is scaled to the luminosity and its cross-section never defaults"
                )
                raise ValueError(msg)
        return self
