"""How clearly a data set stands out of a spectrum."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bumpcast.compiled import compiled
from bumpcast.massscan.delta.delta import ScanDelta


def clearness(signal: ScanDelta, total: ScanDelta) -> npt.NDArray[np.float64]:
    """Return the root of the sum over bins of s^2 / total for each histogram.

    It is how many standard deviations s would be away from a perfectly known background, for
    s small against it.

    Args:
        signal: Histograms of the data set, scaled.
        total: What it is to stand out of, scaled; bins that it leaves empty say nothing.

    Returns:
        One number per histogram of ``total``, 0 where ``signal`` has none.
    """
    squares: npt.NDArray[np.float64] = _squares(
        signal.states,
        signal.observables,
        signal.offsets,
        signal.bins,
        signal.sums()[:, 0],
        total.states,
        total.observables,
        total.offsets,
        total.bins,
        total.sums()[:, 0],
    )
    return np.sqrt(squares)


@compiled
def _squares(  # type: ignore[no-untyped-def]
    states, observables, offsets, bins, values, t_states, t_observables, t_offsets, t_bins, t_values
):
    squares = np.zeros(len(t_states))
    row = 0
    for t_row in range(len(t_states)):
        while row < len(states) and (
            states[row] < t_states[t_row]
            or (states[row] == t_states[t_row] and observables[row] < t_observables[t_row])
        ):
            row += 1
        if row == len(states):
            break
        if states[row] != t_states[t_row] or observables[row] != t_observables[t_row]:
            continue
        t_cell, t_stop = t_offsets[t_row], t_offsets[t_row + 1]
        for cell in range(offsets[row], offsets[row + 1]):
            while t_cell < t_stop and t_bins[t_cell] < bins[cell]:
                t_cell += 1
            if t_cell < t_stop and t_bins[t_cell] == bins[cell] and t_values[t_cell] > 0:
                squares[t_row] += values[cell] ** 2 / t_values[t_cell]
    return squares
