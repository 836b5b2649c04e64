"""Files and folders that a processor's options name: tables with the one key `path`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bumpcast.config.keys import KeyPath

OPTIONS = "options"


def replace_paths(
    options: Mapping[str, Any], change: Callable[[KeyPath, str], Any]
) -> dict[str, Any]:
    """Return options with something else in the place of each file or folder that they name.

    Args:
        options: The table [options]; other values stay as they are.
        change: Gets the key of the path, such as ('options', 'model', 'path'), and the path.
    """
    return {key: _replaced(value, (OPTIONS, key), change) for key, value in options.items()}


def paths_of(options: Mapping[str, Any]) -> dict[KeyPath, str]:
    """Return the files and folders that options name, by the keys of their paths.

    Args:
        options: The table [options].
    """
    found: dict[KeyPath, str] = {}
    replace_paths(options, found.setdefault)
    return found


def _replaced(value: Any, key: KeyPath, change: Callable[[KeyPath, str], Any]) -> Any:
    if isinstance(value, Mapping):
        if list(value) == ["path"] and isinstance(value["path"], str):
            return change((*key, "path"), value["path"])
        return {name: _replaced(inner, (*key, name), change) for name, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, (*key, str(place)), change) for place, inner in enumerate(value)]
    return value
