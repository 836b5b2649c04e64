"""How well anybody could read significances off a histogram whose background is not known.

    python benchmarks/network_limit.py [--histograms 4000] [--seed 1]

Labels are z with the background known. Whoever is told which function it is, and only fits that
function's numbers together with the strength of a signal whose place and width are told as well,
still gets the background, and so z, wrong by what the counts do not say. That spread follows from
the information matrix (G. Cowan, Statistical Data Analysis (1998), chapter 6), in this script from
numerical derivatives of each function. It is printed for the test samples of the network: with
signals in half of the histograms, and nothing looked for in the first tenth of the bins unless said
otherwise. No single error counts for more than 6, as one that large is seen. Whoever is not told
the function, the place and the width does worse.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass

import numpy as np

from bumpcast.bumps.likelihood import gaussian_template
from bumpcast.bumps.synthetic import Recipe
from bumpcast.bumps.synthetic.shapes import FUNCTIONS, LEAST_POWER, MOST_POWER, add_function

LARGEST_ERROR = 6.0
STEP = 1e-4
LABEL = gaussian_template(1.0)


@dataclass
class Drawn:
    """A background: its function, bins, and numbers (ln of both ends; x1 / x2; power)."""

    kind: int
    bins: int
    numbers: np.ndarray

    @property
    def free(self) -> int:
        """How many of the numbers the function depends on."""
        if self.kind in (0, 1, 7, 8, 10):
            return 2
        return 4 if self.kind == 6 else 3

    def expected(self, numbers: np.ndarray) -> np.ndarray:
        """Return the expected entries with some numbers."""
        found = np.zeros(self.bins)
        y1, y2 = np.exp(numbers[:2])
        last = Recipe().x_range[1]
        add_function(self.kind, numbers[2] * last, last, y1, y2, numbers[3], 1.0, found)
        return found

    def slopes(self) -> np.ndarray:
        """Return the derivatives by the free numbers, shape (bins, free)."""
        columns = []
        for k in range(self.free):
            step = np.zeros(4)
            step[k] = STEP * (self.numbers[k] if k >= 2 else 1.0)
            change = self.expected(self.numbers + step) - self.expected(self.numbers - step)
            columns.append(change / (2 * step[k]))
        return np.array(columns).T


def background(random: np.random.Generator, recipe: Recipe) -> Drawn:
    x1, x2 = np.sort(random.uniform(*recipe.x_range, 2))
    ends = np.sort(random.uniform(*np.log(recipe.entries), 2))[::-1]
    power = random.uniform(LEAST_POWER, MOST_POWER)
    bins = int(random.integers(recipe.bins[0], recipe.bins[1] + 1))
    return Drawn(
        int(random.integers(len(FUNCTIONS))), bins, np.array([ends[0], ends[1], x1 / x2, power])
    )


def at(template: np.ndarray, centre: int, bins: int) -> np.ndarray:
    """Return a signal's shares in all bins."""
    found = np.zeros(bins)
    reach = len(template) // 2
    for k, share in enumerate(template):
        place = centre - reach + k
        if 0 <= place < bins:
            found[place] = share
    return found


def error(drawn: Drawn, looked_at: int, signal: np.ndarray | None) -> float:
    """Return the standard deviation of z in one bin from that of the background.

    Args:
        drawn: The background.
        looked_at: The bin.
        signal: Shares of a signal that is fitted, too.
    """
    expected = drawn.expected(drawn.numbers)
    slopes = drawn.slopes()
    columns = slopes if signal is None else np.column_stack([slopes, signal])
    information = (columns / expected[:, None]).T @ columns
    scale = np.sqrt(np.diag(information))
    information = information / np.outer(scale, scale) + 1e-11 * np.eye(len(scale))
    label = at(LABEL, looked_at, drawn.bins)
    change = np.zeros(len(scale))
    change[: drawn.free] = (label / expected) @ slopes / math.sqrt(np.sum(label**2 / expected))
    change /= scale
    variance = float(change @ np.linalg.solve(information, change))
    return min(math.sqrt(max(variance, 0.0)), LARGEST_ERROR)


def limit(
    number: int, seed: int, *, width: float = 1.0, skip: float = 0.1, margin: int = 0,
    bins: tuple[int, int] = (30, 100), place: tuple[float, float] = (0.0, 1.0),
) -> tuple[float, float, float]:  # fmt: skip
    """Return the spread of histograms with a signal, of those without, and of both."""
    random = np.random.default_rng(seed)
    recipe = Recipe(bins=bins)
    template = gaussian_template(width)
    with_signal, without = [], []
    for _ in range(number):
        drawn = background(random, recipe)
        first = math.floor(skip * drawn.bins)
        anywhere = int(random.integers(first, drawn.bins))
        without.append(error(drawn, anywhere, None))
        low, high = (share * (drawn.bins - 2 * margin) for share in place)
        centre = margin + min(int(random.uniform(low, high)), drawn.bins - 2 * margin - 1)
        signal = at(template, centre, drawn.bins)
        seen = centre if centre >= first else anywhere
        with_signal.append(error(drawn, seen, signal))
    both = [float(np.sqrt(np.mean(np.square(some)))) for some in (with_signal, without)]
    return both[0], both[1], math.sqrt(0.5 * (both[0] ** 2 + both[1] ** 2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histograms", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    samples: dict[str, dict[str, object]] = {
        "functions": {},
        "looked at in all bins": {"skip": 0.0},
        "signals 2 bins from the ends": {"margin": 2},
        "signals 2 bins wide": {"width": 2.0},
        "signals 3 bins wide": {"width": 3.0},
        **{f"{a} to {b} bins": {"bins": (a, b)} for a, b in ((30, 45), (46, 60), (61, 100))},
        **{
            f"signals from {a:.1f} to {a + 0.1:.1f} of the range": {"place": (a, a + 0.1)}
            for a in np.arange(0.1, 0.95, 0.1)
        },
    }
    print(f"{'sample':<36}{'signal':>9}{'without':>9}{'both':>9}")
    for name, options in samples.items():
        found = limit(arguments.histograms, arguments.seed, **options)  # type: ignore[arg-type]
        print(f"{name:<36}" + "".join(f"{value:>9.3f}" for value in found), flush=True)


if __name__ == "__main__":
    main()
