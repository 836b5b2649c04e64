from __future__ import annotations

import sys
import tarfile

import pytest

import bumpcast
from bumpcast.batch.environment_contents import (
    PackError,
    choose,
    files_to_pack,
    installed_packages,
    site_folders,
)
from bumpcast.batch.environment_unpack import environment_facts

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
SITE = f"lib/python{VERSION}/site-packages"
OURS = f"{SITE}/bumpcast-{bumpcast.__version__}.dist-info"


def test_what_is_packed(packed):
    with tarfile.open(packed) as tar:
        members = {member.name: member for member in tar}
    names = set(members)
    assert f"{SITE}/click/core.py" in names
    assert f"{SITE}/bumpcast/batch/templates/job.sub.j2" in names
    assert f"{OURS}/METADATA" in names
    # Links to a checkout, tests, machine code of Python, and what only the tests need.
    assert f"{SITE}/_editable_impl_bumpcast.pth" not in names
    assert f"{OURS}/direct_url.json" not in names
    assert not [name for name in names if "__pycache__" in name or "/tests/" in name]
    assert not [name for name in names if "iniconfig" in name]
    assert {member.mtime for member in members.values()} == {315_532_800}
    assert environment_facts(packed)["python"] == VERSION
    assert set(environment_facts(packed)["packages"]) == {"bumpcast", "click", "isal", "packaging"}


def test_packages_come_with_what_they_require(tmp_path):
    for name, requires in (
        ("bumpcast", ["a", 'test_tool; extra == "test"']),
        ("a", ["b[more]", "not-here"]),
        ("b", ['c; extra == "more"', 'd; extra == "other"']),
        *((name, []) for name in ("c", "d", "test_tool", "pip")),
    ):
        folder = tmp_path / f"{name}-1.dist-info"
        folder.mkdir()
        lines = ["Metadata-Version: 2.4", f"Name: {name}", "Version: 1", "Provides-Extra: test"]
        lines += [f"Requires-Dist: {text}" for text in requires]
        (folder / "METADATA").write_text("\n".join(lines) + "\n")
        (folder / "RECORD").write_text(f"{folder.name}/METADATA,,\n{folder.name}/RECORD,,\n")
    installed = installed_packages([tmp_path])
    assert choose(installed) == {"bumpcast", "a", "b", "c", "d"}
    assert choose(installed, only=["Test_Tool"]) == {"bumpcast", "a", "b", "c", "test-tool"}
    assert choose(installed, without=["d"]) == {"bumpcast", "a", "b", "c"}
    with pytest.raises(PackError, match="c cannot be left out: bumpcast needs it"):
        choose(installed, without=["c"])
    entries = {entry.parts for entry in files_to_pack([tmp_path], installed, {"bumpcast", "a"})}
    assert ("a-1.dist-info", "METADATA") in entries
    assert ("bumpcast", "__init__.py") in entries
    assert not [parts for parts in entries if parts[0] == "b-1.dist-info"]


def test_the_folders_of_this_python():
    assert "click" in installed_packages(site_folders())
