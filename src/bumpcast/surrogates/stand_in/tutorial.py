"""The whole way from simulated events to a limit, as commands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

GRID: Final = (
    (300, 75), (400, 50), (400, 150), (500, 100), (500, 200), (600, 50), (600, 275),
    (800, 100), (800, 300), (1000, 50), (1000, 150), (1000, 450), (1200, 275),
)  # fmt: skip
"""Masses of the Higgs boson and of the scalars in GeV that are trained on."""

HELD_OUT: Final = ((400, 100), (600, 150), (1000, 275))
"""Masses that no tree sees. Of 400_100 and 1000_275 there are published efficiencies."""

CARD: Final = "configs/surrogate/higgs_to_llps.toml"
TRAINING: Final = "configs/surrogate/stand_in.toml"

LIFETIMES: Final = "0.05:100:20"
HELD_OUT_LIFETIMES: Final = "0.05:100:14"
DISTANCE_M: Final = ("0.5", "8")
LABELS: Final = 2_000_000
"""So many decays are labelled to train on, however many events are simulated."""

COUNTS: Final = "12,20,24,40"
"""Made-up counts in A, B, C and D: 12 = 20 * 24 / 40 is just what the others lead to expect."""

LUMINOSITY: Final = "139"


@dataclass(frozen=True)
class Step:
    """One command.

    Attributes:
        title: What it does.
        arguments: Of the command `bumpcast`.
        output: What it writes; where this is there, the command was done.
    """

    title: str
    arguments: tuple[str, ...]
    output: Path


def tutorial_steps(folder: Path, events: int, *, workers: int, seed: int) -> list[Step]:
    """Return the commands, in their order.

    Args:
        folder: Where everything is written.
        events: How many are simulated of each mass point.
        workers: How many processes simulate, and threads train.
        seed: Of everything.
    """
    steps = []
    for number, masses in enumerate((*GRID, *HELD_OUT)):
        steps += _mass_point(folder, masses, events, workers, seed + number)
    chosen = "ggH_{}_{}".format(*HELD_OUT[0])
    surrogate, curve = folder / "surrogate", folder / f"{chosen}.csv"
    closure = ("surrogate", "closure", str(surrogate))
    steps += [
        Step(
            "Train a surrogate on the mass points of the grid",
            (
                "surrogate", "train", TRAINING,
                "--set", f"parameters.folder={folder.absolute()}", "--set", f"seed={seed}",
                "--threads", str(workers), "--output", str(surrogate),
            ),
            surrogate / "card.json",
        ),
        Step(
            "Build an efficiency map of the same events, for comparison",
            (
                "surrogate", "map", "build",
                *(str(_labelled(folder, masses)) for masses in GRID),
                "--output", str(folder / "map.json.gz"),
            ),
            folder / "map.json.gz",
        ),
        Step(
            "Compare both with the search at masses that were held out",
            (
                *closure,
                *(str(_labelled(folder, masses)) for masses in HELD_OUT),
                "--map", str(folder / "map.json.gz"), "--output", str(folder / "closure"),
            ),
            folder / "closure" / "closure.html",
        ),
        Step(
            f"A curve of efficiency against lifetime, from the one sample {chosen}",
            (
                "surrogate", "apply", str(surrogate), str(folder / "events" / f"{chosen}.root"),
                "--ctau", LIFETIMES, "--threads", str(workers), "--output", str(curve),
            ),
            curve,
        ),
        Step(
            f"Limits against lifetime, from made-up counts in the four regions, {COUNTS}",
            (
                "surrogate", "limit", str(curve), "--abcd", COUNTS, "--luminosity", LUMINOSITY,
                "--output", str(folder / "limits.csv"), "--plot", str(folder / "limits.png"),
            ),
            folder / "limits.png",
        ),
    ]  # fmt: skip
    return steps


def _labelled(folder: Path, masses: tuple[int, int]) -> Path:
    kind = "held_out" if masses in HELD_OUT else "training"
    return folder / kind / "ggH_{}_{}.parquet".format(*masses)


def _mass_point(
    folder: Path, masses: tuple[int, int], events: int, workers: int, seed: int
) -> list[Step]:
    name = "ggH_{}_{}".format(*masses)
    simulated, labelled = folder / "events" / f"{name}.root", _labelled(folder, masses)
    repeat = max(1, round(LABELS / len(GRID) / events))
    lifetimes = (
        ("--ctau", HELD_OUT_LIFETIMES)
        if masses in HELD_OUT
        else ("--distance", *DISTANCE_M, "--repeat", str(repeat))
    )
    return [
        Step(
            "Simulate H -> SS, {} GeV -> 2 x {} GeV".format(*masses),
            (
                "simulate", CARD,
                "--set", f"parameters.higgs_mass={masses[0]}.0",
                "--set", f"parameters.scalar_mass={masses[1]}.0",
                "--events", str(events), "--seed", str(seed), "--workers", str(workers),
                "--output", str(simulated),
            ),
            simulated,
        ),
        Step(
            "Let the scalars decay, and decide of the events as the stand-in does",
            (
                "surrogate", "label", str(simulated), *lifetimes,
                "--seed", str(seed), "--output", str(labelled),
            ),
            labelled,
        ),
    ]  # fmt: skip
