"""Whether resonances of simulated signals are found on simulated backgrounds, and where.

    python -m benchmarks.real_signals --files DIR [--delphes DIR] [--trials 100] [--json FILE]

DIR holds what `make.sh` beside this file makes: backgrounds in slices, and signals. With --delphes,
the signals zprime_ll_2000, zprime_tt_1000 and lq_bmu_1000 are those of Delphes's own files in that
folder. The scan of all of them is made first. Then each signal is added to the backgrounds at the
cross-section where the exact likelihood with a known background has 5 sigma, and pseudo-data are
searched with each method. Printed is in how many of them the largest excess is within one bin of
where the exact likelihood expects it and has at least 3 sigma. Target: 80 %.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import bumpcast
from bumpcast.bumps.choices import ChoiceError
from bumpcast.bumps.efficiency import efficiency_curve
from bumpcast.bumps.injection import InjectionError
from bumpcast.massscan import KeepRule

ROOT = Path(__file__).parents[2]
LUMINOSITY_FB = 139.0

BACKGROUNDS = (
    *(f"dy_{low}" for low in (100, 200, 400, 800, 1600)),
    *(f"tt_{low}" for low in (0, 150, 300, 500)),
    *(f"zj_{low}" for low in (150, 300, 500, 800)),
    *(f"jj_{low}" for low in (300, 450, 650, 1000)),
)


@dataclass(frozen=True)
class Signal:
    """A signal and where it is expected."""

    name: str
    file: str
    mass_GeV: float
    histograms: tuple[str, ...]


SIGNALS = (
    Signal("zprime_ll_2000", "delphes_zprime_ll_2000_atlas.root", 2000.0, ("2m os | m(m0,m1)",)),
    Signal("zprime_tt_1000", "delphes_zprime_tt_1000_atlas.root", 1000.0, ("2T | m(T0,T1)",)),
    Signal("wprime_wz_2000", "", 2000.0, ("1Z 1Wh | m(Z0,Wh0)",)),
    Signal(
        "lq_bmu_1000",
        "delphes_lq_bmu_1000_atlas.root",
        1000.0,
        ("2m 1b os | m(m0,b0)", "2m 2b os | m(m0,b0)", "2m 1j 1b os | m(m0,b0)"),
    ),
    Signal(
        "rpv_stop_bl_1000",
        "",
        1000.0,
        ("2m 1b os | m(m0,b0)", "2e 1b os | m(e0,b0)", "1e 1m 1b os | m(m0,b0)"),
    ),
)


def configuration(folder: Path, delphes: Path | None) -> str:
    """Return the TOML of the scan."""
    samples: dict[str, Any] = {}
    if delphes is not None:
        listed = json.loads((delphes / "samples.json").read_text())
        samples = {entry["file"]: entry for entry in listed}
    made = [f'"{folder / name}.root.toml"' for name in BACKGROUNDS if exists(folder, name)]
    lines = []
    for signal in SIGNALS:
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
        elif exists(folder, signal.name):
            made.append(f'"{folder / signal.name}.root.toml"')
    return "\n".join(
        [
            f'extends = ["{ROOT / "configs/parts/simulated.toml"}", {", ".join(made)}]',
            'name = "real-signals"',
            "[normalisation]",
            f"luminosity_fb = {LUMINOSITY_FB}",
            "[scan.selections]",
            "met_min_GeV = []",
            "leading_pt_min_GeV = []",
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


def exists(folder: Path, name: str) -> bool:
    """Tell whether a sample was made."""
    return (folder / f"{name}.root").exists()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=Path, required=True)
    parser.add_argument("--delphes", type=Path)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--methods", default="likelihood-fit,network")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    folder = arguments.files.absolute()
    results_folder = folder / "results"
    if not (results_folder / "histograms.h5").exists():
        config = folder / "real_signals.toml"
        config.write_text(configuration(folder, arguments.delphes))
        command = [sys.executable, str(ROOT / "run.py"), str(config)]
        subprocess.run(
            [*command, "--output", str(results_folder), "--set", "options.plots=false"], check=True
        )
    found = []
    rule = KeepRule(min_events=100, min_bins=15, min_events_per_bin=5)
    head = f"{'signal':<18}{'method':<16}{'pb':>9}{'found':>12}{'median z':>9}{'mass':>9}{'exp':>8}"
    print(f"{head}  histogram", flush=True)
    with bumpcast.open_results(results_folder, keep=rule) as results:
        for signal in SIGNALS:
            for method in arguments.methods.split(","):
                name, _, background = method.partition("-")
                for histogram in signal.histograms:
                    try:
                        curve = efficiency_curve(
                            results,
                            signal=signal.name,
                            histograms=[histogram],
                            significances=[5.0],
                            trials=arguments.trials,
                            threshold=3.0,
                            search={"method": name, "background": background or "network"},
                        )
                    except (InjectionError, ChoiceError) as error:
                        print(f"{signal.name:<18}{method:<16} {error}", flush=True)
                        continue
                    point = curve.points[0]
                    found.append({"signal": signal.name, "method": method, **asdict(point)})
                    share = f"{point.found:.0%} +- {point.found_error:.0%}"
                    print(
                        f"{signal.name:<18}{method:<16}{point.strength:>9.3g}{share:>12}"
                        f"{point.median_z:>9.2f}{point.median_mass_GeV:>9,.0f}"
                        f"{point.expected_mass_GeV:>8,.0f}  {histogram}",
                        flush=True,
                    )
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
