"""Which simulated events the benchmark looks at, and the scans of them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LUMINOSITY_FB = 139.0


@dataclass(frozen=True)
class Signal:
    """A resonance, and where it is expected.

    Attributes:
        name: Of its data set.
        mass_GeV: Of the resonance.
        reach_GeV: So far a spectrum has to reach, to have bins to both sides of it.
        histograms: In which it is expected.
        file: Delphes's own file of it; empty: it is simulated by `make.sh`.
    """

    name: str
    mass_GeV: float
    reach_GeV: float
    histograms: tuple[str, ...]
    file: str = ""


@dataclass(frozen=True)
class Group:
    """Signals with the backgrounds that they share: one scan.

    Attributes:
        name: Of the scan.
        backgrounds: Names of samples that `make.sh` makes.
        signals: What is looked for.
    """

    name: str
    backgrounds: tuple[str, ...]
    signals: tuple[Signal, ...]


GROUPS = (
    Group(
        "dimuon",
        (
            *(f"dy_{low}" for low in (100, 200, 400, 800, 1600)),
            *(f"tm_{low}" for low in (0, 150, 300, 500)),
        ),
        (
            Signal(
                "zprime_ll_2000",
                2000.0,
                2600.0,
                ("2m os | m(m0,m1)", "2m os | pT(m)>400 | m(m0,m1)"),
                "delphes_zprime_ll_2000_atlas.root",
            ),
            Signal(
                "lq_bmu_1000",
                1000.0,
                1150.0,
                ("2m 2j 1b os | m(m0,b0)", "2m 1j 1b os | m(m0,b0)"),
                "delphes_lq_bmu_1000_atlas.root",
            ),
        ),
    ),
    Group(
        "dielectron",
        (
            *(f"dy_{low}" for low in (100, 200, 400, 800, 1600)),
            *(f"te_{low}" for low in (0, 150, 300, 500)),
        ),
        (
            Signal(
                "rpv_stop_be_1000",
                1000.0,
                1130.0,
                ("2e 2j 1b os | m(e0,b0)",),
            ),
        ),
    ),
    Group(
        "z_jets",
        tuple(f"zj_{low}" for low in (150, 300, 500, 800)),
        (
            Signal(
                "wprime_wz_to_lljj_2000",
                2000.0,
                2600.0,
                ("1Z 1Wh | m(Z0,Wh0)", "1j 1Z 1Wh | m(Z0,Wh0)"),
            ),
        ),
    ),
    Group(
        "top_pairs",
        tuple(f"tt_{low}" for low in (0, 150, 300, 500)),
        (
            Signal(
                "zprime_tt_1000",
                1000.0,
                1300.0,
                ("2j 2T | m(T0,T1)", "1j 1Wh 1T | m(j0,Wh0,T0)"),
                "delphes_zprime_tt_1000_atlas.root",
            ),
            Signal("zprime_tt_2000", 2000.0, 2600.0, ("2T | m(T0,T1)", "1Wh 1T | m(Wh0,T0)")),
        ),
    ),
)


class MissingSamplesError(SystemExit):
    """Samples were not made."""


def scan(group: Group, folder: Path, delphes: Path | None) -> Path:
    """Return the results of a group's scan; they are made where they are not there.

    Args:
        group: What is scanned.
        folder: With the samples; results are kept in it.
        delphes: With Delphes's own files.

    Raises:
        MissingSamplesError: A background was not made.
    """
    results = folder / f"results_{group.name}"
    if not (results / "histograms.h5").exists():
        config = folder / f"{group.name}.toml"
        config.write_text(configuration(group, folder, delphes))
        command = [sys.executable, str(ROOT / "run.py"), str(config), "--output", str(results)]
        subprocess.run([*command, "--set", "options.plots=false"], check=True)
    return results


def configuration(group: Group, folder: Path, delphes: Path | None) -> str:
    """Return the TOML of a group's scan."""
    missing = [name for name in group.backgrounds if not (folder / f"{name}.root.toml").exists()]
    if missing:
        msg = f"{folder}: make.sh has not made {', '.join(missing)}"
        raise MissingSamplesError(msg)
    samples: dict[str, Any] = {}
    if delphes is not None:
        listed = json.loads((delphes / "samples.json").read_text())
        samples = {entry["file"]: entry for entry in listed}
    made = [f'"{folder / name}.root.toml"' for name in group.backgrounds]
    lines = []
    for signal in group.signals:
        if signal.file in samples:
            assert delphes is not None
            lines += [
                f"[datasets.{signal.name}]",
                'kind = "signal"',
                'format = "delphes"',
                f'files = ["{delphes / signal.file}"]',
                f"cross_section_pb = {samples[signal.file]['sigma_pb']}",
                "k_factor = 1.0",
            ]
        elif (folder / f"{signal.name}.root.toml").exists():
            made.append(f'"{folder / signal.name}.root.toml"')
    return "\n".join(
        [
            f'extends = ["{ROOT / "configs/parts/simulated.toml"}", {", ".join(made)}]',
            f'name = "real-signals-{group.name}"',
            "[normalisation]",
            f"luminosity_fb = {LUMINOSITY_FB}",
            "[scan]",
            'variables = ["mass"]',
            "[scan.selections]",
            "met_min_GeV = []",
            "leading_pt_min_GeV = [400.0]",
            "ht_min_GeV = []",
            "[formats.simulated]",
            'large_jet_mass = "TrimmedMass"',
            "[formats.delphes]",
            'kind = "delphes"',
            "b_tag_bit = 0",
            'weight = "Event.Weight"',
            'large_jets = "FatJet"',
            'large_jet_mass = "TrimmedP4"',
            *lines,
        ]
    )
