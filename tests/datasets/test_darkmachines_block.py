from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bumpcast.datasets.darkmachines_block import Block, parse_block
from bumpcast.datasets.darkmachines_line import BadLineReasonError, parse_line


def parse(data: bytes) -> tuple[Block, list[int]]:
    bad: list[int] = []
    block = parse_block(data, lambda position, text, reason: bad.append(position))
    return block, bad


def same(block: Block, bad: list[int], lines: list[str]) -> None:
    """Compare a block with the line by line reading."""
    expected = []
    expected_bad = []
    for number, text in enumerate(lines):
        try:
            line = parse_line(text)
        except BadLineReasonError:
            expected_bad.append(number)
        else:
            if line is not None:
                expected.append(line)
    assert bad == expected_bad
    assert block.event.tolist() == [line.event for line in expected]
    names = [block.process[place] for place in block.process_index]
    assert names == [line.process for line in expected]
    for column, name in ((block.weight, "weight"), (block.met, "met"), (block.met_phi, "met_phi")):
        assert column.tolist() == [getattr(line, name) for line in expected]
    objects = [found for line in expected for found in line.objects]
    assert block.count.tolist() == [len(line.objects) for line in expected]
    columns = (block.code, block.energy, block.pt, block.eta, block.phi)
    for place, column in enumerate(columns):
        assert column.tolist() == [found[place] for found in objects]
    assert block.lines == len(expected) + len(bad) + block.blank


numbers = st.one_of(
    st.floats(0, 1e6).map(lambda value: f"{value:g}"),
    st.floats(0, 1e6).map(repr),
    st.sampled_from(
        ["0", "-0.0", "1e5", "1E-3", "+2", "-3", ".5", "5.", "1e400", "nan", "", " 7 "]
    ),
    st.sampled_from(["12345678901234567890", "0.1234567890123456789", "1e-30", "x", "1_0"]),
)
objects = st.builds(
    lambda label, values: ",".join([label, *values]),
    st.sampled_from(["j", "b", "e-", "e+", "m-", "m+", "g", "a", "e", "t", "", " j", "b "]),
    st.lists(numbers, min_size=3, max_size=5)
    | st.just(["331927", "147558", "-1.44969", "-1.76399"]),
)
lines = st.builds(
    ";".join,
    st.tuples(
        st.sampled_from(["1", "23", " 4", "-5", "x", "", "99999999999999999999"]),
        st.sampled_from(["ttbar", "w_jets", " 4top", "new process", ""]),
        numbers,
        numbers,
        numbers,
    ).flatmap(lambda head: st.lists(objects, max_size=4).map(lambda found: [*head, *found])),
) | st.sampled_from(["", " ", ";", "no event", "1;ttbar;1;2", "1;ttbar;1;2;3", "1;ttbar;1;2;3;\r"])


@settings(max_examples=300, deadline=None)
@given(st.lists(lines, max_size=6), st.booleans())
def test_compiled_lines_equal_those_read_one_by_one(texts: list[str], ends: bool) -> None:
    data = "\n".join(texts) + ("\n" if ends and texts else "")
    expected = data.split("\n")
    if expected[-1] == "":
        expected.pop()
    block, bad = parse(data.encode())
    same(block, bad, expected)


@settings(max_examples=300, deadline=None)
@given(st.floats(0, allow_nan=False, allow_infinity=False))
def test_numbers_are_rounded_as_python_rounds(value: float) -> None:
    for text in (repr(value), f"{value:g}", f"{value:.17g}", f"{value:e}"):
        if math.isinf(float(text)):
            continue
        block, bad = parse(f"1;p;{text};0;0".encode())
        assert not bad
        assert block.weight[0] == float(text)


def test_nothing_is_no_line() -> None:
    block, bad = parse(b"")
    assert (len(block), block.lines, bad) == (0, 0, [])


def test_bad_lines_among_good_ones_leave_their_objects_out() -> None:
    good = "1;ttbar;1;2;3;g,5,5,0,0"
    data = f"{good}\n2;p;1;2;3;g,6,6,0,0;g,bad\n\n3;p;1;2;3;g,7e0,7,0,0\n4;q;1;2;3;g,1e-40,8,0,0\n"
    block, bad = parse(data.encode())
    assert bad == [1]
    assert block.blank == 1
    assert block.energy.tolist() == [5.0, 7.0, 1e-40]
    assert block.count.tolist() == [1, 1, 1]
    assert [block.process[place] for place in block.process_index] == ["ttbar", "p", "q"]


@pytest.mark.parametrize("seed", range(3))
def test_many_events(seed: int) -> None:
    random = np.random.default_rng(seed)
    texts = []
    for number in range(300):
        fields = [str(number), f"p{number % 7}", "1", f"{random.exponential(1e5):g}", "0.5"]
        for _ in range(random.poisson(5)):
            pt, eta = random.exponential(5e4), random.uniform(-3, 3)
            energy = math.hypot(pt * math.cosh(eta), random.exponential(5e3))
            label = random.choice(["j", "b", "e-", "m+", "g"])
            fields.append(f"{label},{energy:g},{pt:g},{eta:g},{random.uniform(-3, 3):g}")
        texts.append(";".join(fields))
    block, bad = parse("\n".join(texts).encode())
    assert not bad
    same(block, bad, texts)
