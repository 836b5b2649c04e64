"""Whole simulations: the same content for any number of workers, resuming, and what a run reads."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from click.testing import CliRunner

from bumpcast.cli.main import main
from bumpcast.config.cards import load_card, load_detector_of
from bumpcast.config.errors import ConfigurationError
from bumpcast.config.loader import load
from bumpcast.config.simulate import GeneratorFilter, SimulationCard
from bumpcast.events import reader_for
from bumpcast.simulate import simulation
from bumpcast.simulate.blocks import Block, BlockFolder, Made
from bumpcast.simulate.delphes_file.provenance import read_provenance
from bumpcast.simulate.generator.pythia import Generator
from bumpcast.simulate.making import MakeBlock
from bumpcast.simulate.simulation import SimulationError, blocks_of, simulate
from bumpcast.surrogates.lifetime import proper_lengths
from bumpcast.surrogates.reading import read_pairs

ROOT = Path(__file__).parents[2]
CARDS = ROOT / "configs" / "simulate"


@pytest.fixture
def card() -> SimulationCard:
    return load_card(CARDS / "zjets_ll.toml")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(simulation, "EVENTS", 4)


def columns(path: Path) -> dict[str, list[object]]:
    with uproot.open(path) as file:
        tree = file["Delphes"]
        return {key: tree[key].array().to_list() for key in tree.keys(recursive=True)}


def test_the_content_does_not_depend_on_who_makes_it(card, tmp_path):
    one, two = tmp_path / "one.root", tmp_path / "two.root"
    assert simulate(card, 10, 5, one, executor="iterative").complete
    assert simulate(card, 10, 5, two, executor="futures", workers=2).complete
    assert columns(one) == columns(two)
    assert columns(one)["Event/Event.Number"] == [[n] for n in range(1, 11)]
    assert not blocks_of(one).exists()
    other = tmp_path / "other.root"
    simulate(card, 10, 6, other, executor="iterative")
    assert columns(other)["Particle/Particle.PT"] != columns(one)["Particle/Particle.PT"]


def test_a_simulation_goes_on_where_it_was_stopped(card, tmp_path):
    whole, output = tmp_path / "whole.root", tmp_path / "part.root"
    simulate(card, 10, 5, whole, executor="iterative")
    # What a stopped run leaves: its plan and some blocks.
    detector = load_detector_of(card)
    begun = simulation.Simulation(card, detector, 10, 5, output, simulation.Silent())
    folder, _ = begun._prepare(resume=False, overwrite=False)
    make = simulation.MakeBlock(card, detector, 5)
    for block in simulation.cut(10, 4)[:2]:
        made = make(block)
        assert made.record is not None
        folder.save(block, made)
    with pytest.raises(SimulationError, match="--resume goes on with them"):
        simulate(card, 10, 5, output, executor="iterative")
    with pytest.raises(SimulationError, match=r"another simulation \(seed differ\)"):
        simulate(card, 10, 6, output, executor="iterative", resume=True)
    changed = load_detector_of(card, ["electron.isolation.ratio_max=0.5"])
    with pytest.raises(SimulationError, match=r"another simulation \(detector differ\)"):
        simulate(card, 10, 5, output, detector=changed, executor="iterative", resume=True)
    with pytest.raises(SimulationError, match=r"another simulation \(events differ\)"):
        simulate(card, 12, 5, output, executor="iterative", resume=True)
    summary = simulate(card, 10, 5, output, executor="iterative", resume=True)
    assert (summary.events_resumed, summary.events_made) == (8, 10)
    assert columns(output) == columns(whole)
    with pytest.raises(SimulationError, match="there already"):
        simulate(card, 10, 5, output, executor="iterative")


def test_a_wrong_card_is_told_before_anything_begins(card, tmp_path):
    output = tmp_path / "out.root"
    for change, words in (
        ({"detector": None}, "detector: missing"),
        ({"pythia": ["WeakSingleBosonn:all = on"]}, "Pythia says.*WeakSingleBosonn.*Did you mean"),
        ({"pythia": ["PhaseSpace:pTHatMin = 20."]}, "Pythia says.*no process switched on"),
    ):
        with pytest.raises(ConfigurationError, match=words):
            simulate(card.model_copy(update=change), 10, 5, output, executor="iterative")
    assert list(tmp_path.iterdir()) == []


def test_blocks_that_fail_leave_the_others(card, tmp_path, monkeypatch):
    output = tmp_path / "out.root"
    broken = card.model_copy(update={"pythia": ["Top:all = off"]})
    monkeypatch.setattr(simulation, "_check", lambda card: None)
    summary = simulate(broken, 10, 5, output, executor="iterative")
    assert not summary.complete
    assert set(summary.failures) == {0, 1, 2}
    assert "no process switched on" in summary.failures[0].message
    assert BlockFolder(blocks_of(output)).done() == {}
    assert not output.exists()


@dataclass(frozen=True)
class DiesOnce:
    """Makes blocks; while Pythia makes the events of one of them, its process aborts, once."""

    make: MakeBlock
    number: int
    mark: Path
    file: None = None

    def __call__(self, block: Block) -> Made:
        if block.number == self.number and not self.mark.exists():
            self.mark.touch()
            whole = Generator.next_batch

            def next_batch(generator: Generator, events: int) -> Any:
                whole(generator, 1)
                os.abort()

            # In this process alone, which is about to end.
            Generator.next_batch = next_batch  # type: ignore[method-assign]
        return self.make(block)


def test_a_crash_of_pythia_costs_its_block_which_is_made_again(card, tmp_path, monkeypatch):
    whole, output = tmp_path / "whole.root", tmp_path / "crashed.root"
    simulate(card, 10, 5, whole, executor="iterative")
    kept = set()

    class Watch(simulation.Silent):
        def show(self, counts):
            kept.add((counts.done, counts.failed, counts.lost))

    def make(*arguments):
        return DiesOnce(MakeBlock(*arguments), 1, tmp_path / "mark")

    make.__module__ = MakeBlock.__module__
    monkeypatch.setattr(simulation, "MakeBlock", make)
    summary = simulate(card, 10, 5, output, executor="futures", workers=2, progress=Watch())
    assert (tmp_path / "mark").exists()
    assert summary.complete
    assert summary.failures == {}
    assert max(lost for _, _, lost in kept) == 1
    assert columns(output) == columns(whole)


def test_the_cross_section_of_a_card_goes_everywhere(card, tmp_path):
    known = card.model_copy(update={"cross_section_pb": 700.5, "k_factor": 1.2})
    summary = simulate(known, 2, 5, tmp_path / "z.root", executor="iterative")
    assert summary.cross_section is not None
    assert (summary.cross_section.value, summary.cross_section.error) == (700.5, 0)
    with uproot.open(tmp_path / "z.root") as file:
        assert file["Delphes/Event/Event.CrossSection"].array().tolist() == [[700.5], [700.5]]
    assert read_provenance(tmp_path / "z.root").cross_section.value != 700.5
    entry = (tmp_path / "z.root.toml").read_text()
    assert "cross_section_pb = 700.5" in entry
    assert "k_factor = 1.2" in entry
    assert 'kind = "background"' in entry
    assert 'label = "Z + jets"' in entry


def test_two_points_of_a_card_are_two_data_sets_of_a_run(card, tmp_path):
    for name in ("m 1.5.root", "m_2.root"):
        simulate(card, 2, 5, tmp_path / name, executor="iterative")
    text = 'extends = ["m 1.5.root.toml", "m_2.root.toml"]\n'
    text += 'name = "z"\nprocessor = "z.py:Z"\n[normalisation]\nmode = "raw"\n'
    (tmp_path / "z.toml").write_text(text)
    files = {name: one.files for name, one in load(tmp_path / "z.toml").datasets.items()}
    assert files == {
        "m_1_5": [str(tmp_path / "m 1.5.root")],
        "m_2": [str(tmp_path / "m_2.root")],
    }


def lhe_card(folder: Path, text: str, *, packed: bool = False) -> SimulationCard:
    content = text.encode()
    path = folder / "events.lhe"
    path.write_bytes(gzip.compress(content) if packed else content)
    card = folder / "card.toml"
    card.write_text(
        f'extends = "{CARDS}/base.toml"\nname = "z"\nkind = "signal"\nlhe = "events.lhe"\n'
        'pythia = ["PartonLevel:MPI = off"]\n'
    )
    return load_card(card)


@pytest.mark.parametrize("packed", [False, True])
def test_blocks_of_a_file_of_events(lhe_text, tmp_path, packed):
    card = lhe_card(tmp_path, lhe_text(10), packed=packed)
    output = tmp_path / "z.root"
    assert simulate(card, 10, 5, output, executor="iterative").complete
    with uproot.open(output) as file:
        pid, mass = (
            file["Delphes"][f"Particle/Particle.{name}"].array() for name in ("PID", "Mass")
        )
    found = ak.to_list(ak.firsts(mass[pid == 23]))
    assert found == pytest.approx([80 + number for number in range(10)], abs=1e-4)


def test_more_events_than_the_file_holds_are_refused_before_anything_begins(lhe_text, tmp_path):
    card = lhe_card(tmp_path, lhe_text(10), packed=True)
    words = r"card\.toml:4: lhe: .*events\.lhe holds 10 events; 12 are asked for"
    there = set(tmp_path.iterdir())
    with pytest.raises(ConfigurationError, match=words):
        simulate(card, 12, 5, tmp_path / "z.root", executor="iterative")
    assert set(tmp_path.iterdir()) == there


def test_a_file_of_events_that_changed_is_not_gone_on_with(lhe_text, tmp_path):
    card = lhe_card(tmp_path, lhe_text(10))
    output = tmp_path / "z.root"
    detector = load_detector_of(card)
    simulation.Simulation(card, detector, 8, 5, output, simulation.Silent())._prepare(
        resume=False, overwrite=False
    )
    lhe_card(tmp_path, lhe_text(9))
    with pytest.raises(SimulationError, match=r"another simulation \(files differ\)"):
        simulate(card, 8, 5, output, executor="iterative", resume=True)


def test_events_that_a_filter_drops_are_not_missing(lhe_text, tmp_path):
    card = lhe_card(tmp_path, lhe_text(10))
    central = GeneratorFilter(pid=[13], stage="hard", min_pt=30.0, at_least=2)
    some = card.model_copy(update={"filters": [central]})
    summary = simulate(some, 8, 5, tmp_path / "z.root", executor="iterative")
    assert summary.complete
    # The first four of them, and none of the second block, whose muons are along the beam.
    assert 0 < summary.events_made < 8
    provenance = read_provenance(tmp_path / "z.root")
    assert provenance.cross_section.accepted == 8
    assert provenance.events == provenance.cross_section.kept == summary.events_made
    none = card.model_copy(update={"filters": [GeneratorFilter(pid=[25])]})
    with pytest.raises(SimulationError, match="none of the 8 events passes the filters of z"):
        simulate(none, 8, 5, tmp_path / "none.root", executor="iterative")


def test_a_site_without_its_batch_system_is_no_slip_to_pass_over(tmp_path):
    command = ["simulate", str(CARDS / "zjets_ll.toml"), "--events", "6", "--site", "testpool"]
    result = CliRunner().invoke(main, [*command, "-o", str(tmp_path / "z.root")])
    assert result.exit_code == 2
    assert "--executor futures uses none: add --executor dask-condor" in result.stderr


def test_the_command_writes_a_file_that_a_run_takes_as_it_is(tmp_path):
    output = tmp_path / "z.root"
    command = ["simulate", str(CARDS / "zjets_ll.toml"), "--events", "6", "--json"]
    command += ["-o", str(output), "--executor", "iterative", "--no-progress"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["complete"]
    # samples of 5 000 events of the same settings: 718.0 +- 5.1 pb
    assert document["cross_section_pb"] == pytest.approx(718, rel=0.5)
    provenance = read_provenance(output)
    assert provenance.events == 6
    assert provenance.settings["detector"]["jets"]["small"]["radius"] == 0.4
    configuration = tmp_path / "run.toml"
    configuration.write_text(
        f'extends = ["{ROOT}/configs/parts/objects_atlas.toml", "{ROOT}/configs/parts/scan.toml", '
        f'"{ROOT}/configs/parts/large_jets_r10.toml", "z.root.toml"]\n'
        f'name = "z"\nprocessor = "{ROOT}/processors/mass_scan.py:MassScan"\n'
        '[normalisation]\nmode = "raw"\n[binning]\ndetector = "atlas"\n'
    )
    analysis = load(configuration)
    assert analysis.datasets["z"].files == [str(output)]
    assert analysis.datasets["z"].cross_section_pb == document["cross_section_pb"]
    reader = reader_for(analysis.formats["simulated"])
    assert reader.tree == "Delphes"
    with uproot.open(output) as file:
        masses = file["Delphes"]["Particle/Particle.Mass"].array()
    assert ak.all(ak.num(masses) > 10)


def test_the_truth_alone_is_written_where_there_is_no_detector(tmp_path):
    output = tmp_path / "h.root"
    card = load_card(CARDS / "higgs_to_llps_truth.toml")
    summary = simulate(card, 300, 5, output, executor="iterative")
    assert summary.complete
    assert "detector" not in summary.steps
    with uproot.open(output) as file:
        assert {key.split("/")[0] for key in file["Delphes"].keys(recursive=False)} == {
            *("Event", "Event_size", "Weight", "Weight_size", "Particle", "Particle_size")
        }
    assert read_provenance(output).settings == {"detector": "none"}
    assert "FatJet" not in Path(f"{output}.toml").read_text()
    pairs = read_pairs(output)
    assert len(pairs) == 300
    assert (pairs.child == 5).all()
    np.testing.assert_allclose(pairs.mass, 55.0, atol=0.1)
    lengths = proper_lengths(pairs)
    assert lengths.mean() == pytest.approx(1.5, abs=4 * 1.5 / np.sqrt(lengths.size))
    # A Delphes file of 2 000 events with hadrons and further collisions: 38.5 +- 0.5 GeV
    error = pairs.pt.std() / np.sqrt(len(pairs))
    assert pairs.pt.mean() == pytest.approx(38.0, abs=4 * error)


def test_blocks_with_and_without_a_detector_are_not_mixed(card, tmp_path):
    output = tmp_path / "z.root"
    begun = simulation.Simulation(card, None, 10, 5, output, simulation.Silent())
    begun._prepare(resume=False, overwrite=False)
    with pytest.raises(SimulationError, match=r"another simulation \(detector differ\)"):
        simulate(card, 10, 5, output, executor="iterative", resume=True)
