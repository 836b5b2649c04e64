"""Adding up many outputs of a processor at once."""

from __future__ import annotations

import copy
from collections.abc import MutableMapping, Sequence
from typing import Any, Protocol, Self, runtime_checkable

from coffea.processor.accumulator import Addable, add, iadd


@runtime_checkable
class Summable(Protocol):
    """A type of which many values can be added at once."""

    @classmethod
    def sum_of(cls, values: Sequence[Self], /) -> Self:
        """Return the sum of values, which stay as they are.

        It has to be to the last bit what adding them one after the other gives: results must not
        depend on how many there are at once.
        """


def add_up(outputs: Sequence[Any], *, in_place: bool) -> Any:
    """Return the sum of outputs as coffea's ``accumulate`` makes it, from left to right.

    Mappings are walked through, and values of a ``Summable`` type are added all at once.

    Args:
        outputs: The outputs; None is left out.
        in_place: Whether the first may be changed.
    """
    present = [output for output in outputs if output is not None]
    if len(present) < 2:
        return present[0] if present else None
    return _sum(present, in_place=in_place)


def _sum(values: Sequence[Any], *, in_place: bool) -> Any:
    first = values[0]
    kind = type(first)
    if all(type(value) is kind for value in values):
        if issubclass(kind, Summable):
            return kind.sum_of(values)
        # Mappings that know addition, such as Counter, are added by their own.
        if isinstance(first, MutableMapping) and not isinstance(first, Addable):
            return _sum_of_mappings(values, in_place=in_place)
    total = iadd(first, values[1]) if in_place else add(first, values[1])
    for value in values[2:]:
        total = iadd(total, value)
    return total


def _sum_of_mappings(
    mappings: Sequence[MutableMapping[Any, Any]], *, in_place: bool
) -> MutableMapping[Any, Any]:
    total = mappings[0]
    if not in_place:
        total = copy.copy(mappings[0])  # keeps what the type is made with, such as a default
        total.clear()
    keys = dict.fromkeys(key for mapping in mappings for key in mapping)
    for key in keys:
        values = [mapping[key] for mapping in mappings if key in mapping]
        is_own = in_place and key in mappings[0]
        if len(values) > 1:
            total[key] = _sum(values, in_place=is_own)
        elif not is_own:
            total[key] = copy.deepcopy(values[0])
    return total
