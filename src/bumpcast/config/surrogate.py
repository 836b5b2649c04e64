"""The training of a surrogate: which events, which classes, how."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from bumpcast.config.base import Interval, SafeName, Section

NOT_SELECTED: Final = "not selected"
REGIONS: Final = (NOT_SELECTED, "A", "B", "C", "D")

_Positive = Annotated[float, Field(gt=0)]


class EventsConfig(Section):
    """Files of labelled events: a table [samples.NAME]."""

    files: list[str] = Field(
        ...,
        min_length=1,
        description="Files or globs, relative to the TOML file; Parquet, CSV or ROOT.",
    )
    mass_point: str | None = Field(
        None,
        min_length=1,
        description="What all its events have in common; events of one mass point are trained on "
        "together or not at all, so that what is tested is interpolation. Absent: every file is a "
        "mass point of its own.",
    )
    decisions: str | None = Field(
        None,
        description="Table with the column `decision`, a row for each event in the order of the "
        "files; for files that do not hold it themselves, such as Delphes's.",
    )
    held_out: bool = Field(
        False, description="True: never trained on, and compared with the search at the end."
    )


class ReadingConfig(Section):
    """How files are read: the table [reading]."""

    tree: str | None = Field(None, description="The tree of a ROOT file; absent: the only one.")
    llp_pdg: list[int] = Field(
        [35], min_length=1, description="|PDG numbers| of the LLPs in a truth record."
    )
    boson: bool = Field(False, description="Whether the events have a W or Z boson to look for.")
    columns: dict[str, str] = Field(
        default_factory=dict, description="Our name of a column to the files' own."
    )
    momentum_unit: Literal["GeV", "MeV"] | None = Field(
        None, description="Absent: GeV, and an error where the numbers look like MeV."
    )
    length_unit: Literal["m", "mm"] | None = Field(
        None, description="Absent: m, and an error where the numbers look like mm."
    )


class SearchConfig(Section):
    """Which settings are tried: the table [search]. The first trial has those of [trees]."""

    trials: int = Field(8, ge=1, description="How many; 1: only those of [trees].")
    events: int = Field(
        75_000,
        ge=1000,
        description="So many events, drawn at random, take part with the first fold; with each "
        "further fold the better half of the settings is tried with twice as many.",
    )
    max_depth: tuple[int, int] = Field((6, 11), description="From, to; whole numbers.")
    learning_rate: Interval = Field((0.1, 0.2), description="From, to; evenly in its logarithm.")
    # A leaf of 10 000 events of which one is selected has a weight of 1: were much more asked for,
    # or did lambda matter there, what is rare would be taken for what is less so.
    min_child_weight: Interval = Field((1.0, 6.0), description="From, to; evenly in its logarithm.")
    reg_lambda: Interval = Field((0.03, 1.0), description="From, to; evenly in its logarithm.")
    subsample: Interval = Field((0.6, 1.0), description="From, to.")
    colsample_bytree: Interval = Field((0.6, 1.0), description="From, to.")


class TreesConfig(Section):
    """Settings of XGBoost: the table [trees]; names as there."""

    max_depth: int = Field(9, ge=1, le=16, description="Questions from a tree's root to a leaf.")
    learning_rate: float = Field(
        0.15, gt=0, le=1, description="Part of what a tree says that is added."
    )
    min_child_weight: float = Field(
        3.0, ge=0, description="Least sum of second derivatives of the loss in a leaf."
    )
    reg_lambda: float = Field(0.3, ge=0, description="How much large numbers in leaves cost (L2).")
    subsample: float = Field(1.0, gt=0, le=1, description="Part of the events that a round sees.")
    colsample_bytree: float = Field(
        1.0, gt=0, le=1, description="Part of the features that a tree sees."
    )
    rounds: int = Field(300, ge=1, description="At most; early stopping takes fewer.")
    early_stopping_rounds: int = Field(
        20, ge=1, description="Training ends when so many rounds made held-out events no better."
    )
    max_bin: int = Field(256, ge=2, description="Between how many values of a feature trees cut.")
    one_tree_for_all_classes: bool = Field(
        True,
        description="Whether a tree's leaves hold a number for every class; else a round has a "
        "tree for each, which takes as much longer to evaluate.",
    )


class SurrogateConfig(Section):
    """One training, merged, rendered and checked; from TOML with `load_surrogate_config`."""

    name: SafeName = Field(..., description="Names the surrogate; letters, digits, '-', '_'.")
    description: str = Field("", description="For the card: what the surrogate stands for.")
    reference: str = Field(
        "", description="For the card: the analysis, such as 'arXiv:2407.09183'."
    )
    licence: str = Field("", description="For the card: under which its users may use it.")
    parameters: dict[SafeName, Any] = Field(
        default_factory=dict, description="Values for templates in this file."
    )
    classes: list[str] = Field(
        list(REGIONS),
        min_length=2,
        description="What the analysis decides of an event; the first is 'not selected'.",
    )
    features: list[str] = Field(
        ..., min_length=1, description="What the model reads, in this order."
    )
    decision: str = Field(
        "region", description="The column of the analysis's decision: a class's name or number."
    )
    lifetime: str | None = Field(
        None,
        description="The column of the mean proper decay length in m with which an event was made; "
        "held-out samples are compared lifetime by lifetime.",
    )
    samples: dict[SafeName, EventsConfig] = Field(
        ..., min_length=1, description="Files of labelled events, by name."
    )
    reading: ReadingConfig = Field(ReadingConfig(), description="How files are read.")
    exchange_llps: bool = Field(
        True,
        description="Whether it is as good to call either LLP the first: half of the training's "
        "events then have them exchanged. False where the order means something.",
    )
    folds: int = Field(
        4, ge=2, description="Parts, of whole mass points, each of which is left out once."
    )
    search: SearchConfig = Field(SearchConfig(), description="Which settings are tried.")
    trees: TreesConfig = Field(TreesConfig(), description="Settings of XGBoost.")
    seed: int = Field(1, ge=0, description="Of everything that is drawn at random.")
    uncertainty: dict[str, Annotated[float, Field(ge=0)]] | None = Field(
        None,
        description="Class to the relative uncertainty that the card gives its efficiency. "
        "Absent: how far efficiencies of left-out mass points are off.",
    )
    mean_lxy_m: Interval | None = Field(
        None, description="For the card: mean Lxy of valid samples. Absent: those of the training."
    )
    mean_lz_m: Interval | None = Field(
        None, description="For the card: mean Lz of valid samples. Absent: those of the training."
    )

    @model_validator(mode="after")
    def _classes_and_samples(self) -> Self:
        if self.classes[0] != NOT_SELECTED or len(set(self.classes)) < len(self.classes):
            msg = f"classes: the first is {NOT_SELECTED!r}, and no two are the same"
            raise ValueError(msg)
        if len(set(self.features)) < len(self.features):
            msg = "features: no two may be the same"
            raise ValueError(msg)
        if all(sample.held_out for sample in self.samples.values()):
            msg = "samples: all are held out, and there is nothing to train on"
            raise ValueError(msg)
        if self.uncertainty is not None and set(self.uncertainty) != set(self.classes[1:]):
            msg = f"uncertainty: give one for each of {self.classes[1:]}"
            raise ValueError(msg)
        return self
