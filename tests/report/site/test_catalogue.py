from __future__ import annotations

import numpy as np

from bumpcast.report.site.catalogue import catalogue
from bumpcast.report.site.columns import decoded
from bumpcast.report.site.content import read_content
from tests.report.site.small_report import REASON


def listed(stored):
    return [stored["texts"][place] for place in decoded(stored["of"])]


def test_lines_are_the_kept_histograms_in_the_order_of_the_table(results):
    content = read_content(results)
    document = catalogue(content)
    kept = results.table[results.table["kept"]]
    assert document["histograms"] == len(kept)
    assert listed(document["states"]) == kept["final_state"].tolist()
    assert listed(document["selections"]) == kept["selection"].tolist()
    names = [
        " | ".join(filter(None, parts))
        for parts in zip(
            listed(document["states"]),
            listed(document["selections"]),
            listed(document["variables"]),
            strict=True,
        )
    ]
    assert names == kept["name"].tolist()
    for key, column in (("entries", "entries"), ("bins", "bins"), ("low", "low_GeV")):
        np.testing.assert_allclose(decoded(document[key]), kept[column].to_numpy(), 1e-6)


def test_ranks_and_findings(results):
    content = read_content(results)
    document = catalogue(content)
    table, ranking = content.findings.table, content.findings.ranking
    ranks = decoded(document["rank"])
    assert ranks[ranking].tolist() == list(range(1, len(ranking) + 1))
    assert np.count_nonzero(ranks == 0) == len(table) - len(ranking) == 1
    for key, column in (("z", "z"), ("mass", "mass_GeV"), ("width", "width_GeV")):
        np.testing.assert_allclose(decoded(document[key]), table[column].to_numpy(), 1e-6)
    searched = ranks > 0
    np.testing.assert_allclose(
        decoded(document["log_p_local"])[searched],
        np.log10(table["p_local"].to_numpy()[searched]),
        rtol=1e-6,
    )
    assert listed(document["reasons"])[int(np.flatnonzero(~searched)[0])] == REASON


def test_the_first_of_a_group_in_the_ranking_leads_it(results):
    content = read_content(results)
    table, ranking = content.findings.table, content.findings.ranking
    leaders = decoded(catalogue(content)["leader"]).astype(int) - 1
    assert ((leaders < 0) == table["group"].isna()).all()
    assert (leaders >= 0).sum() == (table["z"] > 3).sum() > 20
    for _, members in table.groupby("group"):
        first = next(number for number in ranking if number in members.index)
        assert (leaders[members.index] == first).all()
