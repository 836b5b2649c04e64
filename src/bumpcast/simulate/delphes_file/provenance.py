"""Where a simulated file comes from, kept in the file itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import uproot

from bumpcast.errors import BumpcastError
from bumpcast.simulate.events import CrossSection

KEY: Final = "bumpcast_simulation"
"""Name of the text (a TObjString) in the file, which is JSON."""

_LAYOUT = 1


class ProvenanceError(BumpcastError):
    """A file does not say where it comes from."""


@dataclass(frozen=True, slots=True)
class Block:
    """One block of events of a file.

    Attributes:
        number: Its place in the run.
        seed: The generator's seed for it.
        events: How many events it has.
    """

    number: int
    seed: int
    events: int


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a simulated file comes from.

    Attributes:
        card: Text of the process card, all that it extends included.
        seed: Of the run.
        blocks: What the file is made of, in its order.
        cross_section: Of all blocks together.
        settings: Of the generator and the detector, as they were used; plain JSON values.
        versions: By the program's name.
    """

    card: str
    seed: int
    blocks: tuple[Block, ...]
    cross_section: CrossSection
    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def events(self) -> int:
        """Number of events in the file."""
        return sum(block.events for block in self.blocks)

    @property
    def filter_efficiency(self) -> float:
        """Share of the accepted events that passed the filters; 1 if there were none."""
        cross_section = self.cross_section
        return cross_section.kept / cross_section.accepted if cross_section.accepted else 1.0

    def to_json(self) -> str:
        """Return it as text."""
        cross_section = self.cross_section
        return json.dumps(
            {
                "layout": _LAYOUT,
                "card": self.card,
                "seed": self.seed,
                "blocks": [[block.number, block.seed, block.events] for block in self.blocks],
                "cross_section": {
                    "value_pb": cross_section.value,
                    "error_pb": cross_section.error,
                    "tried": cross_section.tried,
                    "accepted": cross_section.accepted,
                    "kept": cross_section.kept,
                    "by_process": [
                        {"code": code, "name": name, "value_pb": value, "accepted": accepted}
                        for (code, name), (value, accepted) in cross_section.by_process.items()
                    ],
                },
                "settings": self.settings,
                "versions": self.versions,
            },
            default=_plain_number,
        )

    @classmethod
    def from_json(cls, text: str) -> Provenance:
        """Return what a text holds.

        Raises:
            ProvenanceError: It is none that `to_json` returned.
        """
        try:
            values = json.loads(text)
            layout = values["layout"]
            if layout != _LAYOUT:
                msg = f"its layout is {layout}; this version reads {_LAYOUT}"
                raise ProvenanceError(msg)
            cross_section = values["cross_section"]
            return cls(
                card=values["card"],
                seed=values["seed"],
                blocks=tuple(Block(*block) for block in values["blocks"]),
                cross_section=CrossSection(
                    value=cross_section["value_pb"],
                    error=cross_section["error_pb"],
                    tried=cross_section["tried"],
                    accepted=cross_section["accepted"],
                    kept=cross_section["kept"],
                    by_process={
                        (process["code"], process["name"]): (
                            process["value_pb"],
                            process["accepted"],
                        )
                        for process in cross_section["by_process"]
                    },
                ),
                settings=values["settings"],
                versions=values["versions"],
            )
        except (ValueError, KeyError, TypeError) as error:
            msg = f"what it says of its simulation cannot be read: {error!r}"
            raise ProvenanceError(msg) from error


def _plain_number(value: Any) -> Any:
    """Return a NumPy number or array as JSON has it."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    msg = f"{value!r} cannot be kept in a file: settings are texts, numbers, lists and tables"
    raise TypeError(msg)


def read_provenance(path: Path | str) -> Provenance:
    """Return where a simulated file comes from.

    Args:
        path: A file that `bumpcast simulate` wrote.

    Raises:
        ProvenanceError: The file does not say so, or not in a way that this version reads.
    """
    with uproot.open(path) as file:
        if KEY not in file:
            msg = f"{path}: no {KEY!r} in it: it was not written by `bumpcast simulate`"
            raise ProvenanceError(msg)
        text = str(file[KEY])
    try:
        return Provenance.from_json(text)
    except ProvenanceError as error:
        msg = f"{path}: {error}"
        raise ProvenanceError(msg) from error


def combined(parts: Sequence[Provenance]) -> Provenance:
    """Return the provenance of a file that is made of several, in their order.

    Cross-sections are averaged with the numbers of tries as weights (of accepted events where the
    generator counts no tries), which is what one long run would have found.

    Args:
        parts: At least one; all of the same run.

    Raises:
        ProvenanceError: There are none, or their cards, seeds, settings or versions differ.
    """
    if not parts:
        msg = "there is nothing to combine"
        raise ProvenanceError(msg)
    first = parts[0]
    for part in parts[1:]:
        for what in ("card", "seed", "settings", "versions"):
            if getattr(part, what) != getattr(first, what):
                msg = f"the {what} of the blocks differ: they are not of one run"
                raise ProvenanceError(msg)
    return Provenance(
        card=first.card,
        seed=first.seed,
        blocks=tuple(block for part in parts for block in part.blocks),
        cross_section=CrossSection.of_all([part.cross_section for part in parts]),
        settings=first.settings,
        versions=first.versions,
    )
