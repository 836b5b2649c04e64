"""What the blocks of a simulation follow from: only blocks of the same plan are put together."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from bumpcast.config.detector import DetectorConfig
from bumpcast.config.simulate import SimulationCard
from bumpcast.diskio import write_atomically
from bumpcast.errors import BumpcastError
from bumpcast.own_code import code_digest
from bumpcast.simulate import blocks
from bumpcast.simulate.eventfile import identity, source_of

_NAME: Final = "plan.json"


class SimulationError(BumpcastError):
    """A simulation cannot be begun or gone on with."""


def plan_of(
    card: SimulationCard, detector: DetectorConfig | None, events: int, seed: int
) -> dict[str, Any]:
    """Return what the content of a block follows from.

    Args:
        card: The process.
        detector: What is seen of it; None: there is none.
        events: How many altogether: the last block has what is left of them.
        seed: Of the whole.

    Raises:
        OSError: A file that the card names is not there.
    """
    source = source_of(card)
    files = [spectrum_of(card), None if source is None else source[1]]
    return {
        "card": _digest(json.dumps(card.model_dump(mode="json"), sort_keys=True)),
        "detector": None if detector is None else _digest(detector.model_dump_json()),
        "files": [list(identity(path)) for path in files if path is not None],
        "name": card.name,
        "seed": seed,
        "events": events,
        "block_events": blocks.EVENTS,
        "code": code_digest(),
    }


def spectrum_of(card: SimulationCard) -> Path | None:
    """Return the file of a card's spectrum; None: it has none, or holds it itself."""
    if card.slha is None or card.slha_is_text():
        return None
    return Path(card.slha)


def write(folder: Path, plan: dict[str, Any]) -> None:
    """Write a plan beside its blocks.

    Raises:
        DiskError: It cannot be written.
    """
    write_atomically(folder / _NAME, (json.dumps(plan, indent=1) + "\n").encode())


def compare(folder: Path, plan: dict[str, Any]) -> None:
    """Do nothing if the blocks in a folder are of a plan.

    Raises:
        SimulationError: They are of another one.
    """
    path = folder / _NAME
    try:
        there = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        msg = f"{path} cannot be read ({error}): --overwrite begins anew"
        raise SimulationError(msg) from error
    differing = [key for key, value in plan.items() if there.get(key) != value]
    if differing:
        msg = (
            f"the blocks in {folder} are of another simulation ({', '.join(differing)} differ): "
            f"--overwrite begins anew"
        )
        raise SimulationError(msg)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
