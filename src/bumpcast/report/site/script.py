"""Data as scripts, since a page that is opened from disk may load nothing else."""

from __future__ import annotations

import json
import math
from typing import Any, Final

import numpy as np

_ESCAPES: Final = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
"""What could end a script, or a line of one, where it stands in a text."""


def as_json(document: Any) -> str:
    """Return a document as JSON that may stand in a script of any page.

    Numbers that JSON cannot write, NaN and the infinities, become null.

    Args:
        document: Of dictionaries, lists, texts and numbers, also numpy's.
    """
    text = json.dumps(_plain(document), separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    # Outside of texts none of these occurs in JSON.
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    return text


def registered(report: str, name: str, document: Any) -> bytes:
    """Return the script that hands a document to the page which has asked for it.

    Args:
        report: Which report it belongs to: a page does not take another one's data.
        name: What the page asks for.
        document: Its contents.
    """
    call = f"bumpcast.loading.take({as_json(report)},{as_json(name)},{as_json(document)});\n"
    return call.encode("utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)
