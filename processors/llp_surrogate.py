"""How a search sees long-lived particles (LLPs), by a surrogate or an efficiency map.

Copy this file, change it, and name the copy in your TOML: processor = "my_llps.py:LlpSurrogate".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import awkward as ak
import hist
import numpy as np
from coffea.processor import ProcessorABC

from bumpcast.config import Analysis
from bumpcast.execution import RunSummary, store_result
from bumpcast.report.lifetime_curves import prepare_curves, report_curves
from bumpcast.surrogates.curve import AtLifetime, By, at_lifetimes
from bumpcast.surrogates.curve_files import write_curves
from bumpcast.surrogates.curve_parts import CurveSums
from bumpcast.surrogates.efficiency import EfficiencyError
from bumpcast.surrogates.models import open_model
from bumpcast.surrogates.reading.chunks import source_of
from bumpcast.surrogates.reading.options import ReadOptions
from bumpcast.surrogates.run_settings import lifetimes_among, lifetimes_of, readers_of
from bumpcast.surrogates.sample_curve import sample_curve


class LlpSurrogate(ProcessorABC):  # type: ignore[misc]
    """Sums and histograms of the truth of Delphes events, weighted by how a search would see them.

    Args:
        analysis: The configuration; its table [options] sets what follows.
        model: A surrogate's folder or a map's file, { path = "..." }; or a published map's name.
        ctau_m: Mean proper decay lengths in m.
        llp_pdg: PDG numbers of the LLPs.
        boson: Whether the model reads the W or Z boson beside them.
        child: |PDG number| of what LLPs decay to, where the files do not say it.
        by: 'draws' draws decays anew at each lifetime; 'weights' weights those of the files;
            'mixture' draws each once, at one of the lifetimes, and weights it for all, so that the
            model is asked once and not once a lifetime.
        ctau_of_sample_m: With which the files were made, in m, for weights: a number, or a table of
            one for each data set.
        draws: How often each event decays: at each lifetime, or in all for a mixture.
        seed: Of the draws.
        histogram_ctau_m: Those of the lifetimes at which histograms are filled.
        plots: Whether to draw at the end.
    """

    def __init__(
        self,
        analysis: Analysis,
        model: str | Path,
        ctau_m: Sequence[float],
        llp_pdg: Sequence[int] = (35,),
        boson: bool = False,
        child: int | None = None,
        by: By = "draws",
        ctau_of_sample_m: float | Mapping[str, float] | None = None,
        draws: int = 1,
        seed: int = 1,
        histogram_ctau_m: Sequence[float] = (),
        plots: bool = True,
    ) -> None:
        options = ReadOptions(
            llp_pdg=tuple(llp_pdg),
            boson=boson,
            decays=by == "weights",  # Else they are drawn, and their branches are not read.
            child=child,
            bad_events=analysis.run.bad_events,
            seed=seed,
        )
        self.analysis, self.plots, self.seed = analysis, plots, seed
        self.readers = readers_of(analysis, options)
        self.lifetimes = lifetimes_of(analysis, ctau_m, by, ctau_of_sample_m, draws)
        self.histogram_ctau_m = lifetimes_among(histogram_ctau_m, ctau_m)
        self.model = open_model(str(model))

    def columns(self, dataset: str, keys: Collection[str]) -> Collection[str]:
        """Return the branches to read in one go, out of those that a file has."""
        return self.readers[dataset].columns(keys)

    def process(self, events: ak.Array) -> dict[str, Any]:
        """Return the sums and histograms of one chunk."""
        dataset = events.metadata["dataset"]
        pairs, entries = self.readers[dataset].pairs(events)
        # Draws follow from the file and the entry, so that it does not matter who draws them.
        name = f"{self.seed} {source_of(events)}"
        lifetimes = replace(self.lifetimes[dataset], name=name)

        sums = []
        histograms = self.empty_histograms()
        for at in at_lifetimes(self.model, pairs, entries, lifetimes):
            sums.append(at.sums)
            if at.ctau_m in self.histogram_ctau_m:
                self.fill(histograms, at)
        return {
            dataset: {
                "sums": CurveSums.of(lifetimes.ctau_m, sums),
                "histograms": histograms,
                "events": len(events),
                "bad_events": len(events) - len(pairs),
                "sum_of_weights": float(np.sum(pairs.weight)),
            }
        }

    def empty_histograms(self) -> dict[str, hist.Hist[Any]]:
        """Return the histograms: of each LLP, by lifetime and class; 'all' is every event."""
        ctau = hist.axis.StrCategory([f"{one:g}" for one in self.histogram_ctau_m], name="ctau_m")
        names = hist.axis.StrCategory(["all", *self.model.classes[1:]], name="selected")
        axes = {
            "pt": hist.axis.Regular(60, 0, 600, name="pt", label="LLP $p_T$ [GeV]"),
            "lxy": hist.axis.Regular(60, 0, 6, name="lxy", label="LLP decay $L_{xy}$ [m]"),
            "lz": hist.axis.Regular(60, 0, 9, name="lz", label="LLP decay $|L_z|$ [m]"),
        }
        return {name: hist.Hist(ctau, names, axis, storage="Weight") for name, axis in axes.items()}

    def fill(self, histograms: dict[str, hist.Hist[Any]], at: AtLifetime) -> None:
        """Fill the LLPs of all events at one lifetime."""
        for draw in at.draws:
            pairs, seen = draw.pairs, draw.seen
            # The second LLP of an event that has but one is the first again.
            there = np.column_stack([np.ones(len(pairs), bool), ~pairs.copied])
            weight = at.weight * draw.share
            for number, name in enumerate(["all", *self.model.classes[1:]]):
                weights = weight if number == 0 else weight * seen.selected[:, number - 1]
                each = np.broadcast_to(weights[:, None], there.shape)[there]
                for column, histogram in histograms.items():
                    values = getattr(pairs, column)[there]
                    histogram.fill(f"{at.ctau_m:g}", name, values, weight=each)

    def postprocess(self, accumulator: dict[str, Any]) -> dict[str, Any]:
        """Return the sum of all chunks as it is."""
        return accumulator

    def prepare_publish(self) -> None:
        """Import what `publish` draws with, while the workers start."""
        prepare_curves(plots=self.plots)

    def publish(self, output: dict[str, Any], folder: Path, summary: RunSummary) -> list[str]:
        """Write the tables, result.h5 and the plots; return what to print."""
        store_result(output, folder)
        curves, without = [], []
        for name, found in output.items():
            share = summary.shares[name]
            try:
                curves.append(sample_curve(name, found, self.analysis, self.model, share))
            except EfficiencyError as error:  # One data set without events leaves the others be.
                without.append(f"No efficiency: {error}")
        if not curves:
            return without
        files = write_curves(curves, folder)
        lines = report_curves(curves, folder, self.model.name, plots=self.plots)
        tables = f"Tables: {', '.join(path.name for path in files)} in {folder}"
        return [*lines, *without, tables]
