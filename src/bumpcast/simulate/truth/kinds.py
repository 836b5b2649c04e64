"""Kinds of particles by their PDG number, in compiled code."""

from __future__ import annotations

from typing import Any

from bumpcast.compiled import compiled


@compiled
def is_heavy(pid: Any) -> Any:
    """Return whether it is a top quark, a heavy boson, or beyond the Standard Model."""
    number = abs(pid)
    if number < 100:
        return 6 <= number <= 8 or number in (17, 18) or 23 <= number <= 80
    # nuclei are above; diffractive states and colour-octet onia are in between
    return 1_000_000 <= number < 1_000_000_000 and not (
        9_900_100 <= number < 9_910_000 or 9_940_000 <= number < 9_960_000
    )


@compiled
def is_hadron(pid: Any) -> Any:
    """Return whether it is a hadron."""
    number = abs(pid)
    return 100 < number < 1_000_000 and number // 10 % 10 != 0


@compiled
def heaviest_quark(pid: Any) -> Any:
    """Return the b or c quark of a hadron, with its sign; 0 if it has none or is no hadron."""
    number = abs(pid)
    if not (400 < number < 1_000_000 and number // 10 % 10 != 0):
        return 0
    first, second, third = number // 1000 % 10, number // 100 % 10, number // 10 % 10
    quark = max(first, second, third)
    if quark != 4 and quark != 5:
        return 0
    sign = 1 if pid > 0 else -1
    if first == 0 and quark == 5:
        # a meson's heavier quark, if it is of the down type, is the antiquark
        sign = -sign
    return sign * quark
