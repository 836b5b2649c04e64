"""The JSON schema of a configuration file, for editors and for reading."""

from __future__ import annotations

import math
from typing import Any

from bumpcast.config.kinds import MODELS, Kind

_TITLES = {
    "analysis": "bumpcast analysis",
    "card": "bumpcast process card",
    "detector": "bumpcast detector",
    "surrogate": "bumpcast training of a surrogate",
}


def json_schema(kind: Kind = "analysis") -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of the merged and rendered configuration.

    It also allows `extends`, which a file may hold. Defaults that JSON cannot write (infinity) are
    left out.

    Args:
        kind: Of a run, a process card, a detector, or the training of a surrogate.
    """
    schema: dict[str, Any] = _without_infinity(MODELS[kind].model_json_schema())
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = _TITLES[kind]
    schema["properties"]["extends"] = {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        "description": "Files whose tables this one inherits, relative to it; the later wins, and "
        "this file over all.",
    }
    return schema


def _without_infinity(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: _without_infinity(value)
            for key, value in node.items()
            if not (key == "default" and _holds_infinity(value))
        }
    if isinstance(node, list):
        return [_without_infinity(item) for item in node]
    return node


def _holds_infinity(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds_infinity(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_holds_infinity(item) for item in value)
    return isinstance(value, float) and not math.isfinite(value)
