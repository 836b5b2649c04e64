from __future__ import annotations

import numpy as np
import pytest

from bumpcast.massscan import open_results
from bumpcast.report.site import shards as module
from bumpcast.report.site.columns import decoded
from bumpcast.report.site.content import read_content
from bumpcast.report.site.shards import shards
from tests.report.site.small_report import search, write_results


@pytest.fixture(params=[False, True], ids=["counts", "weights"])
def content(request, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "HISTOGRAMS", 7)
    folder = write_results(tmp_path / "results", weighted=request.param)
    search(folder)
    with open_results(folder) as results:
        yield read_content(results)


def test_decoded_again_they_are_the_numbers_of_the_histograms(content):
    spectra, findings = content.spectra, content.findings
    documents = list(shards(content))
    assert len(documents) == -(-len(spectra) // 7)
    begin = 0
    for document in documents:
        bins = decoded(document["bins"])
        assert bins.tolist() == spectra.bins[begin : begin + 7].tolist()
        end = begin + len(bins)
        part = slice(int(spectra.offsets[begin]), int(spectra.offsets[end]))
        edges = np.split(decoded(document["edges"]), np.cumsum(bins + 1)[:-1])
        np.testing.assert_allclose(np.concatenate([e[:-1] for e in edges]), spectra.low[part], 1e-6)
        np.testing.assert_allclose(np.concatenate([e[1:] for e in edges]), spectra.high[part], 1e-6)
        np.testing.assert_allclose(decoded(document["counts"]), spectra.counts[part], 1e-6)
        variances = decoded(document.get("variances", document["counts"]))
        np.testing.assert_allclose(variances, spectra.variances[part], 1e-6)
        np.testing.assert_allclose(decoded(document["z"]), findings.z[part], atol=0.001)
        for name in ("background", "uncertainty"):
            np.testing.assert_allclose(decoded(document[name]), getattr(findings, name)[part], 2e-4)
        begin = end
    assert begin == len(spectra)


def test_variances_are_there_only_where_they_say_something(content):
    weighted = content.spectra.weighted
    for document in shards(content):
        assert ("variances" in document) == weighted
        assert document["counts"]["type"] == ("f4" if weighted else "u2")


def test_a_data_set_is_stored_only_where_it_has_entries(content):
    rebuilt = {name: np.zeros(len(content.spectra.counts)) for name in content.datasets}
    names = list(content.datasets)
    for number, document in enumerate(shards(content)):
        for own in document["datasets"]:
            counts, place = decoded(own["counts"]), 0
            for row in decoded(own["rows"]):
                where = content.spectra.slice_of(7 * number + int(row))
                length = where.stop - where.start
                rebuilt[names[own["number"]]][where] = counts[place : place + length]
                place += length
                assert rebuilt[names[own["number"]]][where].any()
            assert place == len(counts)
    for name, spectra in content.datasets.items():
        np.testing.assert_allclose(rebuilt[name], spectra.counts, 1e-6)


def test_without_a_search_there_are_histograms_alone(tmp_path):
    with open_results(write_results(tmp_path / "results")) as results:
        for document in shards(read_content(results)):
            assert set(document) == {"bins", "edges", "counts", "datasets"}
