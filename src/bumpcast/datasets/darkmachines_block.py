"""Many lines of Dark Machines CSV at once, compiled.

The compiled loop reads only what it is sure of; a line with anything unusual in it goes to
`darkmachines_line.parse_line`, which alone decides what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.datasets.darkmachines_line import (
    ROUNDED_SQUARED_MASS,
    BadLineReasonError,
    parse_line,
)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

READ, BLANK, UNSURE = 0, 1, 2

_TEN_TO_THE = np.array([10.0**power for power in range(23)])
_LARGEST_EXACT = np.uint64(2**53)
_SPACE, _COMMA, _SEMICOLON = 32, 44, 59


@dataclass
class Block:
    """The events of some lines, in MeV; `first[i]` to `first[i] + count[i]` are i's objects."""

    event: Integers
    process: list[str]
    process_index: Integers
    weight: Floats
    met: Floats
    met_phi: Floats
    count: Integers
    code: npt.NDArray[np.int8]
    energy: Floats
    pt: Floats
    eta: Floats
    phi: Floats
    lines: int
    blank: int

    def __len__(self) -> int:
        return len(self.event)


def parse_block(data: bytes, bad_line: Callable[[int, bytes, BadLineReasonError], None]) -> Block:
    """Return the events of whole lines.

    Args:
        data: Lines, each but the last with its newline.
        bad_line: Called for each bad line with its position among the lines, its text and the
            reason; the line is left out if it returns.
    """
    buffer = np.frombuffer(data, dtype=np.uint8)
    breaks = np.flatnonzero(buffer == 10)
    stops = breaks if data.endswith(b"\n") or not data else np.append(breaks, len(buffer))
    starts = np.concatenate(([0], stops[:-1] + 1)) if len(stops) else stops
    most = int(np.count_nonzero(buffer == _COMMA)) // 4 + 1
    lines = len(stops)
    status = np.empty(lines, dtype=np.int8)
    event = np.zeros(lines, dtype=np.int64)
    numbers = np.zeros((3, lines))
    process = np.zeros((3, lines), dtype=np.int64)
    first = np.zeros(lines, dtype=np.int64)
    count = np.zeros(lines, dtype=np.int64)
    code = np.empty(most, dtype=np.int8)
    values = np.empty((4, most))
    used = _parse(
        buffer, starts, stops, status, event, numbers, process, first, count, code, values
    )
    code, values = code[:used], values[:, :used]
    names, index = _process_names(data, process, status == READ)
    extra_codes: list[int] = []
    extra_values: list[tuple[float, ...]] = []
    for position in np.flatnonzero(status == UNSURE):
        text = data[starts[position] : stops[position]]
        try:
            line = parse_line(text.decode(errors="replace"))
        except BadLineReasonError as reason:
            bad_line(int(position), text, reason)
            continue
        if line is None:
            status[position] = BLANK
            continue
        status[position] = READ
        event[position] = line.event
        numbers[:, position] = line.weight, line.met, line.met_phi
        if line.process not in names:
            names.append(line.process)
        index[position] = names.index(line.process)
        first[position] = used + len(extra_codes)
        count[position] = len(line.objects)
        extra_codes += [found[0] for found in line.objects]
        extra_values += [found[1:] for found in line.objects]
    good = status == READ
    if extra_codes:
        code = np.concatenate([code, np.array(extra_codes, dtype=np.int8)])
        values = np.concatenate([values, np.array(extra_values).T], axis=1)
    if not good.all():
        event, numbers, index = event[good], numbers[:, good], index[good]
        first, count = first[good], count[good]
    if extra_codes:
        # the objects in the order of their lines again
        offsets = np.concatenate(([0], np.cumsum(count)))
        order = np.repeat(first - offsets[:-1], count) + np.arange(offsets[-1])
        code, values = code[order], values[:, order]
    return Block(
        event=event,
        process=names,
        process_index=index,
        weight=numbers[0],
        met=numbers[1],
        met_phi=numbers[2],
        count=count,
        code=code,
        energy=values[0],
        pt=values[1],
        eta=values[2],
        phi=values[3],
        lines=lines,
        blank=int(np.count_nonzero(status == BLANK)),
    )


def _process_names(
    data: bytes, process: npt.NDArray[np.int64], good: npt.NDArray[np.bool_]
) -> tuple[list[str], Integers]:
    """Return the different process names, in order of appearance, and each line's place there."""
    index = np.zeros(process.shape[1], dtype=np.int64)
    _, first, inverse = np.unique(process[2, good], return_index=True, return_inverse=True)
    positions = np.flatnonzero(good)
    appearance = np.argsort(first)
    rank = np.empty_like(appearance)
    rank[appearance] = np.arange(len(appearance))
    index[positions] = rank[inverse]
    names = []
    for where in first[appearance]:
        start, stop = process[:2, positions[where]]
        names.append(data[start:stop].decode())
    return names, index


@compiled
def _parse(  # type: ignore[no-untyped-def]
    data, starts, stops, status, event, numbers, process, first, count, code, values
):
    """Read lines; returns how many objects there are in those that are read."""
    used = 0
    for line in range(len(starts)):
        at = starts[line]
        end = stops[line]
        while end > at and (data[end - 1] == _SPACE or data[end - 1] == 13):
            end -= 1
        while at < end and data[at] == _SPACE:
            at += 1
        if at == end:
            status[line] = BLANK
            continue
        status[line] = UNSURE
        # event ID
        whole = np.int64(0)
        begin = at
        while at < end and 48 <= data[at] <= 57:
            whole = whole * 10 + np.int64(data[at] - 48)
            at += 1
        if at in (begin, end) or at - begin > 18 or data[at] != _SEMICOLON:
            continue
        event[line] = whole
        at += 1
        # process ID
        while at < end and data[at] == _SPACE:
            at += 1
        begin = at
        digest = np.uint64(14695981039346656037)
        plain = True
        while at < end and data[at] != _SEMICOLON:
            digest = (digest ^ np.uint64(data[at])) * np.uint64(1099511628211)
            plain &= 32 < data[at] < 127
            at += 1
        if at in (begin, end) or not plain:
            continue
        process[0, line] = begin
        process[1, line] = at
        process[2, line] = np.int64(digest)
        at += 1
        # weight, MET, METphi
        sure = True
        for which in range(3):
            value, at, sure = _number(data, at, end)
            numbers[which, line] = value
            if not sure:
                break
            if at < end:
                if data[at] != _SEMICOLON:
                    sure = False
                    break
                at += 1
            elif which < 2:
                sure = False
                break
        if not sure or numbers[1, line] < 0:
            continue
        # objects
        begin = used
        while at < end:
            while at < end and data[at] == _SPACE:
                at += 1
            if at == end:
                break
            kind, at = _label(data, at, end)
            sure = kind >= 0
            for which in range(4):
                if not sure or at >= end or data[at] != _COMMA:
                    sure = False
                    break
                value, at, sure = _number(data, at + 1, end)
                values[which, used] = value
            if not sure or values[0, used] < 0 or values[1, used] < 0:
                sure = False
                break
            if kind < 2:
                energy = values[0, used]
                momentum = values[1, used] * np.cosh(values[2, used])
                squared = (energy - momentum) * (energy + momentum)
                if not squared >= -ROUNDED_SQUARED_MASS * energy * energy:
                    sure = False
                    break
            code[used] = kind
            used += 1
            if at < end:
                if data[at] != _SEMICOLON:
                    sure = False
                    break
                at += 1
        if not sure:
            used = begin
            continue
        status[line] = READ
        first[line] = begin
        count[line] = used - begin
    return used


@compiled
def _label(data, at, end):  # type: ignore[no-untyped-def]
    """Return the code of the label that starts here, -1 for none, and where it ends."""
    letter = data[at]
    kind = -1
    if letter == 106:  # j
        kind = 0
    elif letter == 98:  # b
        kind = 1
    elif letter == 103 or letter == 97:  # g, a
        kind = 6
    elif (letter == 101 or letter == 109) and at + 1 < end:  # e, m
        at += 1
        charge = data[at]
        if charge == 45 or charge == 43:
            kind = 2 if letter == 101 else 4
            if charge == 43:
                kind += 1
    return kind, at + 1


@compiled
def _number(data, at, end):  # type: ignore[no-untyped-def]
    """Return the number here, where it and the spaces behind it end, and whether it is exact.

    With a mantissa below 2^53 and a power of ten up to 22 one division or multiplication rounds
    correctly; all else is left to Python.
    """
    while at < end and data[at] == _SPACE:
        at += 1
    negative = False
    if at < end and (data[at] == 45 or data[at] == 43):
        negative = data[at] == 45
        at += 1
    mantissa = np.uint64(0)
    digits = 0
    power = 0
    while at < end and 48 <= data[at] <= 57:
        mantissa = mantissa * np.uint64(10) + np.uint64(data[at] - 48)
        digits += 1
        at += 1
    if at < end and data[at] == 46:
        at += 1
        while at < end and 48 <= data[at] <= 57:
            mantissa = mantissa * np.uint64(10) + np.uint64(data[at] - 48)
            digits += 1
            power -= 1
            at += 1
    sure = 0 < digits <= 18
    if at < end and (data[at] == 101 or data[at] == 69):
        at += 1
        sign = 1
        if at < end and (data[at] == 45 or data[at] == 43):
            sign = -1 if data[at] == 45 else 1
            at += 1
        exponent = np.int64(0)
        begin = at
        while at < end and 48 <= data[at] <= 57 and exponent < 10000:
            exponent = exponent * 10 + np.int64(data[at] - 48)
            at += 1
        if at == begin:
            sure = False
        power += int(sign * exponent)
    while at < end and data[at] == _SPACE:
        at += 1
    if not sure or mantissa > _LARGEST_EXACT or power < -22 or power > 22:
        return 0.0, at, False
    value = np.float64(mantissa)
    value = value / _TEN_TO_THE[-power] if power < 0 else value * _TEN_TO_THE[power]
    return -value if negative else value, at, True
