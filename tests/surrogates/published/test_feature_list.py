"""Lists of features: read, never run."""

from __future__ import annotations

import pytest

from bumpcast.surrogates.features import PAIR, WITH_BOSON
from bumpcast.surrogates.published.errors import FeatureListError
from bumpcast.surrogates.published.feature_list import read_feature_list


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "CR+2J_features.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_names_as_they_are_published(file) -> None:
    assert read_feature_list(file(repr(list(PAIR)))) == (PAIR, PAIR)
    lines = "[\n  'llp1_Lxy',\n  \"llp1_Lz\",  # in m\n]\n\n"
    assert read_feature_list(file(lines))[1] == ("llp1_Lxy", "llp1_Lz")
    written, meant = read_feature_list(file(repr([*PAIR, "W_pt", "W_eta"])))
    assert meant == WITH_BOSON
    assert written[-2:] == ("W_pt", "W_eta")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("__import__('os').system('touch MARKER')", "holds call .*, not a list"),
        ("['llp1_Lxy', __import__('os').system('touch MARKER')]", "element 2 of the list is call"),
        ("[__import__('os').system('touch MARKER') for x in 'a']", "holds listcomp"),
        ('[f\'{__import__("os").system("touch MARKER")}\']', "element 1 of the list is joinedstr"),
        ("['a'] + [open('MARKER', 'w')]", "holds binop"),
        ("['llp1_Lxy'][0]", "holds subscript"),
        ("(lambda: open('MARKER', 'w'))()", "holds call"),
        ("['llp1_Lxy']\nimport os", "is no list of names"),
        ("('llp1_Lxy',)", "holds tuple"),
        ("{'llp1_Lxy': 1}", "holds dict"),
        ("[['llp1_Lxy']]", "element 1 of the list is list"),
        ("[*['llp1_Lxy']]", "element 1 of the list is starred"),
        ("[b'llp1_Lxy']", "element 1 of the list is bytes"),
        ("['llp1_Lxy', 3]", "element 2 of the list is int '3'"),
        ("['llp1_Lxy', None]", "element 2 of the list is NoneType"),
        ("'llp1_Lxy'", "holds str"),
        ("llp1_Lxy", "holds name 'llp1_Lxy'"),
        ("[]", "the list is empty"),
        ("", "is no list of names"),
        ("['llp1_Lxy'", "is no list of names"),
        ("['llp1_\\d']", "is no list of names"),
        ("['llp1_Lxy', 'llp1_Lyx']", "element 2, 'llp1_Lyx', is no feature .* mean 'llp1_Lxy'"),
        ("['llp1_Lxy' 'llp1_Lz']", "element 1, 'llp1_Lxyllp1_Lz', is no feature"),
        ("['llp1_Lxy', 'llp1_Lxy']", "element 2, 'llp1_Lxy', is the same feature as element 1"),
        ("['V_pt', 'W_pt']", "element 2, 'W_pt', is the same feature as element 1"),
        ("[" * 8000, "is no list of names"),
        ("-" * 16000, "is no list of names|holds unaryop"),
        ("[" + "'llp1_Lxy'," * 5000 + "]", "longer than 16,384 bytes"),
        (b"['llp1_Lxy\x00']", "is no list of names"),
        (b"\xff\xfe['llp1_Lxy']", "is no text"),
        (b"# coding: rot13\n['llp1_Lxy', []]", "element 2 of the list is list"),
    ],
)
def test_what_is_no_list_of_names(file, tmp_path, monkeypatch, text, message) -> None:
    monkeypatch.chdir(tmp_path)
    path = file(text)
    with pytest.raises(FeatureListError, match=message) as error:
        read_feature_list(path)
    assert str(error.value).startswith(f"{path}: ")
    assert len(str(error.value)) < 500
    assert not (tmp_path / "MARKER").exists()


def test_no_file(tmp_path) -> None:
    with pytest.raises(FeatureListError, match="there is no such file"):
        read_feature_list(tmp_path / "CR+2J_features.txt")
    with pytest.raises(FeatureListError, match="there is no such file"):
        read_feature_list(tmp_path)
