"""Links between the particles that are stored."""

from __future__ import annotations

from typing import Any

import numpy as np

from bumpcast.compiled import compiled
from bumpcast.simulate.truth.kinds import heaviest_quark, is_hadron


@compiled
def _first_mother(begin: Any, i: Any, pid: Any, mother1: Any, mother2: Any) -> Any:
    first, last = mother1[i], mother2[i]
    if 0 <= first < last:
        quark = heaviest_quark(pid[i])
        if quark != 0 and abs(pid[begin + first]) < 10_000 and not is_hadron(pid[begin + first]):
            for mother in range(first, last + 1):
                if pid[begin + mother] == quark:
                    return mother
    return first


@compiled
def _ancestor(
    begin: Any, size: Any, i: Any, start: Any, pid: Any, mother1: Any, mother2: Any, chosen: Any
) -> Any:
    """Return the first stored particle of a line of mothers that begins with `start`, or -1."""
    mother = start
    for _ in range(size):
        if mother < 0 or begin + mother == i:
            return -1
        if chosen[begin + mother]:
            return mother
        mother = _first_mother(begin, begin + mother, pid, mother1, mother2)
    return -1


@compiled
def link(
    offsets: Any,
    pid: Any,
    mother1: Any,
    mother2: Any,
    chosen: Any,
    stored_offsets: Any,
    place: Any,
    links: Any,
) -> None:
    """Order the stored particles level by level, which puts a particle's daughters together."""
    most = 0
    for event in range(len(offsets) - 1):
        most = max(most, offsets[event + 1] - offsets[event])
    above = np.empty((2, most), np.int64)
    eldest = np.empty(most, np.int64)
    sibling = np.empty(most, np.int64)
    new = np.empty(most, np.int64)
    second = np.empty((3, most), np.int64)
    for event in range(len(offsets) - 1):
        begin, size = offsets[event], offsets[event + 1] - offsets[event]
        out = stored_offsets[event]
        number = stored_offsets[event + 1] - out
        eldest[:size] = -1
        new[:size] = -1
        for k in range(size - 1, -1, -1):
            i = begin + k
            if not chosen[i]:
                continue
            first = _first_mother(begin, i, pid, mother1, mother2)
            above[0, k] = _ancestor(begin, size, i, first, pid, mother1, mother2, chosen)
            above[1, k] = -1
            if mother2[i] >= 0 and mother2[i] != first:
                above[1, k] = _ancestor(begin, size, i, mother2[i], pid, mother1, mother2, chosen)
            if above[0, k] < 0 or above[0, k] == above[1, k]:
                above[0, k] = max(above[0, k], above[1, k])
                above[1, k] = -1
            if above[0, k] >= 0:
                sibling[k] = eldest[above[0, k]]
                eldest[above[0, k]] = k
        count = 0
        read = 0
        # roots first; what is then left is in a ring of mothers, which its first particle opens
        for k in range(size):
            if chosen[begin + k] and above[0, k] < 0:
                new[k] = count
                place[out + count] = begin + k
                count += 1
        candidate = 0
        while read < number:
            if read == count:
                while not chosen[begin + candidate] or new[candidate] >= 0:
                    candidate += 1
                above[0, candidate] = -1
                new[candidate] = count
                place[out + count] = begin + candidate
                count += 1
            k = place[out + read] - begin
            child = eldest[k]
            before = count
            while child >= 0:
                following = sibling[child]
                if new[child] < 0:
                    new[child] = count
                    place[out + count] = begin + child
                    count += 1
                child = following
            if count > before:
                links[2, out + read] = before
                links[3, out + read] = count - 1
            read += 1
        second[0, :number] = number
        second[1, :number] = -1
        second[2, :number] = 0
        for j in range(number):
            k = place[out + j] - begin
            if above[0, k] >= 0:
                links[0, out + j] = new[above[0, k]]
            if above[1, k] >= 0:
                mother = new[above[1, k]]
                links[1, out + j] = mother
                second[0, mother] = min(second[0, mother], j)
                second[1, mother] = max(second[1, mother], j)
                second[2, mother] += 1
        for j in range(number):
            together = second[1, j] - second[0, j] + 1 == second[2, j]
            if links[2, out + j] < 0 and second[2, j] > 0 and together:
                links[2, out + j] = second[0, j]
                links[3, out + j] = second[1, j]
