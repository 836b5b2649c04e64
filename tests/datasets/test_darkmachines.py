from __future__ import annotations

import errno
import gzip
import hashlib
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot

from bumpcast import __version__
from bumpcast.datasets import darkmachines
from bumpcast.datasets.darkmachines import (
    BadLineError,
    ConversionError,
    convert_csv,
    read_provenance,
)

DATA = Path(__file__).parents[1] / "data"
GOOD = "1;ttbar;0.5;50000;1.5;j,100000,60000,1,0.1;b,50000,40000,0.5,-1;e-,30000,30000,0,2;\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return tmp_path / "events.csv"


def test_genuine_lines_are_converted(tmp_path: Path) -> None:
    result = convert_csv([DATA / "darkmachines_lines.csv"], tmp_path / "out.root")
    assert (result.events, result.bad_lines) == (2, 0)
    assert result.processes == ["ttbar", "ttbarGam"]
    with uproot.open(tmp_path / "out.root") as file:
        events = file["events"].arrays()
    assert events.event.tolist() == [94, 57]
    assert events.process.tolist() == [0, 1]
    assert np.allclose(events.met_pt, [112.288, 66.8147], rtol=1e-12)
    assert events.jet_btag.tolist()[0][:3] == [True, False, True]
    assert events.jet_pt[0, 0] == pytest.approx(147.558, rel=1e-12)
    momentum = 147.558 * np.cosh(1.44969)
    assert events.jet_mass[0, 0] == pytest.approx(np.sqrt(331.927**2 - momentum**2), rel=1e-6)
    assert ak.max(events.jet_mass) < 60
    assert events.photon_pt[1].tolist() == pytest.approx([22.4219])


def test_small_blocks_give_the_same_file(tmp_path: Path, source: Path) -> None:
    source.write_text("".join(GOOD.replace("1;", f"{number};", 1) for number in range(50)))
    convert_csv([source], tmp_path / "whole.root")
    convert_csv([source], tmp_path / "pieces.root", block_bytes=200)
    with uproot.open(tmp_path / "whole.root") as one, uproot.open(tmp_path / "pieces.root") as two:
        assert one["events"].num_entries == 50
        assert one["events"].arrays().tolist() == two["events"].arrays().tolist()


def test_several_files_and_compressed_ones(tmp_path: Path, source: Path) -> None:
    source.write_text(GOOD)
    packed = tmp_path / "more.csv.gz"
    packed.write_bytes(gzip.compress(GOOD.replace("ttbar", "njets").encode()))
    result = convert_csv([source, packed], tmp_path / "out.root")
    assert result.processes == ["ttbar", "njets"]
    assert result.events == 2


def test_the_file_says_what_it_was_made_from(tmp_path: Path, source: Path) -> None:
    text = f"{GOOD}broken\n\n{GOOD}"
    source.write_text(text)
    convert_csv([source], tmp_path / "out.root", on_bad_line="skip")
    provenance = read_provenance(tmp_path / "out.root")
    assert provenance == {
        "made_by": f"bumpcast {__version__}",
        "events": 2,
        "processes": ["ttbar"],
        "sources": [
            {
                "name": "events.csv",
                "lines": 4,
                "events": 2,
                "blank_lines": 1,
                "bad_lines": 1,
                "bad_lines_listed": [
                    {
                        "number": 2,
                        "reason": "1 fields, where an event has at least 5",
                        "excerpt": "broken",
                    }
                ],
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
            }
        ],
    }
    with pytest.raises(ConversionError, match="holds no 'provenance'"):
        read_provenance(DATA / "nanoaod_v9.root")


@pytest.mark.parametrize("block_bytes", [100, 10_000])
def test_a_bad_line_fails_with_its_number(tmp_path: Path, source: Path, block_bytes: int) -> None:
    source.write_text(GOOD * 3 + "2;ttbar;1;2;3;q,1,1,1,1\n" + GOOD)
    output = tmp_path / "out.root"
    with pytest.raises(
        BadLineError, match=r"events\.csv, line 4: object 1 has .* label 'q'.*'2;tt"
    ):
        convert_csv([source], output, block_bytes=block_bytes)
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]


def test_skipped_lines_are_counted_and_the_first_listed(tmp_path: Path, source: Path) -> None:
    source.write_text(GOOD + f"bad {'x' * 200}\n" * 25 + GOOD)
    result = convert_csv([source], tmp_path / "out.root", on_bad_line="skip", block_bytes=300)
    assert (result.events, result.lines, result.bad_lines) == (2, 27, 25)
    listed = result.sources[0].bad_lines_listed
    assert [bad.number for bad in listed] == list(range(2, 22))
    assert len(listed[0].excerpt) == 83


def test_a_file_without_lines_is_no_file_of_events(tmp_path: Path, source: Path) -> None:
    source.write_bytes(b"x" * 1000)
    with pytest.raises(ConversionError, match=r"line 1: .* bytes without a line's end"):
        convert_csv([source], tmp_path / "out.root", block_bytes=100)


def test_an_empty_file_gives_no_events(tmp_path: Path, source: Path) -> None:
    source.write_text("")
    assert convert_csv([source], tmp_path / "out.root").events == 0
    with uproot.open(tmp_path / "out.root") as file:
        assert file["events"].num_entries == 0


def test_a_truncated_gz_says_how_far_it_came(tmp_path: Path) -> None:
    packed = tmp_path / "cut.csv.gz"
    packed.write_bytes(gzip.compress((GOOD * 1000).encode())[:-20])
    with pytest.raises(ConversionError, match=r"cut\.csv\.gz, after line \d+: cannot be read"):
        convert_csv([packed], tmp_path / "out.root")
    assert [path.name for path in tmp_path.iterdir()] == ["cut.csv.gz"]


def test_an_existing_output_stays_unless_it_may_go(tmp_path: Path, source: Path) -> None:
    source.write_text(GOOD)
    output = tmp_path / "out.root"
    output.write_text("precious")
    with pytest.raises(ConversionError, match=r"exists already; --overwrite"):
        convert_csv([source], output)
    assert output.read_text() == "precious"
    convert_csv([source], output, overwrite=True)
    with uproot.open(output) as file:
        assert file["events"].num_entries == 1


def test_inputs_and_folders_must_exist(tmp_path: Path, source: Path) -> None:
    with pytest.raises(ConversionError, match=r"events\.csv: no such file"):
        convert_csv([source], tmp_path / "out.root")
    source.write_text(GOOD)
    with pytest.raises(ConversionError, match=r"the folder .*nowhere does not exist"):
        convert_csv([source], tmp_path / "nowhere" / "out.root")


def test_a_full_disk_is_named_and_leaves_nothing(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    source.write_text(GOOD)
    monkeypatch.setattr(darkmachines, "_columns", full)
    with pytest.raises(ConversionError, match=r"out\.root: cannot be written: No space left"):
        convert_csv([source], tmp_path / "out.root")
    assert [path.name for path in tmp_path.iterdir()] == ["events.csv"]


def test_progress_counts_lines_and_bytes(tmp_path: Path, source: Path) -> None:
    source.write_text(GOOD * 10)
    seen: list[tuple[int, int]] = []
    convert_csv(
        [source],
        tmp_path / "out.root",
        progress=lambda lines, size: seen.append((lines, size)),
        block_bytes=300,
    )
    assert seen[-1] == (10, len(GOOD) * 10)
    assert len(seen) > 1
