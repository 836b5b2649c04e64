"""What is expected of all histograms together, from a file beside a search.

`bumps/NAME.whole.json` says how many histograms have a flag above each of some thresholds, expected
from background alone and seen: `source` and number of `replicas`; `thresholds`; `expected`,
`expected_low`, `expected_high`, `seen` and `p_value`, one each a threshold; `z_bins` (edges of a
histogram of the largest significances), `z_seen` and `z_expected` (one each a bin).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from bumpcast.bumps.findings import FOLDER
from bumpcast.errors import BumpcastError

_PER_THRESHOLD: Final = ("expected", "expected_low", "expected_high", "seen", "p_value")
_PER_BIN: Final = ("z_seen", "z_expected")


class WholeSetError(BumpcastError):
    """The file of a whole set cannot be read."""


def read_whole_set(folder: Path, search: str) -> dict[str, Any] | None:
    """Return the document of a search's whole set; None if nobody has made it yet.

    Args:
        folder: The results folder.
        search: Name of the search.

    Raises:
        WholeSetError: It is no such document.
    """
    path = folder / FOLDER / f"{search}.whole.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        lengths = [len(document[key]) for key in ("thresholds", *_PER_THRESHOLD)]
        bins = [len(document["z_bins"]) - 1, *(len(document[key]) for key in _PER_BIN)]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{path} cannot be read ({error!r}): make it again or remove it"
        raise WholeSetError(msg) from error
    if len(set(lengths)) > 1 or len(set(bins)) > 1:
        msg = (
            f"{path}: {lengths} numbers for the thresholds and {bins} for the bins, which should "
            f"be as many each: make it again or remove it"
        )
        raise WholeSetError(msg)
    known: dict[str, Any] = document
    return known
