"""In which spectra a signal stands out most."""

from __future__ import annotations

from bumpcast.massscan import Results

LEAST_ENTRIES = 50
"""A spectrum with fewer entries shows no shape to the eye."""


def most_visible(results: Results, signal: str, most: int) -> list[str]:
    """Return the invariant masses in which a signal is clearest, at most one of each final state.

    Args:
        results: The scan's results.
        signal: A data set.
        most: How many histograms.
    """
    table = results.table.assign(clearness=results.clearness(signal))
    shown = (table["selection"] == "") & (table["variable"] == "mass")
    shown &= table["entries"] >= LEAST_ENTRIES
    ranked = table[shown & (table["clearness"] > 0)].sort_values("clearness", ascending=False)
    names: list[str] = ranked.drop_duplicates("final_state")["name"].head(most).tolist()
    return names
