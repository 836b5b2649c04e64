from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import uproot

from bumpcast.config.formats import DelphesFormat
from bumpcast.datasets import WorkItem
from bumpcast.events import (
    bytes_read,
    close_file,
    open_events,
    open_tree,
    reader_for,
)
from bumpcast.events import files as files_module
from bumpcast.events.errors import (
    ChangedFileError,
    InputError,
    MissingFileError,
    MissingTreeError,
    UnreadableFileError,
    UnsupportedLayoutError,
)
from bumpcast.events.files import open_file, reading_failed

DELPHES = DelphesFormat(b_tag_bit=0, weight="Event.Weight")


def test_a_file_is_opened_once(quickstart: Path) -> None:
    name = str(quickstart / "ttbar.root")
    assert open_file(name) is open_file(name)


def test_only_few_files_stay_open_and_the_others_are_closed(quickstart: Path) -> None:
    paths = sorted(quickstart.glob("*.root"))
    opened = [open_file(str(path)) for path in paths]
    assert len(paths) == files_module.MOST_OPEN_FILES + 1
    assert opened[0].directory.file.source.closed
    assert not opened[1].directory.file.source.closed


def test_a_closed_file_is_opened_again(quickstart: Path) -> None:
    name = str(quickstart / "ttbar.root")
    first = open_file(name)
    close_file(name)
    close_file(name)
    assert open_file(name) is not first


def test_bytes_are_counted_beyond_the_end_of_a_file(
    quickstart: Path, item: Callable[..., WorkItem]
) -> None:
    work = item(quickstart / "zprime_ll_400.root")
    before = bytes_read()
    open_events(work, DELPHES, columns=reader_for(DELPHES).columns)
    read = bytes_read() - before
    assert 10_000 < read < Path(work.filename).stat().st_size
    close_file(work.filename)
    assert bytes_read() - before == read


def test_a_missing_file_names_the_nearest(quickstart: Path) -> None:
    with pytest.raises(MissingFileError, match="no such file") as caught:
        open_file(str(quickstart / "ttbra.root"))
    assert "'ttbar.root'" in str(caught.value)
    assert caught.value.permanent


def test_a_missing_folder_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"folder .* does not exist either"):
        open_file(str(tmp_path / "nowhere" / "x.root"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (b"event;process;weight\n", "is no ROOT file: it starts with b'event;pr'"),
        (b"root\x00\x00", "is truncated: 6 bytes"),
        (b"root\x00\x00\xf6\x8c" + b"\xff" * 200, "cannot be read: it is damaged or no ROOT file"),
    ],
)
def test_what_is_no_root_file_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.root"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=message) as caught:
        open_file(str(path)).tree("Delphes")
    assert str(path) in str(caught.value)
    assert caught.value.permanent


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="is a folder"):
        open_file(str(tmp_path))


@pytest.mark.parametrize("part", [0.02, 0.5, 0.999])
def test_a_truncated_file_says_how_much_is_missing(
    quickstart: Path, tmp_path: Path, part: float
) -> None:
    whole = (quickstart / "zprime_ll_400.root").read_bytes()
    path = tmp_path / "cut.root"
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(UnreadableFileError, match=f"truncated: it has .* of the {len(whole)}"):
        open_file(str(path))


def test_damaged_bytes_are_named_when_they_are_read(
    quickstart: Path, tmp_path: Path, item: Callable[..., WorkItem]
) -> None:
    good = quickstart / "zprime_ll_400.root"
    with uproot.open(good) as file:
        branch = file["Delphes/Jet/Jet.PT"]
        seek = branch.member("fBasketSeek")[0]
        size = branch.member("fBasketBytes")[0]
    damaged = bytearray(good.read_bytes())
    damaged[seek + 60 : seek + size] = bytes(size - 60)
    path = tmp_path / "damaged.root"
    path.write_bytes(damaged)
    work = item(path)
    with pytest.raises(UnreadableFileError, match=r"damaged.root: cannot be read"):
        open_events(work, DELPHES, columns=reader_for(DELPHES).columns)
    events = open_events(work, DELPHES)
    with pytest.raises(UnreadableFileError, match=r"damaged.root: cannot be read"):
        reader_for(DELPHES).record(events)


def test_a_missing_tree_lists_those_there_are(
    quickstart: Path, item: Callable[..., WorkItem]
) -> None:
    work = dataclasses.replace(item(quickstart / "ttbar.root"), treename="Events")
    with pytest.raises(MissingTreeError, match=r"no tree 'Events'. It holds 'Delphes'"):
        open_tree(work)


def test_what_is_no_tree_is_not_read_as_one(tmp_path: Path) -> None:
    path = tmp_path / "histogram.root"
    with uproot.recreate(path) as file:
        file["Events"] = np.histogram([1.0, 2.0])
    with pytest.raises(MissingTreeError, match=r"'Events' is a .*TH1.*, not a tree"):
        open_tree(WorkItem("x", str(path), "Events", 0, 0, ""))


def test_an_rntuple_is_said_not_to_be_read(tmp_path: Path) -> None:
    path = tmp_path / "new.root"
    with uproot.recreate(path) as file:
        file.mkrntuple("Events", {"MET_pt": "float32"})
    with pytest.raises(UnsupportedLayoutError, match=r"new\.root: 'Events' is an RNTuple"):
        open_tree(WorkItem("x", str(path), "Events", 0, 0, ""))


def test_a_changed_file_is_found_by_its_uuid(
    quickstart: Path, tmp_path: Path, item: Callable[..., WorkItem]
) -> None:
    path = tmp_path / "sample.root"
    shutil.copy(quickstart / "zprime_ll_400.root", path)
    work = item(path)
    open_tree(work)
    close_file(str(path))
    shutil.copy(quickstart / "ttbar.root", path)
    with pytest.raises(ChangedFileError, match="changed since the run was planned") as caught:
        open_tree(work)
    assert work.fileuuid in str(caught.value)
    # without a UUID to compare there is nothing to say
    open_tree(dataclasses.replace(work, fileuuid=""))


def test_entries_that_are_not_there_are_an_error(
    quickstart: Path, item: Callable[..., WorkItem]
) -> None:
    work = item(quickstart / "zprime_ll_400.root", start=300, stop=500)
    with pytest.raises(ChangedFileError, match=r"entries 300 to 500 were planned, but .* has 400"):
        open_tree(work)


def test_errors_of_the_network_stay_what_they_are() -> None:
    error = OSError("connection reset")
    assert reading_failed("root://host//x.root", error, local=False) is error
    assert isinstance(reading_failed("x.root", ValueError("odd"), local=True), UnreadableFileError)
    disk = OSError(5, "Input/output error")
    assert reading_failed("x.root", disk, local=True) is disk


def test_every_error_of_reading_is_permanent() -> None:
    assert all(kind.permanent for kind in (InputError, *InputError.__subclasses__()))


def test_a_child_process_opens_files_of_its_own(
    quickstart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = str(quickstart / "ttbar.root")
    inherited = open_file(name)
    monkeypatch.setattr(files_module._open, "process", os.getpid() + 1)
    assert open_file(name) is not inherited
    assert not inherited.directory.file.source.closed
    inherited.directory.close()
