"""Tables: what is written is read, under many names, and what cannot be is told."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import uproot

from bumpcast.surrogates.llps import LlpPairs, LlpValueError
from bumpcast.surrogates.reading import ReadOptions, read_decisions, read_pairs, write_table
from bumpcast.surrogates.reading.errors import LlpColumnError, LlpFileError
from bumpcast.surrogates.units import UnitsError

CLASSES = ("not selected", "A", "B", "C", "D")


def pairs(events: int = 30, *, seed: int = 1, copies: bool = True) -> LlpPairs:
    rng = np.random.default_rng(seed)
    shape = (events, 2)
    columns = {
        "pt": rng.exponential(50.0, shape),
        "eta": rng.normal(0.0, 1.5, shape),
        "mass": rng.uniform(5.0, 60.0, shape),
        "child": rng.choice([4, 5, 15], shape),
        "lxy": rng.exponential(1.0, shape),
        "lz": rng.exponential(2.0, shape),
    }
    copied = np.arange(events) % 7 == 3 if copies else np.zeros(events, bool)
    for column in columns.values():
        column[copied, 1] = column[copied, 0]
    return LlpPairs(
        **columns,
        weight=rng.normal(1.0, 0.5, events),
        copied=copied,
        boson_pt=rng.exponential(80.0, events),
        boson_eta=rng.normal(0.0, 2.0, events),
        more={"met": rng.exponential(30.0, events)},
    )


def same(first: LlpPairs, second: LlpPairs) -> bool:
    for one in fields(LlpPairs):
        a, b = getattr(first, one.name), getattr(second, one.name)
        if one.name == "more":
            assert a.keys() == b.keys()
            assert all(np.array_equal(a[name], b[name]) for name in a)
        else:
            assert (a is None) == (b is None), one.name
            assert a is None or np.array_equal(a, b), one.name
    return True


def frame(**settings) -> pd.DataFrame:
    """Return a table of one file of ten events."""
    one = pairs(10, **settings)
    columns = {}
    for llp in (1, 2):
        for name, values in (
            ("Lxy", one.lxy),
            ("Lz", one.lz),
            ("eta", one.eta),
            ("pT", one.pt),
            ("ET", one.transverse_energy),
            ("child_pdgId", one.child),
        ):
            columns[f"llp{llp}_{name}"] = values[:, llp - 1]
    return pd.DataFrame(columns)


def written(table: pd.DataFrame, folder: Path) -> Path:
    table.to_csv(folder / "t.csv", index=False)
    return folder / "t.csv"


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_what_is_written_is_read_with_the_same_bits(tmp_path, suffix):
    events = pairs()
    decisions = np.array(CLASSES)[np.arange(30) % 5]
    path = tmp_path / f"t{suffix}"
    write_table(path, events, {"region": decisions, "number": np.arange(30) % 5})
    assert same(read_pairs(path, ReadOptions(more=("met",))), events)
    expected = np.arange(30) % 5
    np.testing.assert_array_equal(read_decisions(path, "region", CLASSES), expected)
    np.testing.assert_array_equal(read_decisions(path, "number", CLASSES), expected)
    undecayed = replace(events, lxy=None, lz=None, boson_pt=None, boson_eta=None, more={})
    write_table(path, undecayed)
    assert same(read_pairs(path), undecayed)
    assert same(read_pairs(path, ReadOptions(decays=False)), undecayed)


def test_a_compressed_table_is_read(tmp_path):
    table = frame()
    table.to_csv(tmp_path / "t.csv.gz", index=False)
    np.testing.assert_array_equal(read_pairs(tmp_path / "t.csv.gz").pt[:, 1], table["llp2_pT"])


def test_a_flat_tree_is_a_table(tmp_path):
    table = frame(copies=False)
    columns = {name: table[name].to_numpy() for name in table}
    region = np.arange(10) % 5
    with uproot.recreate(tmp_path / "t.root") as file:
        file.mktree("events", {**columns, "region": region, "mcWeight": np.full(10, 2.0)})
    chosen = ReadOptions(columns={"weight": "mcWeight"})
    found = read_pairs(tmp_path / "t.root", chosen)
    np.testing.assert_array_equal(found.lz[:, 0], columns["llp1_Lz"])
    np.testing.assert_array_equal(found.weight, 2.0)
    np.testing.assert_array_equal(read_decisions(tmp_path / "t.root", "region", CLASSES), region)
    with uproot.recreate(tmp_path / "two.root") as file:
        file.mktree("one", columns)
        file.mktree("two", columns)
    with pytest.raises(LlpFileError, match="several trees, 'one', 'two': say which one"):
        read_pairs(tmp_path / "two.root")
    with pytest.raises(LlpFileError, match=r"no tree 'tow'. Did you mean 'two'"):
        read_pairs(tmp_path / "two.root", ReadOptions(tree="tow"))
    assert len(read_pairs(tmp_path / "two.root", ReadOptions(tree="two"))) == 10


def test_the_mass_is_taken_before_the_transverse_energy(tmp_path):
    table = frame()
    mass = np.sqrt(table["llp1_ET"] ** 2 - table["llp1_pT"] ** 2)
    np.testing.assert_allclose(read_pairs(written(table, tmp_path)).mass[:, 0], mass, rtol=1e-9)
    table["llp1_mass"], table["llp2_mass"] = 1e-6, 1e-6
    with pytest.raises(LlpColumnError, match=r"llp1_ET: .* in event 0, where pT = .* the mass"):
        read_pairs(written(table, tmp_path))
    fast = table.drop(columns=["llp1_ET", "llp2_ET"])
    np.testing.assert_array_equal(read_pairs(written(fast, tmp_path)).mass, 1e-6)


def test_an_energy_that_float32_has_rounded_is_no_imaginary_mass(tmp_path):
    table = frame().astype(np.float32)
    for llp in (1, 2):
        below = np.nextafter(table[f"llp{llp}_pT"].to_numpy(), np.float32(0))
        table[f"llp{llp}_ET"] = below
    np.testing.assert_array_equal(read_pairs(written(table, tmp_path)).mass, 0.0)
    table.loc[4, "llp2_ET"] *= 0.999
    with pytest.raises(LlpColumnError, match=r"column llp2_ET: .* event 4 is less than pT"):
        read_pairs(written(table, tmp_path))


def test_other_spellings_are_understood(tmp_path):
    table = frame().rename(columns=str.upper)
    table["Z_pT"], table["Z_eta"] = 70.0, 1.0
    found = read_pairs(written(table, tmp_path), ReadOptions(boson=True))
    np.testing.assert_array_equal(found.boson_pt, 70.0)
    table["W_pt"] = 30.0
    with pytest.raises(LlpColumnError, match="'Z_pT' and 'W_pt' may both be V_pt"):
        read_pairs(written(table, tmp_path))
    chosen = ReadOptions(columns={"V_pt": "W_pt"})
    np.testing.assert_array_equal(read_pairs(written(table, tmp_path), chosen).boson_pt, 30.0)


def test_a_second_particle_may_be_missing(tmp_path):
    table = frame(copies=False)
    second = [name for name in table if name.startswith("llp2")]
    alone = read_pairs(written(table.drop(columns=second), tmp_path))
    assert alone.copied.all()
    np.testing.assert_array_equal(alone.lxy[:, 1], table["llp1_Lxy"])
    table.loc[2, second] = np.nan
    some = read_pairs(written(table, tmp_path))
    assert some.copied.nonzero()[0].tolist() == [2]
    assert some.child[2, 1] == table["llp1_child_pdgId"][2]
    table.loc[5, ["llp2_eta", "llp2_Lz"]] = np.nan
    with pytest.raises(LlpColumnError, match=r"column llp2_Lz: nothing in event 5"):
        read_pairs(written(table, tmp_path))


def test_a_decay_flavour_may_be_given(tmp_path):
    table = frame(copies=False)
    table["llp1_child_pdgId"] = -table["llp1_child_pdgId"]
    table.loc[2, "llp2_child_pdgId"] = np.nan
    found = read_pairs(written(table, tmp_path), ReadOptions(child=15))
    assert found.child[2, 1] == 15
    assert (found.child > 0).all()
    np.testing.assert_array_equal(found.child[:, 0], -table["llp1_child_pdgId"])
    table = table.drop(columns=["llp1_child_pdgId", "llp2_child_pdgId"])
    assert (read_pairs(written(table, tmp_path), ReadOptions(child=-21)).child == 21).all()
    with pytest.raises(LlpColumnError, match=r"no column 'llp1_child_pdgId'. Or say what all LLPs"):
        read_pairs(written(table, tmp_path))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda t: t.rename(columns={"llp1_eta": "llp1_et"}), LlpColumnError, "mean 'llp1_et'"),
        (lambda t: t.drop(columns="llp1_ET"), LlpColumnError, "llp1_mass would do as well"),
        (lambda t: t.drop(columns="llp2_Lz"), LlpColumnError, "llp1_Lxy, but none llp2_Lz"),
        (lambda t: t.drop(columns="llp2_pT"), LlpColumnError, "no column 'llp2_pT'"),
        (lambda t: t.assign(V_pt=1.0), LlpColumnError, "no column 'V_eta'"),
        (lambda t: t.assign(LLP1_Eta=1.0), None, ""),
        (lambda t: t.assign(llp1_eta="high"), LlpColumnError, "'high' in event 0 is not a number"),
        (lambda t: t.assign(llp1_child_pdgId=5.5), LlpColumnError, "5.5 in event 0 is no PDG"),
        (lambda t: t.assign(llp1_eta=np.nan), LlpValueError, "llp1_eta: nan in event 0 and in 9"),
        (lambda t: t.assign(llp1_Lz=-t.llp1_Lz), LlpValueError, r"Lz is \|z\|"),
        (lambda t: t.assign(llp1_Lz=t.llp1_Lz * 1e3, llp2_Lz=1e3), UnitsError, "looks like mm"),
    ],
)
def test_what_cannot_be_is_told(tmp_path, change, error, message):
    path = written(change(frame(copies=False)), tmp_path)
    if error is None:
        assert len(read_pairs(path)) == 10
        return
    with pytest.raises(error, match=message):
        read_pairs(path)


def test_lengths_that_are_stated_are_converted(tmp_path):
    table = frame()
    lxy = table["llp1_Lxy"].to_numpy()
    for name in ("llp1_Lxy", "llp2_Lxy", "llp1_Lz", "llp2_Lz"):
        table[name] *= 1e3
    found = read_pairs(written(table, tmp_path), ReadOptions(length_unit="mm"))
    np.testing.assert_allclose(found.lxy[:, 0], lxy, rtol=1e-14)


def test_names_that_a_user_gives_have_to_be_there(tmp_path):
    path = written(frame(), tmp_path)
    with pytest.raises(LlpColumnError, match=r"no column 'llp1_pt'. Did you mean 'llp1_pT'"):
        read_pairs(path, ReadOptions(columns={"llp1_pt": "a"}))
    with pytest.raises(LlpColumnError, match="no column 'scalar_pt', which is to be llp1_pT"):
        read_pairs(path, ReadOptions(columns={"llp1_pT": "scalar_pt"}))
    with pytest.raises(LlpColumnError, match="no column 'met'"):
        read_pairs(path, ReadOptions(more=("met",)))


def test_decisions_that_are_none_are_told(tmp_path):
    table = frame()
    table["region"] = ["A", "B", "C", "D", "not selected"] * 2
    path = written(table, tmp_path)
    assert read_decisions(path, "region", CLASSES).tolist() == [1, 2, 3, 4, 0] * 2
    with pytest.raises(LlpColumnError, match=r"no column 'regions'. Did you mean 'region'"):
        read_decisions(path, "regions", CLASSES)
    with pytest.raises(
        LlpColumnError, match=r"event 4: 'not selected' is no class. Did you mean 'no"
    ):
        read_decisions(path, "region", ("not_selected", "A", "B", "C", "D"))
    for wrong, message in ((None, "event 7: there is no decision"), ("E", "event 7: 'E' is no")):
        table.loc[7, "region"] = wrong
        with pytest.raises(LlpColumnError, match=message):
            read_decisions(written(table, tmp_path), "region", CLASSES)
    write_table(tmp_path / "t.parquet", pairs(2), {"region": np.array([1, 5])})
    with pytest.raises(
        LlpColumnError, match="event 1: 5 is no class; their numbers are 0 'not sel"
    ):
        read_decisions(tmp_path / "t.parquet", "region", CLASSES)


def test_a_table_has_each_name_once(tmp_path):
    with pytest.raises(LlpColumnError, match="cannot be called 'weight'"):
        write_table(tmp_path / "t.csv", pairs(3), {"weight": np.ones(3)})
    with pytest.raises(LlpColumnError, match=r"shape \(2,\), where there are 3 events"):
        write_table(tmp_path / "t.csv", pairs(3), {"region": np.ones(2)})
    with pytest.raises(LlpFileError, match=r"written as \.parquet or \.csv"):
        write_table(tmp_path / "t.txt", pairs(3))
    (tmp_path / "t.parquet").write_text("no such thing")
    with pytest.raises(LlpFileError, match="cannot be read"):
        read_pairs(tmp_path / "t.parquet")
