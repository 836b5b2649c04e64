from __future__ import annotations

from bumpcast.massscan import KeepRule, open_results
from bumpcast.report.site.columns import decoded
from bumpcast.report.site.content import read_content
from bumpcast.report.site.overview import final_states, overview, run_record
from tests.report.site.small_report import HOSTILE, search, write_results


def test_what_every_page_needs(results, folder):
    found = overview(read_content(results))
    assert found["missing"] == []
    assert [own["label"] for own in found["datasets"]] == [HOSTILE, "signal"]
    assert found["search"]["searched"] + found["search"]["skipped"] == found["kept"]
    assert found["whole_set"]["replicas"] == 100
    assert found["commands"]["search"] == f"bumpcast bumps {folder}"
    assert sum(each["histograms"] for each in found["not_kept"]) == found["filled"] - found["kept"]


def test_reasons_count_every_histogram_that_is_not_kept(folder):
    with open_results(folder, keep=KeepRule(3_000, 40, 20)) as results:
        found = read_without_search(results)
        reasons = {each["reason"]: each["histograms"] for each in found["not_kept"]}
        table = results.table[~results.table["kept"]]
    assert sum(reasons.values()) == len(table) == found["filled"] - found["kept"]
    short = table["reason"].str.contains("bins <=") & ~table["reason"].str.contains("entries from")
    assert reasons["<= 40 bins from the maximum onward"] == short.sum() > 0


def read_without_search(results):
    from bumpcast.report.site.content import Content

    content = Content(results, [], results.table, {}, "", None, [])
    return overview(content) | {"kept": int(results.table["kept"].sum())}


def test_final_states_are_those_of_the_results(results):
    found = final_states(read_content(results))
    table = results.final_states
    assert found["final_state"] == table["final_state"].tolist()
    assert decoded(found["yields"][0]).tolist() == table["back"].tolist()


def test_a_damaged_manifest_is_no_manifest(tmp_path):
    folder = write_results(tmp_path / "results")
    (folder / "manifest.json").write_text("{")
    (folder / "config.toml").write_bytes(b"\xff\xfe")
    with open_results(folder) as results:
        content = read_content(results)
        found = run_record(content)
        assert "cannot be read" in overview(content)["missing"][0]
    assert found["manifest"] is None
    assert found["configuration"] is None
    assert [line["dataset"] for line in found["cutflow"]] == ["back", "signal"]


def test_the_youngest_search_is_shown_unless_another_is_named(tmp_path):
    folder = write_results(tmp_path / "results")
    for name in ("old", "new"):
        search(folder, name)
    with open_results(folder) as results:
        assert read_content(results).search == "new"
        assert read_content(results, "old").others == ["new"]
