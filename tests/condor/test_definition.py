"""The image's definition; without apptainer no test can build it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def sections():
    """The definition's sections by their names, a list of lines each; the head is called ''."""
    found: dict[str, list[str]] = {"": []}
    name = ""
    for line in (ROOT / "condor" / "bumpcast.def").read_text().splitlines():
        if line.startswith("%"):
            name = line[1:].split()[0]
            found[name] = []
        elif line.strip() and not line.startswith("#"):
            found[name].append(line.strip())
    return found


def test_its_python_is_one_that_the_project_takes(sections):
    head = dict(line.split(": ", 1) for line in sections[""])
    version = re.fullmatch(r"python:(\d+\.\d+)-slim-\w+", head["From"])
    assert version is not None
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert version[1] in SpecifierSet(project["requires-python"])
    assert f"Programming Language :: Python :: {version[1]}" in project["classifiers"]


def test_it_is_set_up_as_the_readme_says(sections):
    readme = (ROOT / "README.md").read_text()
    command = re.search(r"^(pip install -e \.) && python run\.py$", readme, re.MULTILINE)
    assert command is not None
    assert sections["post"][-1] == command[1]


def test_it_takes_what_the_setup_needs(sections):
    pairs = [line.split() for line in sections["files"]]
    taken = {source for source, _ in pairs}
    for source, target in pairs:
        assert (ROOT / source).exists(), source
        assert target == f"/opt/bumpcast/{source}"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {"pyproject.toml", "src", project["readme"], *project["license-files"]} <= taken
    assert sections["runscript"] == ['exec bumpcast "$@"']
