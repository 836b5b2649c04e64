"""Efficiencies in steps that a detector's file brings instead of those that it extends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bumpcast.config.detectors import load_detector
from bumpcast.simulate.detector.observe import observe
from bumpcast.simulate.detector.randomness import key
from bumpcast.simulate.detector.tables import DetectorTables

DETECTORS = Path(__file__).parents[3] / "configs" / "simulate" / "detectors"
STEPS = {3.5: 0.0, 4.75: 0.30, 5.5: 0.45, 7: 0.52, 9: 0.65, 15: 0.68, 25: 0.70, 40: 0.75, 80: 0.87}
TRACK = {11: 0.95, 13: 0.99}
EACH = 3000


@pytest.mark.parametrize(("pid", "name"), [(13, "muons"), (11, "electrons")])
def test_leptons_of_low_pt_are_found_as_often_as_the_table_says(make_particles, pid, name):
    detector = DetectorTables.of(load_detector(DETECTORS / "atlas_soft_leptons.toml"))
    random = np.random.default_rng(3)
    # In the middle of the detector, where momenta are measured so well that steps stay sharp.
    rows = [
        (number, pid, pt, random.uniform(-0.4, 0.4), random.uniform(-3.1, 3.1))
        for number, pt in enumerate(np.repeat(list(STEPS), EACH))
    ]
    found = getattr(observe(make_particles(rows), detector, key(1, 0)), name).momenta
    counts = np.diff(found.offsets).reshape(len(STEPS), EACH).sum(axis=1)
    expected = np.array(list(STEPS.values())) * TRACK[pid]
    errors = np.sqrt(expected * (1 - expected) / EACH)
    blurred = np.array(list(STEPS)) == 4.75  # an electron's momentum reaches over this step's ends
    use = ~blurred if pid == 11 else np.ones(len(STEPS), bool)
    assert np.all(np.abs(counts / EACH - expected)[use] <= 4 * errors[use])


def test_there_is_none_outside_and_below(make_particles):
    detector = load_detector(DETECTORS / "atlas_soft_leptons.toml")
    rows = [(n, 13, 30.0, 2.6, 0.0) for n in range(200)]
    rows += [(n, 13, 4.0, 1.0, 0.0) for n in range(200, 400)]
    seen = observe(make_particles(rows), detector, key(1, 0))
    assert seen.muons.momenta.offsets[-1] == 0
    # What is not about leptons is that of the detector which it extends.
    plain = load_detector(DETECTORS / "atlas.toml")
    assert detector.jets == plain.jets
    assert detector.electron.isolation == plain.electron.isolation


def test_a_key_of_the_detector_can_be_set():
    changed = load_detector(
        DETECTORS / "atlas.toml",
        [
            "electron.isolation.ratio_max=0.2",
            "muon.efficiency=[{max_abs_eta = 2.4, pt_GeV = [3], value = [0, 0.5]}]",
        ],
    )
    assert changed.electron.isolation.ratio_max == 0.2
    assert changed.electron.isolation.delta_r == 0.5
    assert changed.muon.efficiency[0].value == [0, 0.5]
