from __future__ import annotations

from dataclasses import replace

import pytest

from bumpcast.execution.option_files import (
    OptionFileError,
    content_digest,
    files_of,
    in_place,
)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "model"
    (made / "inner").mkdir(parents=True)
    (made / "card.json").write_text("{}")
    (made / "inner" / "trees").write_bytes(b"\0\1")
    return made


@pytest.fixture
def options(folder, tmp_path):
    (tmp_path / "a.csv").write_text("1")
    return {
        "model": {"path": str(folder)},
        "tables": [{"path": str(tmp_path / "a.csv")}, 3],
        "deeper": {"model": {"path": str(folder)}, "bins": 4},
        "path": "a word",
        "other": {"path": "a word", "and": 1},
    }


def test_paths_take_the_place_of_the_tables_that_name_them(options, folder, tmp_path):
    files = files_of(options)
    assert [file.key for file in files] == [
        "options.model.path", "options.tables.0.path", "options.deeper.model.path",
    ]  # fmt: skip
    found = in_place(options, files)
    assert found["model"] == found["deeper"]["model"] == folder
    assert found["tables"] == [tmp_path / "a.csv", 3]
    assert found["deeper"]["bins"] == 4
    assert found["path"] == "a word"
    assert found["other"] == options["other"]


def test_the_digest_is_of_names_and_contents(folder, tmp_path):
    first = content_digest(folder)
    copy = folder.rename(tmp_path / "elsewhere")
    (copy / ".hidden").write_text("not of it")
    assert content_digest(copy) == first
    trees = (copy / "inner" / "trees").rename(copy / "inner" / "leaves")
    assert content_digest(copy) != first
    trees.rename(copy / "inner" / "trees")
    assert content_digest(copy) == first
    (copy / "card.json").write_text("{ }")
    assert content_digest(copy) != first


def test_what_is_not_there(options, tmp_path):
    (tmp_path / "a.csv").unlink()
    with pytest.raises(OptionFileError, match=r"options\.tables\.0\.path: there is no file"):
        files_of(options)
    with pytest.raises(OptionFileError, match="an address"):
        files_of({"model": {"path": "https://example.org/model"}})


def test_what_a_job_was_brought_is_found_in_its_folder(folder, tmp_path, monkeypatch):
    (file,) = files_of({"model": {"path": str(folder)}})
    job = tmp_path / "job"
    job.mkdir()
    monkeypatch.setenv("_CONDOR_SCRATCH_DIR", str(job))
    moved = folder.rename(job / "other")
    with pytest.raises(OptionFileError, match=r"cluster\.transfer_files = \['.*model'\]"):
        file.here()
    moved.rename(job / "model")
    assert file.here() == job / "model"
    (job / "model" / "card.json").write_text("another")
    with pytest.raises(OptionFileError, match="is not what it was when the run began"):
        file.here()
    # Where there is no batch system, the folder of the process is the job's.
    monkeypatch.delenv("_CONDOR_SCRATCH_DIR")
    monkeypatch.chdir(job)
    brought = replace(file, digest=content_digest(job / "model"))
    assert brought.here() == job / "model"
