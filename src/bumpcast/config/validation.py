"""From a merged configuration to the checked one, or to everything that is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bumpcast.config.analysis import Analysis, CrossCheckError, dataset_problems
from bumpcast.config.base import SAFE_NAME, Section
from bumpcast.config.datasets import DatasetConfig
from bumpcast.config.errors import Origin, Problem
from bumpcast.config.fields import elsewhere, locate, tag_name
from bumpcast.config.keys import KeyPath
from bumpcast.config.layers import Layer
from bumpcast.config.normalisation import NormalisationConfig
from bumpcast.errors import did_you_mean, nearest


def check(values: Mapping[str, Any], layer: Layer, root: Origin) -> Analysis | list[Problem]:
    """Check a configuration against the models.

    Args:
        values: The configuration, rendered.
        layer: The same with its origins.
        root: The file that was asked for: where a missing table is reported.

    Returns:
        The configuration, or all its problems.
    """
    checked = _validate(Analysis, values)
    if isinstance(checked, Analysis):
        return checked
    return _placed(checked + _cross_checks_of_parts(values), layer, root)


_Model = TypeVar("_Model", bound=Section)


def check_against(
    model: type[_Model], values: Mapping[str, Any], layer: Layer, root: Origin
) -> _Model | list[Problem]:
    """Check a configuration of another kind than an analysis against its model.

    Args:
        model: The model of the whole configuration.
        values: The configuration, rendered.
        layer: The same with its origins.
        root: The file that was asked for: where a missing table is reported.

    Returns:
        The configuration, or all its problems.
    """
    checked = _validate(model, values)
    return checked if isinstance(checked, Section) else _placed(checked, layer, root)


def _validate(model: type[_Model], values: Mapping[str, Any]) -> _Model | list[tuple[KeyPath, str]]:
    try:
        # Through JSON, where the strict mode takes lists for tuples but no text for a number.
        return model.model_validate_json(json.dumps(values, default=str), strict=True)
    except ValidationError as error:
        return [problem for detail in error.errors() for problem in _translate(detail, model)]


def _placed(found: list[tuple[KeyPath, str]], layer: Layer, root: Origin) -> list[Problem]:
    unique = dict.fromkeys(found)
    problems = [Problem(key, message, layer.origin_of(key) or root) for key, message in unique]
    return sorted(problems, key=lambda problem: problem.origin.order)


def _cross_checks_of_parts(values: Mapping[str, Any]) -> list[tuple[KeyPath, str]]:
    """Compare the tables that are right with each other, although others are wrong.

    Pydantic does so only when all are right, and the user would learn of half the problems after
    mending the other half.
    """
    datasets: dict[str, DatasetConfig] = {}
    for name, table in _table(values, "datasets").items():
        dataset = _right_or_none(DatasetConfig, table)
        if dataset is not None:
            datasets[name] = dataset
    normalisation = _right_or_none(NormalisationConfig, values.get("normalisation"))
    return dataset_problems(datasets, _table(values, "formats"), normalisation)


def _table(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = values.get(name)
    return table if isinstance(table, Mapping) else {}


def _right_or_none(model: type[_Model], table: Any) -> _Model | None:
    try:
        return model.model_validate_json(json.dumps(table, default=str), strict=True)
    except ValidationError:
        return None  # reported already


def _translate(detail: ErrorDetails, root: type[Section]) -> list[tuple[KeyPath, str]]:
    """Say in the configuration's own words what pydantic found, as (key, message)."""
    location = detail["loc"]
    if location[-1:] == ("[key]",) and location[-2:-1] == (detail["input"],):
        # pydantic's mark behind a name that is wrong itself; a table can be called so, too.
        location = location[:-1]
    place = locate(location, root)
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return [(place.key, _unknown_key(place.key[-1], place.table, root))]
        case "missing":
            what = place.field.description if place.field and place.field.description else ""
            return [(place.key, f"missing: {what}" if what else "missing")]
        case "union_tag_not_found":
            return [((*place.key, tag_name(location, root)), "missing: it says which kind this is")]
        case "union_tag_invalid":
            tag = str(context["tag"])
            known = [name.strip(" '") for name in str(context["expected_tags"]).split(",")]
            return [
                ((*place.key, tag_name(location, root)), f"unknown: {tag!r}. {_choice(tag, known)}")
            ]
        case "literal_error" if isinstance(detail["input"], str):
            given = detail["input"]
            known = [name for name in str(context["expected"]).split("'") if name not in _GLUE]
            return [(place.key, f"unknown: {given!r}. {_choice(given, known)}")]
        case "string_pattern_mismatch" if context["pattern"] == SAFE_NAME:
            allowed = "may hold only letters, digits, '_' and '-'"
            return [(place.key, f"{_shown(detail['input'])} {allowed}")]
        case "string_pattern_mismatch" if place.field is not None:
            return [(place.key, f"{_shown(detail['input'])} must be {place.field.description}")]
        case "too_short" if context["actual_length"] == 0:
            return [(place.key, "must not be empty")]
        case "value_error" if isinstance(context["error"], CrossCheckError):
            return list(context["error"].problems)
        case "value_error":
            return [(place.key, str(context["error"]))]
        case _:
            reason = detail["msg"].replace("Input should", "should", 1)
            return [(place.key, f"{_shown(detail['input'])} {reason}")]


_GLUE = ("", ", ", " or ")


def _choice(given: str, known: list[str]) -> str:
    """Return the nearest name, where that is no guess in the dark, and all there are."""
    listed = f"Known names: {', '.join(repr(name) for name in known)}."
    close = [name for name in nearest(given, known, most=1) if len(name) > 2]
    return f"Did you mean {close[0]!r}? {listed}" if close else listed


def _unknown_key(name: str, table: Any, root: type[Section]) -> str:
    others = elsewhere(name, root)
    if others:
        return f"unknown key. Did you mean {' or '.join(repr(other) for other in others[:3])}?"
    return f"unknown key. {did_you_mean(name, table.model_fields)}"


def _shown(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
