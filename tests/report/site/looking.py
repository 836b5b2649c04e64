"""What tests ask of the pages of a report."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from docs.tools.visitor import Visitor

SHOWN = "bumpcast.ranking.view.table.lines.map(bumpcast.catalogue.name)"
"""JavaScript: names of the lines of the ranking, those out of sight too."""

OPENED = "document.querySelector('.histogram').dataset.shown"
"""JavaScript: which histogram the panel shows."""


@contextlib.contextmanager
def looking_at(visitor: Visitor, page: Path, **state: object) -> Iterator[Visitor]:
    """Open a page in some state; at the end, nothing went wrong and nothing else was loaded."""
    visitor.open("about:blank")
    visitor.open(address(page, **state))
    visitor.wait_for("bumpcast.started", 20)
    yield visitor
    assert visitor.complaints == [], visitor.complaints
    inside = page.parent.as_uri()
    others = [each for each in visitor.requests if not each.startswith((inside, "data:,"))]
    assert others == [], others
    assert visitor.evaluate("window.hacked === undefined")
    assert visitor.evaluate("document.querySelector('img') === null")


def address(page: Path, **state: object) -> str:
    return f"{page.as_uri()}#{urlencode(state)}"


def set_state(visitor: Visitor, **state: object) -> None:
    """Change what the page shows, as a link with another hash does."""
    visitor.evaluate(f"location.hash = {urlencode(state)!r}")
    visitor.wait_for(f"bumpcast.address.link({{}}) === '#{urlencode(state)}'", 5)


def text(visitor: Visitor, selector: str) -> str:
    return str(visitor.evaluate(f"document.querySelector({selector!r}).innerText"))


def every(visitor: Visitor, selector: str, what: str = "innerText") -> list[Any]:
    """Return an attribute of all elements of a kind."""
    found = f"Array.from(document.querySelectorAll({selector!r}), each => each.{what})"
    return list(visitor.evaluate(found))


def shown(visitor: Visitor) -> list[str]:
    return list(visitor.evaluate(SHOWN))


def wait_for_histogram(visitor: Visitor, name: str) -> None:
    visitor.wait_for(f"{OPENED} === {name!r}", 10)


def read_axis(visitor: Visitor, frame: str, along: str) -> np.polynomial.Polynomial:
    """Return what turns a place in the picture into a number, read off the ticks' labels."""
    found = visitor.evaluate(
        f"""Array.from(document.querySelectorAll({frame!r} + ' text:not(.label)'), each => [
            each.getAttribute('text-anchor'), Number(each.getAttribute({along!r})),
            each.textContent.replace('\\u2212', '-').replace(/,/g, '')])"""
    )
    anchor = "middle" if along == "x" else "end"
    ticks = [(place, float(label)) for where, place, label in found if where == anchor]
    assert len(ticks) >= 2, found
    places, numbers = np.transpose(ticks)
    # Labels stand a little below their ticks.
    return np.polynomial.Polynomial.fit(places - (4 if along == "y" else 0), numbers, 1)
