"""Where an efficiency map and a surrogate are right: against efficiencies that ATLAS published.

    python benchmarks/published_curves.py [results/surrogate_tutorial] [--draws 8] [--plot FILE]

FOLDER is what `bumpcast surrogate tutorial` wrote. Its events of two mass points, of which
ATLAS-EXOT-2019-23 has curves of efficiency against lifetime, are seen by the published map and by
the tutorial's surrogate, whose region A is that map. Printed are their efficiencies over the
published ones, and whether the domain has a warning: a mean decay beyond where the map is good.
The picture shows the same, grey where there is a warning.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from bumpcast.report.style import COLOURS, house_style, new_figure, save_picture
from bumpcast.surrogates.curve import Lifetimes, curve
from bumpcast.surrogates.efficiency import Efficiency, Model
from bumpcast.surrogates.llps import LlpPairs
from bumpcast.surrogates.maps.published import PublishedCurve, published_curve
from bumpcast.surrogates.models import open_model
from bumpcast.surrogates.reading import ReadOptions, read_pairs

SAMPLES = ("400_100", "1000_275")
CTAU = np.geomspace(0.05, 50.0, 40)
PRINTED = (0.104, 0.2, 0.3, 0.5, 1.0, 1.43, 3.0, 10.0)

Curves = dict[str, list[Efficiency]]


def at(published: PublishedCurve, ctau: np.ndarray) -> np.ndarray:
    inside = (ctau >= published.ctau_m[0]) & (ctau <= published.ctau_m[-1])
    found = np.full(len(ctau), np.nan)
    found[inside] = [published.efficiency_at(float(one)) for one in ctau[inside]]
    return found


def warned(efficiency: Efficiency) -> bool:
    return any("mean" in warning for warning in efficiency.warnings)


def print_table(
    name: str, models: dict[str, Model], pairs: LlpPairs, published: PublishedCurve, draws: int
) -> None:
    lifetimes = Lifetimes(PRINTED, draws=draws, name=name)
    found = {word: curve(model, pairs, lifetimes) for word, model in models.items()}
    print(f"{name}: c tau m, published, over it: {', '.join(found)}")
    for place, ctau in enumerate(PRINTED):
        known = at(published, np.array([ctau]))[0]
        words = " ".join(f"{one[place].value[0] / known:8.3f}" for one in found.values())
        seen = next(iter(found.values()))[place]
        mark = f"  mean Lxy {seen.mean_lxy_m:.2f} m: warned" if warned(seen) else ""
        print(f"  {ctau:6.3f}  {known:.5f} {words}{mark}")


def draw(upper: Axes, lower: Axes, published: PublishedCurve, found: Curves) -> None:
    known = at(published, CTAU)
    upper.errorbar(
        published.ctau_m,
        published.efficiency,
        published.efficiency_error,
        fmt="o",
        ms=4,
        color="black",
        label="ATLAS, published",
    )
    for (name, efficiencies), style, colour in zip(
        found.items(), (":", "--"), (COLOURS[1], COLOURS[0]), strict=False
    ):
        values = np.array([one.value[0] for one in efficiencies])
        upper.plot(CTAU, values, style, color=colour, label=name)
        lower.plot(CTAU, values / known, style, color=colour)
    flags = np.array([warned(one) for one in next(iter(found.values()))])
    for axes in (upper, lower):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlim(CTAU[0], CTAU[-1])
        axes.fill_between(
            CTAU, 0, 1, where=flags, transform=axes.get_xaxis_transform(), color="0.88", zorder=0
        )
    upper.set_ylim(bottom=1e-5)
    upper.set_title(f"H -> SS, {published.mediator_GeV:g} GeV -> 2 x {published.llp_GeV:g} GeV")
    upper.set_ylabel("efficiency in region A")
    lower.axhline(1, color="black", lw=0.8)
    lower.set_ylim(0.3, 100)
    lower.set_ylabel("over published")
    lower.set_xlabel("mean proper decay length $c\\tau$ [m]")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("results/surrogate_tutorial"))
    parser.add_argument("--draws", type=int, default=8)
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    models: dict[str, Model] = {
        "published map": open_model("high-ET"),
        "surrogate": open_model(str(given.folder / "surrogate"), threads=2),
    }
    with house_style():
        figure = new_figure(10.0, 6.0)
        axes = figure.subplots(2, 2, sharex=True, height_ratios=(2, 1))
        for column, name in enumerate(SAMPLES):
            events = given.folder / "events" / f"ggH_{name}.root"
            pairs = read_pairs(events, ReadOptions(decays=False))
            published = published_curve(name)
            print_table(name, models, pairs, published, given.draws)
            lifetimes = Lifetimes(tuple(CTAU), draws=given.draws, name=name)
            found = {word: curve(model, pairs, lifetimes) for word, model in models.items()}
            draw(axes[0, column], axes[1, column], published, found)
        axes[0, 0].legend(title="grey: warned of")
        if given.plot is not None:
            save_picture(figure, given.plot)


if __name__ == "__main__":
    main()
