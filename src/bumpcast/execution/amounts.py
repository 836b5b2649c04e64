"""Amounts as people read them: numbers, rates, durations, times of day."""

from __future__ import annotations

from datetime import datetime, timedelta

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def brief(value: float) -> str:
    """Return a number in at most seven characters: '999', '12,345', '1.23 M'.

    Args:
        value: Not negative.
    """
    for scale, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M")):
        # What would be rounded up to the next unit is given in it.
        if value >= 0.9995 * scale:
            return f"{_three_digits(value / scale)} {prefix}"
    return f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def briefest(value: int) -> str:
    """Return a number in at most five characters: '9,999', '12.3k', '1.23M'."""
    for scale, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= max(0.9995 * scale, 10_000):
            return f"{_three_digits(value / scale)}{prefix}"
    return f"{value:,}"


def size(value: float) -> str:
    """Return a number of bytes with its unit: '45.1 MB'."""
    for scale, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if value >= 0.9995 * scale:
            return f"{_three_digits(value / scale)} {unit}"
    return f"{value / 1e3:.0f} kB"


def duration(seconds: float) -> str:
    """Return a time span by its two largest units: '42 s', '12 min', '3 h 20 min', '2 d 4 h'."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < 10 * _MINUTE:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    minutes = round(seconds / _MINUTE)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < _DAY // _MINUTE:
        return f"{minutes // 60} h {minutes % 60} min"
    hours = round(seconds / _HOUR)
    return f"{hours // 24} d {hours % 24} h"


def time_of_day(now: datetime, seconds: float) -> str:
    """Return when a time span ends: '14:32', with the day unless it is today.

    Args:
        now: When it begins.
        seconds: How long it is.
    """
    end = now + timedelta(seconds=seconds)
    if end.date() == now.date():
        return f"{end:%H:%M}"
    near = end - now < timedelta(days=6)
    return f"{end:%a %H:%M}" if near else f"{end:%Y-%m-%d %H:%M}"


def _three_digits(value: float) -> str:
    return f"{value:.2f}" if value < 9.995 else f"{value:.1f}" if value < 99.95 else f"{value:.0f}"
