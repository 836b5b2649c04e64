from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bumpcast.config import load
from bumpcast.execution import run
from bumpcast.simulate.delphes_file.entry import FORMAT_NAME, dataset_entry
from bumpcast.simulate.delphes_file.provenance import Provenance
from bumpcast.simulate.delphes_file.writing import write_block
from bumpcast.simulate.events import Collection

PROCESSOR = """
import awkward as ak


class Counts:
    def process(self, events):
        counts = {"events": len(events), "muons": int(ak.sum(ak.num(events.Muon)))}
        return {events.metadata["dataset"]: counts}
"""
CONFIGURATION = """
extends = ["tt.toml"]
name = "simulated"
processor = "own.py:Counts"
[normalisation]
mode = "luminosity"
luminosity_fb = 1.0
"""


def test_a_run_takes_the_entry_as_it_is(
    ttbar: dict[str, Collection], provenance: Callable[..., Provenance], tmp_path: Path
) -> None:
    made = provenance(300, value=123.456789012345678, accepted=600)
    write_block(tmp_path / "tt.root", ttbar, made)
    entry = dataset_entry(
        "tt",
        ["tt.root"],
        made,
        kind="signal",
        cross_section_pb=made.cross_section.value,
        k_factor=1.65,
        label="Top pairs",
        large_jets=True,
    )
    (tmp_path / "tt.toml").write_text(entry, encoding="utf-8")
    (tmp_path / "own.py").write_text(PROCESSOR, encoding="utf-8")
    (tmp_path / "run.toml").write_text(CONFIGURATION, encoding="utf-8")
    analysis = load(tmp_path / "run.toml", ["run.dask_report=false"])
    dataset = analysis.datasets["tt"]
    assert dataset.format == FORMAT_NAME
    assert (dataset.kind, dataset.label) == ("signal", "Top pairs")
    assert dataset.cross_section_pb == made.cross_section.value
    assert dataset.k_factor == 1.65
    assert dataset.filter_efficiency == 0.5
    summary = run(analysis, tmp_path / "results", executor="iterative")
    assert summary.complete
    muons = int(ttbar["Muon"].offsets[-1])
    assert summary.output["tt"] == {"events": 300, "muons": muons}


@pytest.mark.parametrize("kind", ["data", "signal"])
def test_what_is_called_data_has_no_cross_section(
    provenance: Callable[..., Provenance], kind: str
) -> None:
    entry = dataset_entry(
        "tt",
        ["tt.root"],
        provenance(3),
        kind=kind,  # type: ignore[arg-type]
        cross_section_pb=12.5,
    )
    assert ("cross_section_pb" in entry) == (kind == "signal")
    assert "filter_efficiency" not in entry


def test_a_cross_section_that_nobody_says_is_left_out(
    provenance: Callable[..., Provenance],
) -> None:
    entry = dataset_entry(
        "tt", ["tt.root"], provenance(3), kind="background", cross_section_pb=None
    )
    assert "cross_section_pb" not in entry
