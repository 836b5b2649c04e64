"""What is expected of all histograms together, from a file beside a search.

`bumpcast bumps whole` writes `bumps/NAME.whole.json`: under `settings` how it was done, under
`whole` the numbers of histograms and of groups of them above each threshold, seen and in replicas
of the events. Where the file has `z_bins` (edges of a histogram of the largest significances),
`z_seen` and `z_expected` (one each a bin), these are drawn.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from bumpcast.bumps.findings import FOLDER
from bumpcast.errors import BumpcastError

_HALF: Final = ("0.16", "0.84")
"""Shares of the replicas between which 68 % of them are."""

_DRAWN: Final = ("z_bins", "z_seen", "z_expected")


class WholeSetError(BumpcastError):
    """The file of a whole set cannot be read."""


def read_whole_set(folder: Path, search: str) -> dict[str, Any] | None:
    """Return what is expected of all histograms of a search; None if nobody has made it yet.

    Args:
        folder: The results folder.
        search: Name of the search.

    Returns:
        What a page shows: `source` and number of `replicas`; `rows`, each with `what` is counted
        ('histograms', 'groups', 'largest'), the `threshold` (None for the largest z), `expected`,
        `low` and `high` (68 % of the replicas are between them), `seen` and `p`; and `z_bins`,
        `z_seen`, `z_expected` where they are known.

    Raises:
        WholeSetError: The file is damaged or none of a whole set.
    """
    path = folder / FOLDER / f"{search}.whole.json"
    try:
        return _of_document(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        msg = f"{path} is damaged or no file of a whole set ({error!r}): make it again or remove it"
        raise WholeSetError(msg) from error


def _of_document(document: dict[str, Any]) -> dict[str, Any]:
    whole, drawn = document["whole"], document["settings"]["drawn"]
    rows = [
        _row(what, float(threshold), tally)
        for what in ("histograms", "groups")
        for threshold, tally in whole[what].items()
    ]
    rows.append(_row("largest", None, whole["largest"]))
    shown: dict[str, Any] = {
        "source": str(drawn["source"]),
        "replicas": int(whole["replicas"]),
        "rows": rows,
    }
    if all(key in document for key in _DRAWN):
        edges, *columns = ([float(value) for value in document[key]] for key in _DRAWN)
        if any(len(column) != len(edges) - 1 for column in columns):
            msg = f"{[len(column) for column in columns]} numbers for {len(edges)} edges"
            raise ValueError(msg)
        shown |= dict(zip(_DRAWN, (edges, *columns), strict=True))
    return shown


def _row(what: str, threshold: float | None, tally: dict[str, Any]) -> dict[str, Any]:
    low, high = (float(tally["quantiles"][share]) for share in _HALF)
    numbers = {key: float(tally[key]) for key in ("expected", "seen", "p")}
    return {"what": what, "threshold": threshold, "low": low, "high": high, **numbers}
