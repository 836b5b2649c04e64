"""Writing the closure of a model: closure.csv, the plots, and the page closure.html."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from bumpcast.diskio import write_atomically
from bumpcast.report.closure.curves import save_differences, save_sample
from bumpcast.report.closure.page import page_of
from bumpcast.report.closure.quality import save_importance, save_reliability, save_samples
from bumpcast.report.closure.words import deviations
from bumpcast.surrogates.closure.closure import Closure, measure, measure_probabilities
from bumpcast.surrogates.efficiency import Model
from bumpcast.surrogates.labelled import LabelledEvents
from bumpcast.surrogates.llps import Floats
from bumpcast.surrogates.model.card import SurrogateCard

TABLE: Final = "closure.csv"
PAGE: Final = "closure.html"
PLOTS: Final = "plots"

DRAWN: Final = 16
"""So many samples, the worst, have curves drawn."""

DRAWN_TOGETHER: Final = 40
"""So many samples without lifetimes, the worst, are drawn in one picture."""


def write_closure(
    folder: Path,
    model: Model,
    events: LabelledEvents,
    card: SurrogateCard | None = None,
    other: Model | None = None,
    *,
    other_name: str = "",
    notes: Sequence[str] = (),
    seed: int = 1,
    where: str = "the events",
) -> pd.DataFrame:
    """Compare a model with the search, and write what comes of it.

    Args:
        folder: Where to; made if it is not there, files of the same names are replaced.
        model: A surrogate, or any other model.
        events: What the search decided of events that the model has not learnt from.
        card: Of the model; None: there is none.
        other: A model to stand beside, such as a map.
        other_name: What it is called.
        notes: What the page is to say first, a sentence each.
        seed: Of what is drawn at random.
        where: What the events were read from, for messages.

    Returns:
        The table, as in closure.csv; see `Closure.table`.

    Raises:
        ClosureError: The events do not allow it; see `closure.measure`.
        SurrogateError: The events lack what a model reads.
        DiskError: The folder cannot be written.
    """
    closure = measure(model, events, other, seed=seed, where=where)
    title = "a model" if card is None else card.name
    return write_closure_report(folder, closure, title, card, other_name=other_name, notes=notes)


def write_left_out_closure(
    folder: Path,
    probabilities: Floats,
    events: LabelledEvents,
    card: SurrogateCard,
    *,
    notes: Sequence[str] = (),
) -> pd.DataFrame:
    """Do the same with the events of a training, each seen by trees that had not seen its point.

    Args:
        folder: Where to.
        probabilities: `training.train.Training.left_out`; (events, classes).
        events: What was trained on.
        card: Of the surrogate that came of it.
        notes: What the page is to say first, a sentence each.

    Returns:
        The table, as in closure.csv.

    Raises:
        ClosureError: Probabilities and events do not fit together.
        DiskError: The folder cannot be written.
    """
    closure = measure_probabilities(
        probabilities, events, card.classes, uncertainty=card.uncertainty
    )
    told = "Events of the training, each by trees that had not seen its mass point."
    title = f"{card.name}, mass points left out"
    return write_closure_report(folder, closure, title, card, notes=(told, *notes))


def write_closure_report(
    folder: Path,
    closure: Closure,
    title: str,
    card: SurrogateCard | None = None,
    *,
    other_name: str = "",
    notes: Sequence[str] = (),
) -> pd.DataFrame:
    """Write a closure that was measured.

    Args:
        folder: Where to; made if it is not there, what an earlier page left is replaced.
        closure: What was measured.
        title: Of what.
        card: Of the model; None: there is none.
        other_name: What the model beside it is called.
        notes: What the page is to say first, a sentence each.

    Returns:
        The table, as in closure.csv.

    Raises:
        DiskError: The folder cannot be written.
    """
    (folder / PLOTS).mkdir(parents=True, exist_ok=True)
    table = closure.table
    of_samples = _draw_samples(closure, folder / PLOTS)
    pictures = _draw(closure, list(of_samples), folder / PLOTS)
    page = page_of(
        closure,
        title=title,
        card=card,
        other_name="" if closure.other is None else other_name or "of the same events",
        notes=notes,
        pictures=pictures,
        of_samples=of_samples,
    )
    drawn = {*pictures.values(), *of_samples.values()}
    # Pictures of samples that an earlier page had would be taken for this one's.
    for path in (folder / PLOTS).glob("efficiency_*.png"):
        if path not in drawn:
            path.unlink()
    write_atomically(folder / TABLE, table.to_csv(index=False).encode())
    write_atomically(folder / PAGE, page.encode())
    return table


def _draw_samples(closure: Closure, folder: Path) -> Mapping[str, Path | None]:
    """Return all samples, worst first, with the pictures of those that have curves."""
    table = closure.table
    worst = deviations(table, closure)
    order = pd.Series(worst).groupby(table["sample"], sort=False).max()
    samples = [str(name) for name in order.sort_values(ascending=False, kind="stable").index]
    drawn: dict[str, Path | None] = dict.fromkeys(samples)
    left = DRAWN
    for number, sample in enumerate(samples):
        rows = table[table["sample"] == sample]
        if left and rows["ctau_m"].nunique() > 1:
            # A name may hold what a file's may not.
            path = folder / f"efficiency_{number + 1}_{re.sub(r'[^A-Za-z0-9.+-]', '_', sample)}.png"
            save_sample(closure, rows, path)
            drawn[sample] = path
            left -= 1
    return drawn


def _draw(closure: Closure, samples: Sequence[str], folder: Path) -> dict[str, Path]:
    """Draw all samples together, the reliability and the importance; return what there is."""
    table = closure.table
    pictures: dict[str, Path] = {}
    lifetimes = table.groupby("sample")["ctau_m"].nunique()
    if (lifetimes > 1).any():
        pictures["differences"] = folder / "differences.png"
        save_differences(closure, pictures["differences"])
    else:
        pictures["samples"] = folder / "differences.png"
        shown = list(samples)[:DRAWN_TOGETHER]
        rows = table[table["sample"].isin(shown)]
        rows = rows.sort_values("sample", key=lambda names: names.map(shown.index), kind="stable")
        save_samples(closure, rows, pictures["samples"])
    pictures["reliability"] = folder / "reliability.png"
    save_reliability(closure, pictures["reliability"])
    if closure.importance:
        pictures["importance"] = folder / "importance.png"
        save_importance(closure.importance, pictures["importance"])
    return pictures
