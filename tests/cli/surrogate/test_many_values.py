"""Options that take several words."""

from __future__ import annotations

import pytest

from bumpcast.cli.surrogate.many_values import spread


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("m a --map-from b c -o d", "m a --map-from b --map-from c -o d"),
        ("m a --map-from b --json", "m a --map-from b --json"),
        ("m a --map-from", "m a --map-from"),
        ("m a --map-from --json", "m a --map-from --json"),
        ("m --tree t a", "m --tree t a"),
        ("m a -- --map-from b c", "m a -- --map-from b c"),
        ("m a --map-from=b c", "m a --map-from=b c"),
    ],
)
def test_each_value_gets_its_option(typed, meant):
    assert spread(typed.split(), {"--map-from"}) == meant.split()
