from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

from bumpcast.massscan.naming.finalstate import CHARGES, MAX_COUNT, FinalState, HistogramNameError
from bumpcast.massscan.naming.kinds import KINDS

STATES = st.builds(
    FinalState,
    st.tuples(*[st.integers(0, 3) | st.integers(0, MAX_COUNT)] * len(KINDS)),
    st.tuples(*[st.booleans()] * len(KINDS)),
    st.sampled_from(CHARGES),
)


@given(STATES)
def test_codes_and_names_go_there_and_back(state: FinalState) -> None:
    assert 0 <= state.code < 2**47
    assert FinalState.from_code(state.code) == state
    assert FinalState.from_name(state.name) == state


@given(STATES, STATES)
def test_different_states_differ_in_code_and_name(one: FinalState, other: FinalState) -> None:
    assert (one == other) == (one.code == other.code) == (one.name == other.name)


@given(STATES, st.randoms())
def test_kinds_may_stand_in_any_order(state: FinalState, random: Random) -> None:
    words = state.name.removesuffix(" os").removesuffix(" ss").split()
    random.shuffle(words)
    name = "  ".join([*words, state.charge])
    assert FinalState.from_name(name) == state


@settings(max_examples=25)
@given(STATES)
def test_titles_can_be_drawn(state: FinalState) -> None:
    MathTextParser("path").parse(state.title)


@pytest.mark.parametrize(
    ("name", "counts", "title"),
    [
        ("none", {}, r"$\mathrm{no\ object}$"),
        ("2e 1j os", {"e": 2, "j": 1}, r"$2\,e\ +\ 1\,j\ \mathrm{(OS)}$"),
        ("1m >=6j", {"m": 1, "j": 6}, r"$1\,\mu\ +\ \geq 6\,j$"),
        ("1Z 1Wh 1T 1HM", {"Z": 1, "Wh": 1, "T": 1, "HM": 1}, None),
    ],
)
def test_examples(name: str, counts: dict[str, int], title: str | None) -> None:
    state = FinalState.from_name(name)
    assert dict(zip(KINDS, state.counts, strict=True)) == dict.fromkeys(KINDS, 0) | counts
    assert state.open_counts == tuple(
        f">={n}{kind}" in name for kind, n in zip(KINDS, state.counts, strict=True)
    )
    assert title is None or state.title == title


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "a final state is missing: counts such as '2e 1j', or 'none'"),
        ("2x", "'2x' in final state '2x' is not a count and a kind such as '2e' or '>=6j'. "
               "Known names: 'HM', 'T', 'Wh', 'Z', 'b', 'e', 'g', 'j', 'm'."),
        ("1W", "'1W' in final state '1W' is not a count and a kind such as '2e' or '>=6j'. "
               "Did you mean 'Wh'?"),
        ("e", "'e' in final state 'e' is not a count and a kind such as '2e' or '>=6j'. "
              "Did you mean 'e'?"),
        ("os", "'os' in final state 'os' is not a count"),
        ("os 2e", "'os' in final state 'os 2e' is not a count"),
        ("none 2e", "'none' in final state 'none 2e' is not a count"),
        ("2e os ss", "'os' in final state '2e os ss' is not a count"),
        (">6j", "'>6j' in final state '>6j' is not a count"),
        ("-1j", "'-1j' in final state '-1j' is not a count"),
        ("٣j", "'٣j' in final state '٣j' is not a count"),
        ("2e 1j 2e", "final state '2e 1j 2e' counts 'e' twice"),
        ("16j", "'16j' in final state '16j': the largest count is 15"),
    ],
)  # fmt: skip
def test_messages(name: str, message: str) -> None:
    with pytest.raises(HistogramNameError) as caught:
        FinalState.from_name(name)
    assert str(caught.value).startswith(message)
