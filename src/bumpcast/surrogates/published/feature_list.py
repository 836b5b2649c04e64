"""The list of a published model's features: a list as Python writes it, which is never run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bumpcast.errors import did_you_mean
from bumpcast.surrogates.features import FEATURES, SYNONYMS
from bumpcast.surrogates.published.errors import FeatureListError
from bumpcast.surrogates.published.small_file import read_small

_MOST_BYTES: Final = 16_384
_SHOWN: Final = 60


def read_feature_list(path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read a file that holds a list of names, such as ``['llp1_Lxy', 'llp1_Lz']``.

    Args:
        path: The file.

    Returns:
        The names as they stand there, and the names of `features.FEATURES` that they mean.

    Raises:
        FeatureListError: It holds anything else, or a name that is not known, or one twice; the
            message says what stands where.
    """
    data = read_small(path, _MOST_BYTES, FeatureListError)
    try:
        written = _names(path, data.decode())
    except UnicodeDecodeError as error:
        msg = f"{path}: is no text: {error}"
        raise FeatureListError(msg) from error
    return written, _meant(path, written)


def _names(path: Path, text: str) -> tuple[str, ...]:
    """Return the texts of a list that is written down."""
    try:
        with warnings.catch_warnings():
            # Such as of a backslash that means nothing, which no name has.
            warnings.simplefilter("error")
            # This reads the grammar alone: nothing is looked up, called or made.
            found = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError, Warning) as error:
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        msg = f"{path}: is no list of names as Python writes one: {reason or 'too deep'}"
        raise FeatureListError(msg) from error
    if not isinstance(found, ast.List):
        msg = f"{path}: holds {_described(text, found)}, not a list of names"
        raise FeatureListError(msg)
    names = []
    for number, element in enumerate(found.elts, start=1):
        if not (isinstance(element, ast.Constant) and isinstance(element.value, str)):
            msg = (
                f"{path}: element {number} of the list is {_described(text, element)}; names in "
                f"quotes are expected, and nothing of it was run"
            )
            raise FeatureListError(msg)
        names.append(element.value)
    if not names:
        msg = f"{path}: the list is empty"
        raise FeatureListError(msg)
    return tuple(names)


def _described(text: str, element: ast.expr) -> str:
    """Return what stands somewhere, shortened."""
    there = ast.get_source_segment(text.strip(), element) or ""
    shown = there if len(there) <= _SHOWN else there[:_SHOWN] + "..."
    if isinstance(element, ast.Constant):
        return f"{type(element.value).__name__} {shown!r}"
    return f"{type(element).__name__.lower()} {shown!r}"


def _meant(path: Path, written: Sequence[str]) -> tuple[str, ...]:
    meant: list[str] = []
    for number, name in enumerate(written, start=1):
        ours = SYNONYMS.get(name, name)
        if ours not in FEATURES:
            shown = name[:_SHOWN]
            msg = (
                f"{path}: element {number}, {shown!r}, is no feature that is known. "
                f"{did_you_mean(shown, [*FEATURES, *SYNONYMS])}"
            )
            raise FeatureListError(msg)
        if ours in meant:
            other = meant.index(ours) + 1
            msg = f"{path}: element {number}, {name!r}, is the same feature as element {other}"
            raise FeatureListError(msg)
        meant.append(ours)
    return tuple(meant)
