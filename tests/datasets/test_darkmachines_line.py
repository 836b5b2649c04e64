from __future__ import annotations

import math

import pytest

from bumpcast.datasets.darkmachines_line import BadLineReasonError, jet_mass, parse_line

HEAD = "7;ttbar;0.5;1000;1.5"


def test_every_label_is_known() -> None:
    objects = ";".join(f"{label},3,1,0,0" for label in ("j", "b", "e-", "e+", "m-", "m+", "g", "a"))
    line = parse_line(f"{HEAD};{objects}")
    assert line is not None
    assert [found[0] for found in line.objects] == [0, 1, 2, 3, 4, 5, 6, 6]


@pytest.mark.parametrize("text", [HEAD, f"{HEAD};", f"{HEAD}; ", f" {HEAD} ; ;", f"{HEAD};\r\n"])
def test_trailing_separators_and_spaces_mean_nothing(text: str) -> None:
    line = parse_line(text)
    assert line is not None
    assert (line.event, line.process, line.weight, line.met, line.met_phi, line.objects) == (
        7,
        "ttbar",
        0.5,
        1000.0,
        1.5,
        (),
    )


@pytest.mark.parametrize("text", ["", " ", ";", " ; ;\r\n"])
def test_a_blank_line_is_no_event(text: str) -> None:
    assert parse_line(text) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "event ID;process ID;weight;MET;METphi",
            "the event ID is 'event ID', not a finite number",
        ),
        ("1;ttbar;1;2", "4 fields, where an event has at least 5"),
        ("1.5;ttbar;1;2;3", "the event ID '1.5' is no whole number"),
        ("1e30;ttbar;1;2;3", "the event ID '1e30' does not fit in 64 bits"),
        ("1;;1;2;3", "the process ID is empty"),
        ("1;ttbar;nan;2;3", "the weight is 'nan', not a finite number"),
        ("1;ttbar;1_0;2;3", "the weight is '1_0', not a finite number"),
        ("1;ttbar;1;-2;3", "MET is negative: -2"),
        ("1;ttbar;1;2;x", "METphi is 'x', not a finite number"),
        (f"{HEAD};t,1,1,1,1", "object 1 has the unknown label 't'; known are j, b, e-, "),
        (f"{HEAD};j,3,1,0", "object 1 (j) has 3 values, not E, pt, eta, phi"),
        (f"{HEAD};j,3,1,0,0,0", "object 1 (j) has 5 values, not E, pt, eta, phi"),
        (f"{HEAD};g,1,1,0,0;e-,-3,1,0,0", "E of object 2 is negative: -3"),
        (f"{HEAD};j,3,-1,0,0", "pt of object 1 is negative: -1"),
        (f"{HEAD};j,3,1,inf,0", "eta of object 1 is 'inf', not a finite number"),
        (f"{HEAD};b,3,4,0,0", "object 1 (b) has less energy than momentum: E 3.0, pt 4.0, eta 0.0"),
        (f"{HEAD};j,3,1,5000,0", "object 1 (j) has less energy than momentum"),
        (f"{HEAD};;j,3,1,0,0", "object 1 has the unknown label ''"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    with pytest.raises(BadLineReasonError) as caught:
        parse_line(text)
    assert str(caught.value).startswith(message)


def test_the_mass_follows_from_energy_and_momentum() -> None:
    assert jet_mass(5, 3, 0) == pytest.approx(4)
    # six digits: less energy than momentum by a rounding
    assert jet_mass(99999.0, 100000.0, 0) == 0
    assert math.isnan(jet_mass(99000.0, 100000.0, 0))
