"""The way from a TOML file to the process card of a simulation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bumpcast.config.detector import DetectorConfig
from bumpcast.config.detectors import load_detector
from bumpcast.config.errors import ConfigurationError, Origin, Problem
from bumpcast.config.keys import KeyPath, toml_string
from bumpcast.config.layers import Layer, read_layers
from bumpcast.config.overrides import apply_overrides
from bumpcast.config.paths import absolute_path
from bumpcast.config.simulate import NO_DETECTOR, SimulationCard, is_slha_text
from bumpcast.config.templates import render
from bumpcast.config.validation import check_against

_OF_DETECTOR = "detector."
_PATHS = ("slha", "lhe", "hepmc", "detector")
_LISTS = ("common", "pythia", "filters")


def load_card(path: str | Path, overrides: Sequence[str] = ()) -> SimulationCard:
    """Read, merge, render and check a process card.

    Args:
        path: The TOML file.
        overrides: 'KEY=VALUE' each, such as 'parameters.mass=1500'; they win over the files.

    Returns:
        The card; its paths are absolute, and it knows where its keys were written.

    Raises:
        ConfigurationError: A file is missing or no TOML, or the card is wrong; the message lists
            every problem with file, line and key.
    """
    path = Path(path)
    layer = apply_overrides(read_layers(path), overrides)
    rendered = render(layer)
    origins = _origins(layer, Origin(path.absolute()))
    checked = check_against(SimulationCard, _resolved(rendered.values, layer), layer, origins[()])
    if isinstance(checked, SimulationCard):
        if not rendered.problems:
            return checked.with_origins(origins)
        raise ConfigurationError(rendered.problems)
    # A template that failed is not a wrong value as well.
    wrong = [found for found in checked if found.key[:1] not in rendered.failed]
    placed = [Problem(one.key, one.message, origins.get(one.key, one.origin)) for one in wrong]
    raise ConfigurationError([*rendered.problems, *placed])


def load_detector_of(card: SimulationCard, overrides: Sequence[str] = ()) -> DetectorConfig | None:
    """Read and check the detector that a card names.

    Args:
        card: The card.
        overrides: 'KEY=VALUE' each, with the detector's own keys.

    Returns:
        None: the card says that there is none.

    Raises:
        ConfigurationError: The card says nothing of a detector, or it is wrong; or there are
            overrides of a detector that there is not.
    """
    key: KeyPath = ("detector",)
    if card.detector is None:
        message = (
            "missing: the file of a detector, such as 'detectors/atlas.toml', or 'none' for the "
            "generated particles alone"
        )
        raise ConfigurationError([Problem(key, message, card.origin_of(key))])
    if card.detector == NO_DETECTOR:
        if overrides:
            message = f"is 'none', so that detector.{overrides[0]} means nothing"
            raise ConfigurationError([Problem(key, message, card.origin_of(key))])
        return None
    return load_detector(card.detector, overrides)


def split_overrides(overrides: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell the overrides of a card from those of its detector, which begin with 'detector.'.

    Args:
        overrides: 'KEY=VALUE' each.

    Returns:
        Those of the card, and those of the detector with its own keys.
    """
    of_detector = [text for text in overrides if text.lstrip().startswith(_OF_DETECTOR)]
    of_card = [text for text in overrides if text not in of_detector]
    return of_card, [text.lstrip().removeprefix(_OF_DETECTOR) for text in of_detector]


def _resolved(values: dict[str, Any], layer: Layer) -> dict[str, Any]:
    """Return the card with paths that are absolute; those in it are relative to their file."""
    resolved = dict(values)
    for key in _PATHS:
        value = values.get(key)
        if not isinstance(value, str) or (key == "detector" and value == NO_DETECTOR):
            continue
        if not (key == "slha" and is_slha_text(value)):
            resolved[key] = absolute_path(value, (key,), layer)
    return resolved


def _origins(layer: Layer, root: Origin) -> dict[KeyPath, Origin]:
    """Return where every key was written, and every item of the lists of settings."""
    origins: dict[KeyPath, Origin] = {(): root, **layer.origins}
    for key in _LISTS:
        items = layer.values.get(key)
        origin = layer.origin_of((key,))
        if isinstance(items, list) and origin is not None:
            for number, line in enumerate(_item_lines(items, origin)):
                origins[(key, str(number))] = Origin(origin.source, line)
    return origins


def _item_lines(items: list[Any], origin: Origin) -> list[int | None]:
    """Return the line of each text in a list; that of the list where it cannot be told."""
    if origin.source is None or origin.line is None:
        return [origin.line] * len(items)
    lines = origin.source.read_text(encoding="utf-8").splitlines()
    found: list[int | None] = []
    start = origin.line - 1
    for item in items:
        place: int | None = origin.line
        if isinstance(item, str):
            written = (toml_string(item), f"'{item}'")
            for number in range(start, len(lines)):
                if any(text in lines[number] for text in written):
                    # Not the next line: two settings may share one.
                    start, place = number, number + 1
                    break
        found.append(place)
    return found
