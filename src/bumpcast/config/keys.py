"""Paths of keys in a TOML file: written, read, and found line by line."""

from __future__ import annotations

import re
import tomllib

KeyPath = tuple[str, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_HEADER = re.compile(r"\s*\[(?P<array>\[)?(?P<key>[^\[\]]+)\]\]?\s*(#.*)?$")
_ASSIGNMENT = re.compile(r"""\s*(?P<key>(?:[A-Za-z0-9_\-. \t]|"[^"\n]*"|'[^'\n]*')+?)\s*=""")


def quoted(key: str) -> str:
    """Return one key as TOML writes it: bare where possible, else as a quoted string."""
    if _BARE.fullmatch(key):
        return key
    return toml_string(key)


def toml_string(text: str) -> str:
    """Return a text as a TOML basic string of one line, quotes included."""
    escaped = "".join(_escape(character) for character in text)
    return f'"{escaped}"'


def _escape(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character < " " or character == "\x7f":
        return f"\\u{ord(character):04x}"
    return character


def dotted(path: KeyPath) -> str:
    """Return a path as a dotted TOML key, such as 'datasets.ttbar.files'."""
    return ".".join(quoted(key) for key in path)


def parse_dotted(text: str) -> KeyPath:
    """Read a dotted TOML key.

    Raises:
        ValueError: The text is no dotted key.
    """
    if "\n" in text or "=" in text or "#" in text:
        msg = f"{text!r} is no dotted key"
        raise ValueError(msg)
    try:
        table = tomllib.loads(f"{text} = 0")
    except tomllib.TOMLDecodeError as error:
        msg = f"{text!r} is no dotted key"
        raise ValueError(msg) from error
    path: list[str] = []
    value: object = table
    while isinstance(value, dict):
        ((key, value),) = value.items()
        path.append(key)
    return tuple(path)


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line (from 1) of each table header and each key at the start of a line.

    Good enough to point at a place in an error message: keys inside inline tables and keys whose
    quoted name holds '=' or '#' are not found.

    Args:
        text: A TOML document that parses.
    """
    lines: dict[KeyPath, int] = {}
    table: KeyPath = ()
    delimiter: str | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if delimiter is None:
            table = _read_line(line, number, table, lines)
        delimiter = _open_string(line, delimiter)
    return lines


def _read_line(line: str, number: int, table: KeyPath, lines: dict[KeyPath, int]) -> KeyPath:
    """Note the keys of one line; return the table that the next line belongs to."""
    match = _HEADER.match(line)
    is_header = match is not None
    match = match or _ASSIGNMENT.match(line)
    if match is None:
        return table
    try:
        key = parse_dotted(match["key"].strip())
    except ValueError:
        return table
    path = key if is_header else table + key
    start = 0 if is_header else len(table)
    for length in range(start + 1, len(path) + 1):
        lines.setdefault(path[:length], number)
    return path if is_header else table


def _open_string(line: str, delimiter: str | None) -> str | None:
    '''Return the delimiter (""" or three apostrophes) of a string still open after this line.'''
    position = 0
    while True:
        if delimiter is None:
            found = [(line.find(quote, position), quote) for quote in ('"""', "'''")]
            starts = [place for place in found if place[0] >= 0]
            if not starts:
                return None
            start, delimiter = min(starts)
            position = start + 3
        end = line.find(delimiter, position)
        if end < 0:
            return delimiter
        position, delimiter = end + 3, None
