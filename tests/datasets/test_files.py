from __future__ import annotations

import pytest

from bumpcast.config.datasets import DatasetConfig
from bumpcast.datasets.files import RepeatedFileError, expand, expand_all, is_address
from bumpcast.events.errors import MissingFileError


@pytest.fixture
def folder(tmp_path):
    for name in ("b_2.root", "b_1.root", "a.root", "odd[1].root"):
        (tmp_path / name).touch()
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "c.root").touch()
    return tmp_path


def dataset(*files):
    return DatasetConfig(files=[str(file) for file in files], format="f", kind="data")


def names(found):
    return [path.rsplit("/", 1)[-1] for path in found]


def test_patterns_and_paths_come_sorted(folder):
    assert names(expand("x", dataset(folder / "b_*.root", folder / "a.root"))) == [
        "a.root",
        "b_1.root",
        "b_2.root",
    ]
    assert names(expand("x", dataset(folder / "**" / "c.root"))) == ["c.root"]
    assert names(expand("x", dataset(folder / "odd[1].root"))) == ["odd[1].root"]


def test_addresses_stay_as_they_are():
    address = "root://eospublic.cern.ch//eos/file.root"
    assert is_address(address)
    assert expand("x", dataset(address)) == [address]


def test_patterns_of_other_file_systems():
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe({"/folder/two.root": b"", "/folder/one.root": b""})
    assert names(expand("x", dataset("memory://folder/*.root"))) == ["one.root", "two.root"]
    with pytest.raises(MissingFileError, match="matches no file"):
        expand("x", dataset("memory://folder/*.txt"))
    with pytest.raises(MissingFileError, match=r"cannot be listed.*nosuch://"):
        expand("x", dataset("nosuch://folder/*.root"))


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("b_3.root", r"datasets\.x\.files: .*b_3\.root' does not exist.*'b_1\.root'"),
        ("c*.root", r"c\*\.root' matches no file"),
        ("depe/a.root", r"There is no folder .*depe; the nearest that exists"),
        ("deep", r"is a folder; name the files in it"),
    ],
)
def test_what_is_missing_is_named_with_its_neighbours(folder, pattern, message):
    with pytest.raises(MissingFileError, match=message):
        expand("x", dataset(folder / pattern))


def test_no_file_counts_twice(folder):
    with pytest.raises(RepeatedFileError, match=r"b_1\.root is matched by .*Name it once"):
        expand("x", dataset(folder / "b_*.root", folder / "b_1.root"))
    (folder / "link.root").symlink_to(folder / "a.root")
    with pytest.raises(RepeatedFileError):
        expand("x", dataset(folder / "a.root", folder / "link.root"))
    # One pattern that meets a file and its link names one file.
    assert names(expand("x", dataset(folder / "[al]*.root"))) == ["a.root"]
    with pytest.raises(RepeatedFileError, match="belongs to the data sets 'x' and 'y'"):
        expand_all({"x": dataset(folder / "a.root"), "y": dataset(folder / "*.root")})
