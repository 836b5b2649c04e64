from __future__ import annotations

import json

import pytest

from bumpcast.report.site.whole_set import WholeSetError, read_whole_set
from tests.report.site.small_report import WHOLE_SET


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "bumps" / "a.whole.json"
    path.parent.mkdir()
    return path


def test_nobody_has_made_it(tmp_path):
    assert read_whole_set(tmp_path, "a") is None


def test_rows_of_histograms_groups_and_the_largest(path):
    path.write_text(json.dumps(WHOLE_SET))
    found = read_whole_set(path.parents[1], "a")
    assert found["replicas"] == 100
    assert [(row["what"], row["threshold"]) for row in found["rows"]] == [
        ("histograms", 3), ("histograms", 5), ("groups", 3), ("largest", None),
    ]  # fmt: skip
    assert found["rows"][0] == {
        "what": "histograms", "threshold": 3, "expected": 1.25, "low": 0.625, "high": 3.75,
        "seen": 60, "p": 0.0001,
    }  # fmt: skip
    assert found["z_expected"] == [20, 140, 30, 10]


def test_without_a_distribution_of_z(path):
    document = {key: value for key, value in WHOLE_SET.items() if key != "z_seen"}
    path.write_text(json.dumps(document))
    assert "z_bins" not in read_whole_set(path.parents[1], "a")


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "{}", '{"whole": 3}', json.dumps(WHOLE_SET | {"z_seen": [1]})],
    ids=["cut", "list", "empty", "number", "bins"],
)  # fmt: skip
def test_a_damaged_file(path, text):
    path.write_text(text)
    with pytest.raises(WholeSetError, match=r"a.whole.json is damaged.*make it again"):
        read_whole_set(path.parents[1], "a")
