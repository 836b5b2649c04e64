from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from plain_objects import choose

from bumpcast.config import load
from bumpcast.config.formats import DelphesFormat
from bumpcast.config.objects import ObjectsConfig
from bumpcast.datasets import WorkItem
from bumpcast.events import close_files, open_events, reader_for
from bumpcast.objects import build
from bumpcast.objects.build import MissingCutsError
from bumpcast.objects.mass_classes import MissingLargeJetsError

ROOT = Path(__file__).parents[2]
QUICKSTART = ROOT / "configs" / "quickstart.toml"
FILES = ("dy_m100", "qcd_pt300", "qstar_1200", "ttbar", "zprime_ll_400")
KINDS = ["e", "m", "g", "j", "b", "Z", "Wh", "T", "HM"]


@pytest.fixture(autouse=True)
def _no_file_stays_open() -> Iterator[None]:
    yield
    close_files()


def objects_config() -> ObjectsConfig:
    config = load(QUICKSTART).objects
    assert config is not None
    return config


def read(name: str, *, large_jets: bool = True) -> ak.Array:
    fmt = load(QUICKSTART).formats["delphes"]
    assert isinstance(fmt, DelphesFormat)
    if not large_jets:
        fmt = fmt.model_copy(update={"large_jets": None})
    path = ROOT / "data" / "quickstart" / f"{name}.root"
    with uproot.open(path) as file:
        entries, uuid = file["Delphes"].num_entries, str(file.file.uuid)
    work = WorkItem(name, str(path), "Delphes", 0, entries, uuid)
    reader = reader_for(fmt)
    return reader.record(open_events(work, fmt, columns=reader.columns))


def assert_equal(built: ak.Array, plain: dict[str, ak.Array]) -> None:
    for kind, expected in plain.items():
        found = built[kind]
        counts = ak.num(found, axis=1)
        assert ak.all(counts == ak.num(expected, axis=1)), kind
        if ak.sum(counts) == 0:
            continue
        fields = ["pt", "eta", "phi", "mass", *(["charge"] if kind in "em" else [])]
        assert found.fields == fields
        for field in fields:
            values, wanted = (ak.to_numpy(ak.flatten(a[field])) for a in (found, expected))
            if kind == "Z":
                np.testing.assert_allclose(values, wanted, rtol=1e-9, atol=1e-9)
            else:
                np.testing.assert_array_equal(values, wanted)


@pytest.mark.parametrize("name", FILES)
def test_real_files_equal_awkward_and_vector(name: str) -> None:
    record, config = read(name), objects_config()
    built = build(record, config)
    assert sorted(built.fields) == sorted([*KINDS, "met"])
    assert len(built) == len(record) > 0
    assert ak.all(built.met.pt == record.met.pt)
    assert ak.all(built.met.phi == record.met.phi)
    assert_equal(built, choose(record, config))


def changed(**tables: Any) -> ObjectsConfig:
    values = objects_config().model_dump()
    for name, value in tables.items():
        values[name] = values[name] | value if isinstance(values[name], dict) else value
    return ObjectsConfig.model_validate(values)


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(changed(mass_classes={"source": "jet", "b_tagged": True}), id="b in classes"),
        pytest.param(changed(mass_classes={"source": "jet", "b_tagged": False}), id="b apart"),
        pytest.param(changed(mass_classes={"source": "none"}), id="no classes"),
        pytest.param(changed(leptonic_z={"enabled": False}), id="no Z"),
        pytest.param(changed(leptonic_z={"mass_GeV": 80.0, "window_GeV": 60.0}), id="wide Z"),
        pytest.param(
            changed(
                overlap=[
                    {"remove": "jet", "near": "electron", "delta_r": 0.6},
                    {"remove": "electron", "near": "jet", "delta_r": 1.0},
                    {"remove": "large_jet", "near": "electron", "delta_r": 1.0},
                ]
            ),
            id="overlap",
        ),
        pytest.param(
            changed(
                overlap=[
                    {"remove": "electron", "near": "jet", "delta_r": 1.0},
                    {"remove": "jet", "near": "electron", "delta_r": 0.6},
                ]
            ),
            id="overlap the other way round",
        ),
    ],
)
def test_other_configurations(config: ObjectsConfig) -> None:
    record = read("ttbar")
    built = build(record, config)
    assert_equal(built, choose(record, config))
    if not config.leptonic_z.enabled:
        assert ak.sum(ak.num(built.Z)) == 0


def test_the_order_of_overlap_steps_matters() -> None:
    record = read("ttbar")
    steps = [
        {"remove": "jet", "near": "electron", "delta_r": 0.6},
        {"remove": "electron", "near": "jet", "delta_r": 1.0},
    ]
    one, other = (build(record, changed(overlap=order)) for order in (steps, steps[::-1]))
    assert ak.sum(ak.num(one.e)) > ak.sum(ak.num(other.e))
    assert ak.sum(ak.num(one.j)) < ak.sum(ak.num(other.j))


def test_every_list_falls_in_pt_and_holds_momenta() -> None:
    built = build(read("ttbar"), objects_config())
    for kind in KINDS:
        pt = built[kind].pt
        assert ak.all(pt[:, 1:] <= pt[:, :-1])
        assert ak.all(built[kind].pz <= built[kind].E)


def test_parts_of_a_file_give_parts_of_its_objects() -> None:
    record, config = read("ttbar"), objects_config()
    built = build(record, config)
    assert build(record[300:500], config).to_list() == built[300:500].to_list()
    assert len(build(record[:0], config)) == 0


def test_a_record_without_large_jets() -> None:
    record = read("ttbar", large_jets=False)
    near_nothing = {"remove": "jet", "near": "large_jet", "delta_r": 1.0}
    config = changed(mass_classes={"source": "jet"}, overlap=[near_nothing])
    assert_equal(
        build(record, config), choose(record, changed(mass_classes={"source": "jet"}, overlap=[]))
    )
    with pytest.raises(MissingLargeJetsError):
        build(record, objects_config())


def test_large_jets_need_cuts() -> None:
    config = changed(mass_classes={"source": "none"}).model_copy(update={"large_jet": None})
    with pytest.raises(MissingCutsError, match=r"\[objects.large_jet\].*large_jets"):
        build(read("ttbar"), config)
