"""The tables of a detector."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bumpcast.config.detector import DetectorConfig, Efficiency, EfficiencyRing, TowerGrid

FOLDER = Path(__file__).parents[2] / "configs" / "simulate" / "detectors"


def written(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text())


@pytest.mark.parametrize(("name", "hcal_towers"), [("atlas", 2340), ("cms", 4176)])
def test_the_detectors_that_come_along_are_whole(name: str, hcal_towers: int) -> None:
    detector = DetectorConfig.model_validate(written(name))

    assert sum(detector.ecal.towers.phi_counts()) == 340 * 360 + 22 * 36
    assert sum(detector.hcal.towers.phi_counts()) == hcal_towers
    edges = detector.ecal.towers.eta_edges()
    assert edges[11:13] == pytest.approx([-2.958, -2.958 + 0.0174])
    assert edges[-1] == 5.0


def test_steps_of_low_momentum_leptons_can_be_written() -> None:
    ring = EfficiencyRing(
        max_abs_eta=2.5,
        pt_GeV=[4.5, 5, 6, 8, 10, 20, 30, 50],
        value=[0, 0.30, 0.45, 0.52, 0.65, 0.68, 0.70, 0.75, 0.87],
    )
    assert len(ring.value) == 9


@pytest.mark.parametrize(
    ("ring", "message"),
    [
        ({"pt_GeV": [10], "value": [0.5]}, "1 edges in pt_GeV make 2 steps"),
        ({"pt_GeV": [10, 5], "value": [0, 0.5, 1]}, "pt_GeV must rise: 5 follows 10"),
        ({"pt_GeV": [10], "value": [0, 1.5]}, "less than or equal to 1"),
        ({"pt_GeV": [], "value": [1], "decline_per_GeV": 1e-3}, "needs an edge"),
    ],
)
def test_an_efficiency_that_cannot_be_is_refused(ring: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        EfficiencyRing.model_validate({"max_abs_eta": 2.5, **ring})


def test_rings_go_outwards() -> None:
    ring = {"pt_GeV": [], "value": [1.0]}
    rings = [{"max_abs_eta": 2.5, **ring}, {"max_abs_eta": 1.5, **ring}]
    with pytest.raises(ValidationError, match=r"1\.5 follows 2\.5"):
        TypeAdapter(Efficiency).validate_python(rings)


@pytest.mark.parametrize(
    ("rings", "message"),
    [
        ([{"phi": 4}], "either 'edges', or both"),
        ([{"phi": 4, "up_to": 1.0}], "either 'edges', or both"),
        ([{"phi": 4, "edges": [1.0], "up_to": 2.0, "count": 2}], "either 'edges', or both"),
        ([{"phi": 4, "edges": [1.0]}, {"phi": 8, "up_to": 0.5, "count": 2}], "must rise in eta"),
    ],
)
def test_towers_that_cannot_be_are_refused(rings: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TowerGrid.model_validate({"first_eta": -1.0, "rings": rings})


def test_equal_rings_are_counted() -> None:
    grid = TowerGrid.model_validate(
        {
            "first_eta": -1.0,
            "rings": [{"phi": 4, "edges": [-0.5, 0]}, {"phi": 8, "up_to": 1, "count": 4}],
        }
    )
    assert grid.eta_edges() == [-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0]
    assert grid.phi_counts() == [4, 4, 8, 8, 8, 8]


def test_a_particle_has_one_fraction() -> None:
    values = written("atlas")
    values["ecal"]["fractions"].append({"pids": [22], "fraction": 0.5})
    with pytest.raises(ValidationError, match="names the particle 22 twice"):
        DetectorConfig.model_validate(values)


def test_births_outside_the_field_lie_outside() -> None:
    values = written("atlas")
    values["field"]["born_within_radius_m"] = 1.0
    with pytest.raises(ValidationError, match="lies inside the cylinder"):
        DetectorConfig.model_validate(values)
