"""Maps in the layout of the published tables."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from bumpcast.surrogates.maps.binning import PUBLISHED
from bumpcast.surrogates.maps.csv_file import MapTableError, read_map_csv, write_map_csv
from bumpcast.surrogates.maps.published import DATA

HIGH = DATA / "atlas_exot_2019_23_high_et.csv"
HEADER = "llp1_bin,llp2_bin,prob_regionA,llp1_label,llp2_label"


def line(a, b, probability, label_a=None, label_b=None):
    label_a, label_b = label_a or PUBLISHED.label(a), label_b or PUBLISHED.label(b)
    return f'{a},{b},{probability},"{label_a}","{label_b}"'


def written(folder, *lines):
    path = folder / "map.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_probabilities_as_a_plain_look_at_the_lines_finds_them(random_pairs):
    """Both orders of the bins are looked for; a pair that is not there has zero."""
    with HIGH.open(newline="") as file:
        lines = {
            (int(row["llp1_bin"]), int(row["llp2_bin"])): float(row["prob_regionA"])
            for row in csv.DictReader(file)
        }
    assert len(lines) == 2903
    pairs = random_pairs(20_000)
    plain = []
    for i, j in PUBLISHED.indices(pairs).tolist():
        plain.append(lines[i, j] if (i, j) in lines else lines.get((j, i), 0.0))
    found = read_map_csv(HIGH).probabilities(pairs)
    assert found[:, 1].tolist() == plain
    assert np.count_nonzero(plain) > 1000


@pytest.mark.parametrize("name", ["high_et", "low_et"])
def test_a_published_table_is_written_as_it_was(name, tmp_path):
    path = DATA / f"atlas_exot_2019_23_{name}.csv"
    write_map_csv(tmp_path / "again.csv", read_map_csv(path))
    assert (tmp_path / "again.csv").read_bytes() == path.read_bytes()


def test_several_classes_other_bins_and_another_order(tmp_path):
    bins = replace(PUBLISHED, flavours=(5,), lxy=(0.0, 0.25, 3.0))
    header = "llp2_bin,llp1_bin,llp1_label,llp2_label,prob_regionA,prob_regionlow"
    row = f'3,1,"{bins.label(1)}","{bins.label(3)}",0.25,0.5'
    found = read_map_csv(written(tmp_path, header, row), bins, name="mine")
    assert found.classes == ("not selected", "A", "low")
    assert found.table[:, 1, 3].tolist() == found.table[:, 3, 1].tolist() == [0.25, 0.5]
    write_map_csv(tmp_path / "again.csv", found)
    again = read_map_csv(tmp_path / "again.csv", bins)
    assert np.array_equal(again.table, found.table)
    assert again.name == "again"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "is empty; its first line names the columns: " + HEADER),
        ([HEADER], "has no pairs of bins"),
        ([HEADER.replace("llp2_bin", "lpl2_bin"), line(1, 1, 0.1)], "line 1: .*mean 'l"),
        ([HEADER.replace("prob_regionA", "prob"), line(1, 1, 0.1)], "column 'prob' is not of"),
        (["llp1_bin,llp2_bin,llp1_label,llp2_label", "1,1,x,x"], "has to be a column prob_region"),
        ([HEADER + ",prob_regionA", line(1, 1, 0.1)], "a column stands twice"),
        ([HEADER, line(1, 1, 0.1) + ",7"], "line 2: 6 values for 5 columns"),
        ([HEADER, line(1, 1, 0.1), line(2, 1, 1.2)], "line 3: prob_regionA is '1.2'"),
        ([HEADER, line(2, 1, "nan")], "line 2: prob_regionA is 'nan': a probability is from 0"),
        ([HEADER, line(2, 1, "-0.1")], "a probability is from 0 to 1"),
        ([HEADER, line(2, 1, "a half")], "'a half': a probability"),
        ([HEADER, f'260,1,0.1,"x","{PUBLISHED.label(1)}"'], "llp1_bin is '260': .* from 0 to 259"),
        ([HEADER, f'1,-1,0.1,"{PUBLISHED.label(1)}","x"'], "line 2: llp2_bin is '-1'"),
        ([HEADER, f'1,1.0,0.1,"{PUBLISHED.label(1)}","x"'], "llp2_bin is '1.0'"),
        ([HEADER, line(2, 1, 0.1), line(1, 2, 0.1)], "line 3: bins 1 and 2 stand in line 2 alr"),
        ([HEADER, line(3, 3, 0.1), line(3, 3, 0.2)], "line 3: bins 3 and 3 stand in line 2 alr"),
        (
            [HEADER, line(3, 2, 0.1, label_b=PUBLISHED.label(1))],
            "line 2: llp2_bin is 2, which is 'decay=6.*but llp2_label says 'decay=5.*other bins",
        ),
    ],
)
def test_mistakes_are_told_with_their_line(lines, message, tmp_path):
    with pytest.raises(MapTableError, match=message):
        read_map_csv(written(tmp_path, *lines) if lines else written(tmp_path, ""))


def test_probabilities_of_several_classes_are_at_most_one(tmp_path):
    header = HEADER.replace("prob_regionA", "prob_regionA,prob_regionB")
    path = written(tmp_path, header, line(1, 1, "0.5,0.6"))
    with pytest.raises(MapTableError, match=r"line 2: the probabilities of A, B add up to 1.1"):
        read_map_csv(path)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(MapTableError, match="cannot be read"):
        read_map_csv(tmp_path / "none.csv")
    (tmp_path / "quote.csv").write_text(HEADER + '\n1,1,0.1,"a"b,c\n')
    with pytest.raises(MapTableError, match=r"quote.csv, line 2: "):
        read_map_csv(tmp_path / "quote.csv")
