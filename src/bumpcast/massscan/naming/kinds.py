"""The nine kinds of objects with a four-momentum, in the order of every code and name."""

from __future__ import annotations

from typing import Final, get_args

from bumpcast.config.scan import ObjectKind

KINDS: Final[tuple[ObjectKind, ...]] = get_args(ObjectKind)
"""e m g j b Z Wh T HM; a kind's place in this tuple is its number in codes."""

KIND_NUMBER: Final[dict[str, int]] = {kind: number for number, kind in enumerate(KINDS)}

MAX_OBJECTS_PER_KIND: Final = 4
"""Most objects of one kind in combinations: the width of a kind's field in a combination's mask."""

KIND_LABELS: Final[dict[str, str]] = {
    "e": "e",
    "m": r"\mu",
    "g": r"\gamma",
    "j": "j",
    "b": "b",
    "Z": "Z",
    "Wh": "W_{h}",
    "T": "T",
    "HM": "HM",
}
"""How a plot writes each kind, in LaTeX."""
