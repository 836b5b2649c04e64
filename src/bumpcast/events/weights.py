"""Generator weights alone, for their sum over a data set."""

from __future__ import annotations

import logging
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from bumpcast.events.errors import BadEventError, BadEvents, MissingBranchError
from bumpcast.events.files import is_local, reading_failed

logger = logging.getLogger(__name__)


def branch_weights(
    tree: Any, branch: str, start: int, stop: int, bad_events: BadEvents
) -> npt.NDArray[np.float64]:
    """Return the weights that one branch holds; of a list, the first entry of each event.

    Args:
        tree: The uproot tree.
        branch: Key of the branch.
        start: First entry.
        stop: One past the last entry.
        bad_events: "skip" leaves out the weights that are not finite or missing.

    Raises:
        BadEventError: A weight is not finite or missing, and `bad_events` is "fail".
        MissingBranchError: The tree lacks the branch.
    """
    filename = tree.file.file_path
    if branch not in tree:
        raise MissingBranchError.of(
            tree.name,
            branch,
            tree.keys(),
            why="the generator weight (key 'weight' of [formats])",
            filename=filename,
        )
    try:
        column = tree[branch].array(entry_start=start, entry_stop=stop)
    except OSError:
        raise
    except Exception as error:
        # uproot raises whatever damaged bytes lead the decompression or interpretation to
        raise reading_failed(filename, error, local=is_local(filename)) from error
    if column.ndim == 1:
        weights = np.asarray(ak.to_numpy(column), dtype=np.float64)
    else:
        first = ak.fill_none(ak.firsts(column), np.nan)
        weights = np.asarray(ak.to_numpy(first), dtype=np.float64)
    bad = ~np.isfinite(weights)
    if not bad.any():
        return weights
    summary = (
        f"{filename}, tree {tree.name!r}, branch {branch!r}: {bad.sum()} of the entries {start} to "
        f"{stop} hold no finite weight; the first is entry {start + int(np.argmax(bad))}."
    )
    if bad_events == "fail":
        msg = f"{summary} Set run.bad_events = 'skip' to leave such events out and count them."
        raise BadEventError(msg)
    logger.warning("%s They are left out.", summary)
    return weights[~bad]
