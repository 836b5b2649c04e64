"""Why no slot of an HTCondor pool can take a job, in plain words."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from bumpcast.batch.jobs import ask

_NAME: Final = "HTCondor"
_REQUEST: Final = ("RequestCpus", "RequestMemory", "RequestDisk")
_TOTAL: Final = ("TotalSlotCpus", "TotalSlotMemory", "TotalSlotDisk")
_BYTES: Final = (0, 1 << 20, 1 << 10)
"""HTCondor counts memory in MiB and disk in KiB."""
_WHAT: Final = ("core", "memory", "scratch space")
_CONDITION: Final = re.compile(r"\[\d+\]\s+(\d+)\s+(.*)")
_OF_THE_MOMENT: Final = re.compile(
    r"\[\d+\]|\bRequest|\b(Cpus|Memory|Disk|GPUs|State|Activity)\b", re.IGNORECASE
)
"""In a condition: what other jobs may have taken for now, or a combination of conditions."""


@dataclass(frozen=True, slots=True)
class Size:
    """Cores, memory in MiB and disk in KiB, of a request or a slot."""

    values: tuple[float, float, float]

    def holds(self, other: Size) -> bool:
        """Whether a request of another size fits."""
        return all(mine >= theirs for mine, theirs in zip(self.values, other.values, strict=True))

    def words(self, index: int) -> str:
        """Return one of the values in words."""
        value = self.values[index]
        if not _BYTES[index]:
            return f"{value:g} core{'s' * (value != 1)}"
        return f"{_size(value * _BYTES[index])} of {_WHAT[index]}"

    def __str__(self) -> str:
        return ", ".join(self.words(index) for index in range(len(self.values)))


def why_idle(number: str) -> str | None:
    """Return why no slot can take a job, whatever else runs there; None: one may in time.

    Args:
        number: The job, as '12.0'.

    Raises:
        BatchError: The queue or the pool does not answer.
    """
    asked = _sizes(ask(_NAME, "condor_q", number, "-af", *_REQUEST), unknown=0.0)
    if not asked:
        return None  # it has just gone
    not_a_part = ("-constraint", 'SlotType =!= "Dynamic"')
    slots = _sizes(ask(_NAME, "condor_status", *not_a_part, "-af", *_TOTAL), unknown=math.inf)
    too_small = what_does_not_fit(asked[0], slots)
    if too_small is not None:
        return too_small
    analysis = ask(_NAME, "condor_q", "-better-analyze", number)
    unmet = unmet_conditions(analysis)
    if unmet:
        return f"no slot of the pool meets what the job requires: {'; '.join(unmet)}"
    return None


def what_does_not_fit(asked: Size, slots: list[Size]) -> str | None:
    """Return in words why no slot is large enough; None: one is.

    Args:
        asked: The job's request.
        slots: The pool's slots, with all that they can be split into.
    """
    if not slots:
        return "the pool has no slots, or shows none to you"
    if any(slot.holds(asked) for slot in slots):
        return None
    lacking = []
    for index, wanted in enumerate(asked.values):
        largest = max(slots, key=lambda slot, index=index: slot.values[index])  # type: ignore[misc]
        if largest.values[index] < wanted:
            lacking.append(
                f"no slot of the pool has {asked.words(index)}: the largest has "
                f"{largest.words(index).partition(' of ')[0]}"
            )
    return "; ".join(lacking) or f"no slot of the pool has all at once: {asked}"


def unmet_conditions(analysis: str) -> list[str]:
    """Return the conditions that no slot meets, but those on what other jobs may use for now.

    Args:
        analysis: What 'condor_q -better-analyze' prints.
    """
    found = []
    for line in analysis.splitlines():
        step = _CONDITION.fullmatch(line.strip())
        if step is not None and step[1] == "0" and not _OF_THE_MOMENT.search(step[2]):
            found.append(step[2].strip())
    return found


def _sizes(listing: str, *, unknown: float) -> list[Size]:
    found = []
    for line in listing.splitlines():
        words = line.split()
        if len(words) == len(_TOTAL):
            cores, memory, disk = (_number(word, unknown) for word in words)
            found.append(Size((cores, memory, disk)))
    return found


def _number(word: str, unknown: float) -> float:
    try:
        return float(word)
    except ValueError:
        return unknown


def _size(count: float) -> str:
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:.3g} TiB"
