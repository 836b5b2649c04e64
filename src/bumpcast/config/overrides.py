"""Overrides of the command line: KEY=VALUE."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from bumpcast.config.errors import ConfigurationError, Origin, Problem
from bumpcast.config.keys import KeyPath, dotted, parse_dotted
from bumpcast.config.layers import Layer, merge_layers, paths_in


def parse_override(text: str) -> tuple[KeyPath, Any]:
    """Read one 'KEY=VALUE'.

    The value is read as TOML (`[100, 200]`, `true`, `1.5`, `"2"`); what is no TOML value is a
    plain string, so that quotes are rarely needed in a shell.

    Raises:
        ConfigurationError: There is no '=' or no dotted key before it.
    """
    key, equals, value = text.partition("=")
    if not equals:
        message = f"{text!r} must be KEY=VALUE, such as run.workers=4"
        raise ConfigurationError([Problem((), message, Origin(None))])
    try:
        path = parse_dotted(key.strip())
    except ValueError as error:
        message = f"{text!r}: {key.strip()!r} is no dotted key, such as run.workers"
        raise ConfigurationError([Problem((), message, Origin(None))]) from error
    return path, _parse_value(value.strip())


def _parse_value(text: str) -> Any:
    try:
        table = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    # A line break could smuggle in a second key; a date is a string to every key there is.
    if set(table) != {"value"} or isinstance(table["value"], (date, datetime, time)):
        return text
    return table["value"]


def apply_overrides(layer: Layer, overrides: Sequence[str]) -> Layer:
    """Merge overrides over a layer; of two for the same key the later wins.

    Args:
        layer: The merged files.
        overrides: 'KEY=VALUE' each.

    Raises:
        ConfigurationError: An override cannot be read, or it reaches into a value that is no table;
            all of them at once.
    """
    problems: list[Problem] = []
    for text in overrides:
        try:
            path, value = parse_override(text)
        except ConfigurationError as error:
            problems.extend(error.problems)
            continue
        outer = _value_on_the_way(layer.values, path)
        if outer is not None:
            message = f"{dotted(outer)} is no table; set it as a whole: {dotted(outer)}=VALUE"
            problems.append(Problem(path, message, Origin(None)))
            continue
        values: Any = value
        for key in reversed(path):
            values = {key: values}
        # The tables on the way keep the file they were written in.
        origins = {
            inner: Origin(None)
            for inner in paths_in(values)
            if len(inner) >= len(path) or inner not in layer.origins
        }
        layer = merge_layers(layer, Layer(values, origins))
    if problems:
        raise ConfigurationError(problems)
    return layer


def _value_on_the_way(values: Mapping[str, Any], path: KeyPath) -> KeyPath | None:
    """Return the path of a value that is no table although the override goes through it."""
    value: Any = values
    for length, key in enumerate(path[:-1], start=1):
        if key not in value:
            return None
        value = value[key]
        if not isinstance(value, Mapping):
            return path[:length]
    return None
