"""The whole configuration of one analysis."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Self

from pydantic import Field, model_validator

from bumpcast.config.base import SafeName, Section
from bumpcast.config.binning import BinningConfig
from bumpcast.config.bumps import BumpsConfig
from bumpcast.config.cluster import ClusterConfig
from bumpcast.config.datasets import DatasetConfig
from bumpcast.config.formats import Format
from bumpcast.config.normalisation import NormalisationConfig
from bumpcast.config.objects import ObjectsConfig
from bumpcast.config.run import RunConfig
from bumpcast.config.scan import ScanConfig
from bumpcast.errors import did_you_mean


class CrossCheckError(ValueError):
    """Tables that are right one by one do not fit together.

    Attributes:
        problems: For each the path of the key and what is wrong with it.
    """

    def __init__(self, problems: list[tuple[tuple[str, ...], str]]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{'.'.join(key)}: {message}" for key, message in problems))


def dataset_problems(
    datasets: Mapping[str, DatasetConfig],
    formats: Collection[str],
    normalisation: NormalisationConfig | None,
) -> list[tuple[tuple[str, ...], str]]:
    """Return what in the data sets does not fit the other tables, as (key, message).

    Args:
        datasets: The data sets by name.
        formats: Names of the tables [formats.NAME].
        normalisation: What simulated events are scaled to; None: not known, not checked.
    """
    problems: list[tuple[tuple[str, ...], str]] = []
    for name, dataset in datasets.items():
        if dataset.format not in formats:
            message = (
                f"there is no table [formats.{dataset.format}]. "
                f"{did_you_mean(dataset.format, formats)}"
            )
            problems.append((("datasets", name, "format"), message))
        scaled = (
            normalisation is not None and normalisation.mode != "raw" and dataset.kind != "data"
        )
        if scaled and dataset.cross_section_pb is None:
            message = (
                f"missing: a {dataset.kind} data set is scaled to the luminosity, and its "
                f"cross-section (in pb) never defaults"
            )
            problems.append((("datasets", name, "cross_section_pb"), message))
    return problems


class Analysis(Section):
    """One TOML file, merged, rendered and checked."""

    name: SafeName = Field(..., description="Names the results folder; letters, digits, '-', '_'.")
    processor: str = Field(
        ...,
        pattern=r"^.+\.py:[A-Za-z_][A-Za-z0-9_]*$",
        description="'path/file.py:Class', relative to the TOML file that names it.",
    )
    options: dict[str, Any] = Field(
        default_factory=dict, description="Handed to the processor's constructor as keywords."
    )
    formats: dict[SafeName, Format] = Field(
        default_factory=dict, description="How files are read, by name."
    )
    datasets: dict[SafeName, DatasetConfig] = Field(
        ..., min_length=1, description="The data sets, by name."
    )
    normalisation: NormalisationConfig = Field(
        ..., description="What simulated events are scaled to."
    )
    objects: ObjectsConfig | None = Field(None, description="Which objects count, and as what.")
    scan: ScanConfig | None = Field(None, description="Final states, selections and variables.")
    binning: BinningConfig | None = Field(None, description="How wide the mass bins are.")
    bumps: BumpsConfig = Field(BumpsConfig(), description="How the histograms are searched.")
    run: RunConfig = Field(RunConfig(), description="How the run walks through the events.")
    cluster: ClusterConfig = Field(
        ClusterConfig(), description="What a batch system is asked for, where there is one."
    )

    @model_validator(mode="after")
    def _tables_fit_together(self) -> Self:
        problems = dataset_problems(self.datasets, self.formats, self.normalisation)
        if self.scan is not None:
            problems += [
                (("scan",), f"needs the table [{table}], which is missing")
                for table in ("objects", "binning")
                if getattr(self, table) is None
            ]
        if problems:
            raise CrossCheckError(problems)
        return self

    def format_of(self, dataset: str) -> Format:
        """Return how a data set's files are read.

        Args:
            dataset: The data set's name.
        """
        return self.formats[self.datasets[dataset].format]
