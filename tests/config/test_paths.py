from __future__ import annotations

import glob
from collections.abc import Callable
from pathlib import Path

import pytest

from bumpcast.config import load

WriteConfig = Callable[..., Path]


def test_paths_are_relative_to_the_file_that_wrote_them(
    write_config: WriteConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path.parent)
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "data.toml").write_text(
        "[datasets.data]\n"
        'files = ["../a.root", "./b_*.root", "/c.root", "~/d.root", "root://host//e.root"]\n'
        'kind = "data"\nformat = "delphes"\n'
    )
    path = write_config(replace=("name =", 'extends = "parts/data.toml"\nname ='))
    analysis = load(path.relative_to(tmp_path.parent))
    assert analysis.processor == f"{tmp_path}/scan.py:Scan"
    assert analysis.datasets["ttbar"].files == [f"{tmp_path}/ttbar.root"]
    assert analysis.datasets["data"].files == [
        f"{tmp_path}/a.root",
        f"{tmp_path}/parts/b_*.root",
        "/c.root",
        str(Path("~/d.root").expanduser()),
        "root://host//e.root",
    ]
    overridden = load(path, ["processor=mine/scan.py:Mine", "datasets.ttbar.files=['x.root']"])
    assert overridden.processor == f"{tmp_path.parent}/mine/scan.py:Mine"
    assert overridden.datasets["ttbar"].files == [f"{tmp_path.parent}/x.root"]


def test_a_folder_with_a_pattern_in_its_name(tmp_path: Path, minimal: str) -> None:
    folder = tmp_path / "run[1]"
    folder.mkdir()
    (folder / "ttbar_1.root").touch()
    path = folder / "analysis.toml"
    path.write_text(minimal.replace("ttbar.root", "ttbar_*.root"))
    (pattern,) = load(path).datasets["ttbar"].files
    assert glob.glob(pattern) == [str(folder / "ttbar_1.root")]  # noqa: PTH207


def test_a_template_in_a_path(write_config: WriteConfig, tmp_path: Path) -> None:
    path = write_config(
        "[options]\nyear = 2018\n",
        replace=("ttbar.root", "{{ options.year }}/ttbar.root"),
    )
    assert load(path).datasets["ttbar"].files == [f"{tmp_path}/2018/ttbar.root"]


@pytest.mark.parametrize("processor", ["scan.py", "scan:Scan", "scan.py:", "scan.py:1x"])
def test_a_processor_needs_file_and_class(write_config: WriteConfig, processor: str) -> None:
    with pytest.raises(Exception, match=r"processor: .* must be 'path/file.py:Class'"):
        load(write_config(replace=("scan.py:Scan", processor)))


def test_paths_that_options_name(write_config: WriteConfig, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "model.toml").write_text(
        '[options]\nmodel = { path = "../models/{{ options.year }}" }\nyear = 2018\n'
    )
    path = write_config(
        '[options]\ntables = [{ path = "a.csv" }, { path = "/b.csv", bins = 3 }]\npath = "c"\n',
        replace=("name =", 'extends = "parts/model.toml"\nname ='),
    )
    options = load(path).options
    assert options["model"] == {"path": f"{tmp_path}/models/2018"}
    assert options["tables"] == [{"path": f"{tmp_path}/a.csv"}, {"path": "/b.csv", "bins": 3}]
    assert options["path"] == "c"
    assert load(path, ["options.model.path=d"]).options["model"] == {"path": str(Path.cwd() / "d")}
