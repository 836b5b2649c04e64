from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import uproot

from bumpcast.config.formats import DelphesFormat
from bumpcast.datasets import survey
from bumpcast.datasets.cache import FactsCache, cache_folder
from bumpcast.datasets.survey import sum_of_weights, survey_file
from bumpcast.events.errors import MissingFileError, MissingTreeError, UnreadableFileError

QUICKSTART = Path(__file__).parents[2] / "data" / "quickstart"
FORMAT = DelphesFormat(b_tag_bit=0, weight="Event.Weight")


@pytest.fixture
def cache(tmp_path):
    return FactsCache(tmp_path / "cache")


@pytest.fixture
def ttbar(tmp_path):
    return shutil.copy(QUICKSTART / "ttbar.root", tmp_path / "ttbar.root")


def never(*arguments, **keywords):
    raise AssertionError("the file was opened although the cache knows it")  # noqa: EM101


def test_facts_are_right_and_learnt_once(ttbar, cache, monkeypatch):
    facts = survey_file(str(ttbar), FORMAT, cache=cache)
    assert facts.entries == 1800
    assert facts.bytes == ttbar.stat().st_size
    with uproot.open(ttbar) as file:
        assert facts.uuid == str(file.file.uuid)
    monkeypatch.setattr(survey, "open_file", never)
    assert survey_file(str(ttbar), FORMAT, cache=cache) == facts


def test_a_replaced_file_is_learnt_anew(ttbar, cache):
    survey_file(str(ttbar), FORMAT, cache=cache)
    shutil.copy(QUICKSTART / "zprime_ll_400.root", ttbar)
    assert survey_file(str(ttbar), FORMAT, cache=cache).entries == 400
    os.utime(ttbar, ns=(1, 1))
    assert survey_file(str(ttbar), FORMAT, cache=cache).entries == 400


def test_weights_of_a_range_are_summed_once(ttbar, cache, monkeypatch):
    facts = survey_file(str(ttbar), FORMAT, cache=cache)
    with uproot.open(ttbar) as file:
        weights = file["Delphes/Event/Event.Weight"].array(library="np")
    expected = sum(float(weight[0]) for weight in weights[100:700])
    total = sum_of_weights(facts, FORMAT, 100, 700, cache=cache)
    assert total == pytest.approx(expected, rel=1e-12)
    other = DelphesFormat(b_tag_bit=0, weight="none")
    assert sum_of_weights(facts, other, 100, 700, cache=cache) == 600
    monkeypatch.setattr(survey, "open_file", never)
    assert sum_of_weights(facts, FORMAT, 100, 700, cache=cache) == total


def test_chunks_of_weights_add_up(ttbar, cache, monkeypatch):
    facts = survey_file(str(ttbar), FORMAT, cache=cache)
    whole = sum_of_weights(facts, FORMAT, 0, 1800, cache=cache)
    monkeypatch.setattr(survey, "_WEIGHTS_AT_ONCE", 7)
    cut = sum_of_weights(facts, FORMAT, 0, 1800, cache=FactsCache(Path(cache_folder()) / "none"))
    assert cut == pytest.approx(whole, rel=1e-14)


def test_bad_files_are_named_and_not_remembered(ttbar, cache, tmp_path):
    whole = ttbar.read_bytes()
    for contents in (b"", b"event,pt\n", whole[:50_000]):
        ttbar.write_bytes(contents)
        with pytest.raises(UnreadableFileError, match=r"ttbar\.root"):
            survey_file(str(ttbar), FORMAT, cache=cache)
    ttbar.write_bytes(whole)
    assert survey_file(str(ttbar), FORMAT, cache=cache).entries == 1800
    with pytest.raises(MissingFileError):
        survey_file(str(tmp_path / "nowhere.root"), FORMAT, cache=cache)
    events = DelphesFormat(b_tag_bit=0, weight="none", tree="Events")
    with pytest.raises(MissingTreeError, match="'Delphes'"):
        survey_file(str(ttbar), events, cache=cache)
