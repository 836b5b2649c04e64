from __future__ import annotations

import re

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

from bumpcast.massscan import HistogramName, parse_name
from bumpcast.massscan.naming import names
from bumpcast.massscan.naming.finalstate import HistogramNameError
from bumpcast.massscan.naming.kinds import KINDS

KIND = st.sampled_from(KINDS)


@st.composite
def names_of_the_grammar(draw: st.DrawFn) -> str:
    """Names as the grammar in the module's docstring writes them."""
    kinds = draw(st.lists(KIND, unique=True, max_size=4))
    counts = [f"{draw(st.sampled_from(['', '>=']))}{draw(st.integers(1, 15))}{k}" for k in kinds]
    state = (" ".join(counts) or "none") + draw(st.sampled_from(["", " os", " ss"]))
    places = st.tuples(KIND, st.integers(0, 3)).map(lambda item: f"{item[0]}{item[1]}")
    objects = ",".join(draw(st.lists(places, unique=True, min_size=1, max_size=5)))
    variable = draw(st.sampled_from([f"m({objects})", f"m({objects},MET)", f"mT({objects},MET)"]))
    threshold = draw(st.integers(0, 6553)) + draw(st.integers(0, 5)) / 10
    kind = draw(st.sampled_from(["", "MET", "HT", f"pT({draw(KIND)})"]))
    selection = f"{kind}>{threshold:g} | " if kind else ""
    return f"{state} | {selection}{variable}"


def canonical(name: str) -> str:
    """Put counts and objects in the order of the kinds."""
    state, *middle, variable = name.split(" | ")
    charge = state[-3:] if state.endswith((" os", " ss")) else ""
    words = state.removesuffix(charge).split()
    words.sort(key=lambda word: KINDS.index(word.lstrip(">=0123456789")) if word != "none" else 0)
    symbol, inside = variable.removesuffix(")").split("(")
    objects = inside.split(",")
    objects.sort(
        key=lambda word: (word == "MET", *((KINDS.index(word[:-1]), word) if word != "MET" else ()))
    )
    return " | ".join([" ".join(words) + charge, *middle, f"{symbol}({','.join(objects)})"])


@given(names_of_the_grammar())
def test_names_of_the_grammar_go_there_and_back(name: str) -> None:
    found = parse_name(name)
    assert str(found) == canonical(name)
    assert parse_name(str(found)) == found
    codes = found.state.code, found.observable.code
    assert HistogramName.from_codes(*codes) == found


@given(names_of_the_grammar(), st.integers(0, 40), st.sampled_from("x0 ,|()>=.-;\n"), st.booleans())
@example("2e | m(e0,e1)", 2, " ", False)
def test_a_slip_is_an_error_or_another_name(
    name: str, place: int, character: str, replaces: bool
) -> None:
    """One wrong character never breaks the parser, and what it lets through is a name."""
    assume(place < len(name))
    wrong = name[:place] + character + name[place + int(replaces) :]
    try:
        found = parse_name(wrong)
    except HistogramNameError:
        return
    assert parse_name(str(found)) == found


@given(names_of_the_grammar())
def test_spaces_around_signs_are_free(name: str) -> None:
    state, *rest = name.split(" | ")
    spaced = [re.sub(r"([,>]|\(|\))", r" \1 ", part).strip() for part in rest]
    spaced = [
        part.replace("pT (", "pT(").replace("m (", "m(").replace("mT (", "mT(") for part in spaced
    ]
    tight = name.replace(" | ", "|")
    assert parse_name(tight) == parse_name(name)
    assert parse_name("  |  ".join([f" {state}", *spaced])) == parse_name(name)


@settings(max_examples=25)
@given(names_of_the_grammar())
def test_titles_can_be_drawn(name: str) -> None:
    MathTextParser("path").parse(parse_name(name).title)


def test_title() -> None:
    assert parse_name("2e os | m(e0,e1)").title == r"$2\,e\ \mathrm{(OS)}$"
    assert parse_name("3j | MET>200 | m(j0,j1)").title == (
        r"$3\,j$, $E_T^{miss} > 200\,\mathrm{GeV}$"
    )


def test_the_documented_kinds_are_the_kinds() -> None:
    (line,) = (line for line in (names.__doc__ or "").splitlines() if "kind      =" in line)
    assert tuple(re.findall(r'"(\w+)"', line)) == KINDS


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("m(e0,e1)", "'m(e0,e1)' is not a histogram's name: it has a final state, perhaps a "),
        ("2e | MET>200 | HT>500 | m(e0,e1)", "'2e | MET>200 | HT>500 | m(e0,e1)' is not a histo"),
        ("2e | | m(e0,e1)", "'2e | | m(e0,e1)' has nothing between its bars: leave one bar out, "),
        (" | m(e0,e1)", "a final state is missing"),
        ("2q | m(e0,e1)", "'2q' in final state '2q' is not a count and a kind"),
        ("2e | MET | m(e0,e1)", "'MET' is not a selection such as"),
        ("2e | m(e0,e1) | MET>200", "'MET>200' is not a variable such as"),
    ],
)
def test_messages(name: str, message: str) -> None:
    with pytest.raises(HistogramNameError) as caught:
        parse_name(name)
    assert str(caught.value).startswith(message)
