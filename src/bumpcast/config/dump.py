"""A configuration back as TOML text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from bumpcast.config.analysis import Analysis
from bumpcast.config.keys import KeyPath, dotted, quoted, toml_string

_LINE = 100


def analysis_values(analysis: Analysis) -> dict[str, Any]:
    """Return a configuration as the plain tables and values that TOML holds.

    Fields that are absent (None) are left out; all others are there, defaults included.
    """
    return analysis.model_dump(mode="python", exclude_none=True)


def to_toml(analysis: Analysis) -> str:
    """Return a configuration as TOML text that loads to an equal configuration."""
    return dumps(analysis_values(analysis))


def dumps(values: Mapping[str, Any], comments: Mapping[KeyPath, str] | None = None) -> str:
    """Write tables and values as TOML.

    Args:
        values: Tables, lists, texts, numbers, truth values, dates.
        comments: For the paths of some values, what to write behind them.

    Raises:
        TypeError: A value has no form in TOML.
    """
    lines: list[str] = []
    _write_table(values, (), comments or {}, lines)
    return "\n".join(lines).lstrip("\n") + "\n" if lines else ""


def _write_table(
    table: Mapping[str, Any], path: KeyPath, comments: Mapping[KeyPath, str], lines: list[str]
) -> None:
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    plain = {key: value for key, value in table.items() if key not in inner}
    if path and (plain or not inner):
        lines.extend(["", f"[{dotted(path)}]"])
    for key, value in plain.items():
        text = f"{quoted(key)} = {_value(value, room=_LINE - len(key) - 3)}"
        comment = comments.get((*path, key))
        lines.append(f"{text}  # {comment}" if comment else text)
    for key, value in inner.items():
        _write_table(value, (*path, key), comments, lines)


def _value(value: Any, room: int | None = None) -> str:
    """Return one value; with room, a longer list takes a line for each item."""
    if isinstance(value, str):
        return toml_string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{quoted(key)} = {_value(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, Sequence):
        items = [_value(item) for item in value]
        text = f"[{', '.join(items)}]"
        if room is None or len(text) <= room:
            return text
        return "[\n" + "".join(f"  {item},\n" for item in items) + "]"
    msg = f"TOML has no form for {value!r} of type {type(value).__name__}"
    raise TypeError(msg)


def _number(value: float) -> str:
    if math.isfinite(value):
        return repr(float(value))
    return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
