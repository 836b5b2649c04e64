"""The card of a surrogate: everything that one must know to use its model, and how it was made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from bumpcast.config.base import Section
from bumpcast.config.surrogate import NOT_SELECTED as NOT_SELECTED
from bumpcast.surrogates.errors import SurrogateError

FORMAT: Final = "bumpcast surrogate 1"
CARD: Final = "card.json"

_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class CardError(SurrogateError):
    """A card cannot be read, or does not say what it has to."""


class FeatureCard(Section):
    """One feature that the model reads."""

    name: str = Field(..., min_length=1, description="Its name, such as 'llp1_Lxy'.")
    unit: str = Field(..., description="'m', 'GeV', or '' for a number without a unit.")
    meaning: str = Field("", description="In words.")


class ModelFile(Section):
    """One file of the model."""

    kind: Literal["xgboost", "onnx"] = Field(..., description="What reads it.")
    file: str = Field(
        ..., pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.+-]*$", description="Its name in the folder."
    )
    sha256: _Digest = Field(..., description="Of its bytes.")


class Scaling(Section):
    """An ONNX file itself makes (x - mean) / std of each feature x before its trees see it."""

    mean: list[float]
    std: list[Annotated[float, Field(gt=0)]]


class CalibrationCard(Section):
    """What is added to the logarithm of each class's probability, before all are scaled to one.

    Between the points it is a straight line, and beyond the outermost as it is there.
    """

    log_probability: list[list[Annotated[float, Field(le=0)]]] = Field(
        ..., description="The points of each class, rising."
    )
    shift: list[list[float]] = Field(..., description="What is added there.")

    @model_validator(mode="after")
    def _are_lines(self) -> Self:
        for number, points in enumerate(self.log_probability):
            if not points or any(low >= high for low, high in pairwise(points)):
                msg = f"log_probability.{number}: there has to be a point, and each above the last"
                raise ValueError(msg)
        if [len(one) for one in self.shift] != [len(one) for one in self.log_probability]:
            msg = "shift: has to have as many numbers as log_probability, class by class"
            raise ValueError(msg)
        return self


class DomainCard(Section):
    """Where the training had events.

    Attributes are ranges that hold all but the outermost of the training's events; see
    `surrogates.domain`.
    """

    ranges: dict[str, tuple[float, float]] = Field(
        default_factory=dict, description="Feature to lowest and highest value."
    )
    children: list[int] | None = Field(
        None, description="The |PDG numbers| of decay products; absent: not known."
    )
    mean_lxy_m: tuple[float, float] | None = Field(
        None, description="A sample's mean Lxy of LLPs with |eta| < 1.5, lowest and highest."
    )
    mean_lz_m: tuple[float, float] | None = Field(
        None, description="A sample's mean Lz of LLPs with |eta| >= 1.5, lowest and highest."
    )
    source: str = Field("", description="Where this is from.")


class SurrogateCard(Section):
    """What card.json holds."""

    format: Literal["bumpcast surrogate 1"] = FORMAT
    name: str = Field(..., min_length=1)
    description: str = ""
    reference: str = Field("", description="The analysis, such as an arXiv number.")
    licence: str = ""
    classes: list[str] = Field(
        ..., min_length=2, description="In the order of the probabilities; first 'not selected'."
    )
    features: list[FeatureCard] = Field(..., min_length=1, description="In the model's order.")
    scaling: Scaling | None = None
    calibration: CalibrationCard | None = None
    files: list[ModelFile] = Field(..., min_length=1)
    uncertainty: dict[str, Annotated[float, Field(ge=0)]] = Field(
        ..., description="Class to the relative uncertainty of an efficiency."
    )
    uncertainty_source: str = Field(..., min_length=1, description="Where it is from.")
    domain: DomainCard = DomainCard()
    training: dict[str, Any] = Field(
        default_factory=dict, description="Samples, settings, search, folds, losses, seed."
    )
    versions: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _lengths_fit(self) -> Self:
        if self.classes[0] != NOT_SELECTED or len(set(self.classes)) < len(self.classes):
            msg = f"classes {self.classes}: the first is {NOT_SELECTED!r}, and no two are the same"
            raise ValueError(msg)
        if set(self.uncertainty) != set(self.classes[1:]):
            msg = (
                f"uncertainty is of {sorted(self.uncertainty)}, and has to be of every selected "
                f"class: {self.classes[1:]}"
            )
            raise ValueError(msg)
        names = [feature.name for feature in self.features]
        if len(set(names)) < len(names):
            msg = f"features {names}: no two may be the same"
            raise ValueError(msg)
        if self.scaling is not None and any(one.kind == "xgboost" for one in self.files):
            msg = "scaling: an ONNX file scales by itself, and nothing scales for one of XGBoost"
            raise ValueError(msg)
        numbers: list[tuple[str, Sequence[Any], int]] = []
        if self.scaling is not None:
            numbers += [
                ("scaling.mean", self.scaling.mean, len(names)),
                ("scaling.std", self.scaling.std, len(names)),
            ]
        if self.calibration is not None:
            numbers.append(("calibration.shift", self.calibration.shift, self.outputs))
        for what, values, wanted in numbers:
            if len(values) != wanted:
                msg = f"{what} has {len(values)} entries, and has to have {wanted}"
                raise ValueError(msg)
        return self

    @property
    def outputs(self) -> int:
        """How many probabilities an event has."""
        return len(self.classes)

    @property
    def feature_names(self) -> list[str]:
        """The features in the model's order."""
        return [feature.name for feature in self.features]

    def as_json(self) -> str:
        """Return the text of card.json."""
        return json.dumps(self.model_dump(mode="json", exclude_none=True), indent=1) + "\n"


def read_card(folder: Path) -> SurrogateCard:
    """Read the card of a model's folder.

    Args:
        folder: It holds card.json.

    Raises:
        CardError: It cannot be read, or a key is wrong; the message lists all that are.
    """
    path = folder / CARD
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); a surrogate is a folder with {CARD}"
        raise CardError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"{path}: is no text: {error}"
        raise CardError(msg) from error
    try:
        return SurrogateCard.model_validate_json(text)
    except ValidationError as error:
        wrong = [
            f"{'.'.join(str(step) for step in detail['loc']) or 'the card'}: {detail['msg']}"
            for detail in error.errors()
        ]
        msg = f"{path}: " + "; ".join(wrong)
        raise CardError(msg) from error
