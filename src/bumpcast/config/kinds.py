"""The kinds of configuration files, told apart by their keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, get_args

from bumpcast.config.analysis import Analysis
from bumpcast.config.base import Section
from bumpcast.config.detector import DetectorConfig
from bumpcast.config.simulate import SimulationCard
from bumpcast.config.surrogate import SurrogateConfig

Kind = Literal["analysis", "card", "detector", "surrogate"]
"""A run's configuration, a process card of `simulate`, the detector of one, or the training of a
surrogate."""

KINDS: Final = get_args(Kind)

MODELS: Final[Mapping[Kind, type[Section]]] = {
    "analysis": Analysis,
    "card": SimulationCard,
    "detector": DetectorConfig,
    "surrogate": SurrogateConfig,
}


def kind_of(values: Mapping[str, Any]) -> Kind:
    """Tell what a file is: that of which it has the most keys, and an analysis if in doubt.

    Args:
        values: What the file and those that it extends hold.
    """
    found: dict[Kind, int] = {
        kind: len(model.model_fields.keys() & values.keys()) for kind, model in MODELS.items()
    }
    return max(found, key=lambda kind: found[kind])
