"""The scans of the benchmark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.real_signals.samples import GROUPS, MissingSamplesError, configuration
from bumpcast.config import load

ENTRY = """[datasets.{name}]
files = ["{name}.root"]
format = "simulated"
kind = "{kind}"
label = "{name}"
cross_section_pb = 2.0
[formats.simulated]
kind = "delphes"
b_tag_bit = 0
weight = "Event.Weight"
large_jets = "FatJet"
large_jet_mass = "Mass"
"""


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_a_scan_holds_its_backgrounds_and_the_signals_that_are_there(group, tmp_path: Path) -> None:
    delphes = tmp_path / "delphes"
    delphes.mkdir()
    files = [signal.file for signal in group.signals if signal.file]
    listed = [{"file": name, "sigma_pb": 0.5} for name in files]
    (delphes / "samples.json").write_text(json.dumps(listed))
    with pytest.raises(MissingSamplesError, match=group.backgrounds[0]):
        configuration(group, tmp_path, delphes)
    for name in group.backgrounds:
        text = ENTRY.format(name=name, kind="background")
        (tmp_path / f"{name}.root.toml").write_text(text)
    written = tmp_path / "scan.toml"
    written.write_text(configuration(group, tmp_path, delphes))
    analysis = load(written)
    kinds = {name: dataset.kind for name, dataset in analysis.datasets.items()}
    assert [name for name, kind in kinds.items() if kind == "background"] == [*group.backgrounds]
    of_delphes = [signal.name for signal in group.signals if signal.file]
    assert [name for name, kind in kinds.items() if kind == "signal"] == of_delphes
    assert analysis.normalisation.mode == "luminosity"
