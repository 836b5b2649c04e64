"""TOML files and the files they extend, merged, with where each key came from."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bumpcast.config.errors import ConfigurationError, Origin, Problem, shown
from bumpcast.config.keys import KeyPath, key_lines
from bumpcast.errors import did_you_mean

EXTENDS = "extends"


@dataclass(frozen=True)
class Layer:
    """Part of a configuration.

    Attributes:
        values: The tables and values as TOML gives them.
        origins: For every table and every value, where it was written. A list is one value.
    """

    values: dict[str, Any]
    origins: dict[KeyPath, Origin]

    def origin_of(self, path: KeyPath) -> Origin | None:
        """Return where a key was written, or else the innermost table that should hold it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return self.origins[path[:length]]
        return None


def deep_merge(base: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    """Merge two tables: tables key by key, and of anything else the child's.

    Args:
        base: What is inherited.
        child: What wins.

    Returns:
        A new table that shares nothing with the two.
    """
    merged = copy.deepcopy(dict(base))
    for key, value in child.items():
        inherited = merged.get(key)
        if isinstance(inherited, dict) and isinstance(value, Mapping):
            merged[key] = deep_merge(inherited, value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged


def merge_layers(base: Layer, child: Layer) -> Layer:
    """Merge two layers; the child wins, value by value and origin by origin."""
    values = deep_merge(base.values, child.values)
    kept = {path: origin for path, origin in base.origins.items() if _holds(values, path)}
    return Layer(values, kept | child.origins)


def _holds(values: Mapping[str, Any], path: KeyPath) -> bool:
    value: Any = values
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            return False
        value = value[key]
    return True


def paths_in(values: Mapping[str, Any], prefix: KeyPath = ()) -> list[KeyPath]:
    """Return the path of every table and every value, outer before inner."""
    paths: list[KeyPath] = []
    for key, value in values.items():
        paths.append((*prefix, key))
        if isinstance(value, Mapping):
            paths.extend(paths_in(value, (*prefix, key)))
    return paths


def read_layers(path: Path) -> Layer:
    """Read a TOML file and everything it extends.

    The top-level key `extends` holds one file name or a list of them, relative to the file that
    names them. Of two bases the later wins, and the file itself wins over all.

    Args:
        path: The TOML file.

    Raises:
        ConfigurationError: A file is missing or no TOML, or a file extends itself.
    """
    return _read(path.absolute(), chain=(), asked_by=None)


def _read(path: Path, chain: tuple[Path, ...], asked_by: Origin | None) -> Layer:
    resolved = path.resolve()
    if resolved in chain:
        circle = [*chain[chain.index(resolved) :], resolved]
        message = "the files extend each other in a circle: " + " -> ".join(map(shown, circle))
        raise ConfigurationError([Problem((EXTENDS,), message, asked_by or Origin(path))])
    values, lines = _parse(path, asked_by)
    bases = values.pop(EXTENDS, [])
    origin = Origin(path, lines.get((EXTENDS,)))
    names = [bases] if isinstance(bases, str) else bases
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        message = f"must be a file name or a list of file names, not {bases!r}"
        raise ConfigurationError([Problem((EXTENDS,), message, origin)])
    layer = Layer({}, {})
    for name in names:
        base = path.parent / Path(name).expanduser()
        layer = merge_layers(layer, _read(base, (*chain, resolved), origin))
    own = {key: Origin(path, _line(lines, key)) for key in paths_in(values)}
    return merge_layers(layer, Layer(values, own))


def _line(lines: Mapping[KeyPath, int], path: KeyPath) -> int | None:
    """Return the line of a key, or of the innermost table around it whose line is known."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def _parse(path: Path, asked_by: Origin | None) -> tuple[dict[str, Any], dict[KeyPath, int]]:
    try:
        text = path.read_bytes().decode("utf-8")
        return tomllib.loads(text), key_lines(text)
    except FileNotFoundError:
        what = f"file {shown(path)}" if asked_by else "such file"
        message = f"there is no {what}. {_files_near(path)}"
    except OSError as error:
        message = f"cannot read {shown(path)}: {error.strerror}"
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigurationError([Problem((), "not UTF-8 text", Origin(path, line))]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([_syntax_problem(path, str(error))]) from error
    key: KeyPath = (EXTENDS,) if asked_by else ()
    raise ConfigurationError([Problem(key, message, asked_by or Origin(path))])


def _syntax_problem(path: Path, message: str) -> Problem:
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line = int(found[1]) if found else None
    return Problem((), f"not valid TOML: {message}", Origin(path, line))


def _files_near(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"The folder {shown(folder)} does not exist."
    return did_you_mean(path.name, [file.name for file in folder.glob("*.toml")])
