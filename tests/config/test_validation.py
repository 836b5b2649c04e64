# ruff: noqa: E501  (every input stands on one line beside its message)
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bumpcast.config import ConfigurationError, load

WriteConfig = Callable[..., Path]


def problems_of(path: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    return [str(problem).removeprefix(f"{path}") for problem in caught.value.problems]


CUSTOM_BINNING = """
[binning]
detector = "custom"
[binning.custom]
electron = { form = "track", constnt = 0.1, slope_per_GeV = 0 }
muon = { form = "trak" }
photon = { constant = 1 }
[binning.custom.jet]
form = "jet"
noise_GeV = -1
stochastic_sqrt_GeV = 0.6
constant = 0.02
"""


@pytest.mark.parametrize(
    ("replace", "extra", "expected"),
    [
        # unknown keys, in the top table, in nested tables, in members of unions
        (("", ""), "k_facter = 1\n", [":18: datasets.ttbar.k_facter: unknown key. Did you mean 'k_factor'?"]),
        (("name =", "luminosity_fb = 3.0\nname ="), "", [":1: luminosity_fb: unknown key. Did you mean 'normalisation.luminosity_fb'?"]),
        (("", ""), "[scans]\n", [":18: scans: unknown key. Did you mean 'scan'?"]),
        (("", ""), "[run]\nqqqq = 1\n", [":19: run.qqqq: unknown key. Known names: 'bad_events', 'checkpoint_s', 'chunk_events', 'dask_report', 'executor', 'max_events', 'retries', 'retry_wait_s', 'workers'."]),
        (("b_tag_bit = 0", "b_tag_bits = 0"), "", [
            ":8: formats.delphes.b_tag_bit: missing: Bit of the jet's BTag mask that is the working point.",
            ":10: formats.delphes.b_tag_bits: unknown key. Did you mean 'b_tag_bit' or 'large_jets'?",
        ]),
        # unions
        (('kind = "delphes"\n', ""), "", [":8: formats.delphes.kind: missing: it says which kind this is"]),
        (('kind = "delphes"', 'kind = "delfes"'), "", [":9: formats.delphes.kind: unknown: 'delfes'. Did you mean 'delphes'? Known names: 'delphes', 'nanoaod', 'physlite', 'darkmachines'."]),
        (("", ""), CUSTOM_BINNING, [
            ":22: binning.custom.electron.constant: missing: Relative, no unit.",
            ":22: binning.custom.electron.constnt: unknown key. Did you mean 'constant'?",
            ":23: binning.custom.muon.form: unknown: 'trak'. Did you mean 'track'? Known names: 'track', 'calorimeter', 'jet'.",
            ":24: binning.custom.photon.form: missing: it says which kind this is",
            ":27: binning.custom.jet.noise_GeV: -1 should be greater than or equal to 0",
        ]),
        # wrong types and values
        (("luminosity_fb = 10.0", 'luminosity_fb = "10"'), "", [':6: normalisation.luminosity_fb: "10" should be a valid number']),
        (("luminosity_fb = 10.0", "luminosity_fb = inf"), "", [":6: normalisation.luminosity_fb: Infinity should be a finite number"]),
        (("b_tag_bit = 0", "b_tag_bit = 0.5"), "", [":10: formats.delphes.b_tag_bit: 0.5 should be a valid integer"]),
        (("b_tag_bit = 0", "b_tag_bit = true"), "", [":10: formats.delphes.b_tag_bit: true should be a valid integer"]),
        (('weight = "none"', 'weight = "Event.weight"'), "", [":11: formats.delphes.weight: unknown: 'Event.weight'. Did you mean 'Event.Weight'? Known names: 'Event.Weight', 'Weight.Weight', 'none'."]),
        (('files = ["ttbar.root"]', 'files = ["ttbar.root", 7]'), "", [":14: datasets.ttbar.files.1: 7 should be a valid string"]),
        (('files = ["ttbar.root"]', "files = []"), "", [":14: datasets.ttbar.files: must not be empty"]),
        (("", ""), "[run]\nexecutor = 'future'\n", [":19: run.executor: unknown: 'future'. Did you mean 'futures'? Known names: 'iterative', 'futures', 'dask-local', 'dask-condor', 'dask-slurm', 'dask'."]),
        (("", ""), "[binning]\ndetector = 'atlas'\n[binning.composition]\nW = ['j', 'jet']\n", [
            ":21: binning.composition.W: unknown: 'W'. Known names: 'e', 'm', 'g', 'j', 'b', 'Z', 'Wh', 'T', 'HM'.",
            ":21: binning.composition.W.1: unknown: 'jet'. Known names: 'e', 'm', 'g', 'j', 'b', 'Z', 'Wh', 'T', 'HM'.",
        ]),
        (('name = "test"', 'name = "my scan"'), "", [""":1: name: "my scan" may hold only letters, digits, '_' and '-'"""]),
        (("[datasets.ttbar]", '[datasets."t t"]'), "", [""":13: datasets."t t": "t t" may hold only letters, digits, '_' and '-'"""]),
        (("[datasets.ttbar]", "[datasets]\n[options]"), "", [":13: datasets: must not be empty"]),
        # what is missing
        (("cross_section_pb = 800.0\n", ""), "", [":13: datasets.ttbar.cross_section_pb: missing: a background data set is scaled to the luminosity, and its cross-section (in pb) never defaults"]),
        (("luminosity_fb = 10.0\n", ""), "", [":4: normalisation: mode 'luminosity' needs luminosity_fb (in fb^-1)"]),
        (('mode = "luminosity"', 'mode = "pseudo-data"'), "", [":4: normalisation: mode 'pseudo-data' needs a seed"]),
        (('[normalisation]\nmode = "luminosity"\nluminosity_fb = 10.0\n', ""), "", [": normalisation: missing: What simulated events are scaled to."]),
        (('name = "test"\n', ""), "", [": name: missing: Names the results folder; letters, digits, '-', '_'."]),
        # tables that do not fit together
        (('format = "delphes"', 'format = "delfes"'), "", [":15: datasets.ttbar.format: there is no table [formats.delfes]. Did you mean 'delphes'?"]),
        (('kind = "background"', 'kind = "data"'), "", [":13: datasets.ttbar: a data set of kind 'data' is never scaled: leave cross_section_pb out"]),
        (("", ""), "[scan]\n", [
            ":18: scan: needs the table [objects], which is missing",
            ":18: scan: needs the table [binning], which is missing",
        ]),
        (("", ""), "[formats.n]\nkind = 'nanoaod'\nmissing_energy = 'MET'\nb_tag_discriminator = 'x'\nb_tag_working_point = 0.3\nweight = 'none'\nmuon_identification = 'mediumId'\n", [
            ":18: formats.n: muon_identification needs muon_identification_min: a working point never defaults",
        ]),
        # everything at once, across tables
        (("cross_section_pb = 800.0", "cross_section = 800.0"), "[run]\nworkers = 0\n", [
            ":17: datasets.ttbar.cross_section: unknown key. Did you mean 'cross_section_pb'?",
            ":19: run.workers: 0 should be greater than or equal to 1",
        ]),
        (("cross_section_pb = 800.0\n", ""), "[run]\nworkers = 0\n", [
            ":13: datasets.ttbar.cross_section_pb: missing: a background data set is scaled to the luminosity, and its cross-section (in pb) never defaults",
            ":18: run.workers: 0 should be greater than or equal to 1",
        ]),
    ],
)  # fmt: skip
def test_what_is_wrong_and_how_it_is_said(
    write_config: WriteConfig, replace: tuple[str, str], extra: str, expected: list[str]
) -> None:
    assert problems_of(write_config(extra, replace=replace)) == expected


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ("T_GeV = [100, 200]\n", ": objects.mass_classes: the mass windows [60, 110] and [100, 200] GeV overlap: a jet belongs to one class at the most"),
        ("Wh_GeV = [110, 60]\n", ": objects.mass_classes.Wh_GeV: the lower bound 110.0 must be below the upper bound 60.0"),
        ("HM_GeV = [200, nan]\n", ": objects.mass_classes.HM_GeV: the lower bound 200.0 must be below the upper bound nan"),
        ("Wh_GeV = [60, inf]\n", ": objects.mass_classes.Wh_GeV.1: Infinity should be a finite number"),
    ],
)  # fmt: skip
def test_mass_windows(write_config: WriteConfig, objects: str, extra: str, message: str) -> None:
    (problem,) = problems_of(write_config(objects + extra))
    assert problem.partition(": ")[2] == message.removeprefix(": ")


def test_large_jets_need_their_cuts_and_radius(write_config: WriteConfig, objects: str) -> None:
    large = objects.replace('source = "none"', 'source = "large_jet"')
    (problem,) = problems_of(write_config(large))
    assert "source 'large_jet' needs absorb_delta_r" in problem
    (problem,) = problems_of(write_config(large + "absorb_delta_r = 1.0\n"))
    assert problem.endswith("source 'large_jet' needs the table [objects.large_jet]")


def test_a_problem_is_reported_at_the_file_that_wrote_the_key(
    write_config: WriteConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "run.toml").write_text("[run]\nworkers = 4\nexecuter = 'futures'\n")
    path = write_config(replace=("name =", 'extends = "parts/run.toml"\nname ='))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert str(caught.value) == (
        "parts/run.toml:3: run.executer: unknown key. Did you mean 'executor'?"
    )
    assert caught.value.exit_code == 2


def test_raw_weights_need_no_cross_section(write_config: WriteConfig) -> None:
    path = write_config(replace=("cross_section_pb = 800.0\n", ""))
    assert load(path, ["normalisation.mode=raw"]).datasets["ttbar"].cross_section_pb is None
