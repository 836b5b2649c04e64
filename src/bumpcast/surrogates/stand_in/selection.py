"""How probable the stand-in's regions are, and what it decides of events.

The probability of region A is the published map's, to the digit; or, of the stand-ins that are
called smooth, that of a search of which the map would be the table. Two numbers then say of a
selected event which region it is in, with the cuts of the search (arXiv:2407.09183): the sum over
both displaced jets of the distance to the nearest track, and the score of a network.

| region | sum of dR_min | score |
|---|---|---|
| A | > 0.71 | > 7.61 |
| B | > 0.71 | <= 7.61 |
| C | <= 0.71 | > 7.61 |
| D | <= 0.71 | <= 7.61 |

How probable each cut is is made up here, so that it depends on what a real detector would make it
depend on, and is no function of a map's bins: the deeper a particle decays, the fewer tracks there
are (taus leave more); the more energy it has, and the slower it is, the clearer its jet.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np
from scipy.special import expit, logit

from bumpcast.config.surrogate import REGIONS
from bumpcast.errors import did_you_mean
from bumpcast.surrogates.domain import BARREL_ETA
from bumpcast.surrogates.drawing import uniforms
from bumpcast.surrogates.errors import SurrogateError
from bumpcast.surrogates.llps import Floats, Integers, LlpPairs
from bumpcast.surrogates.maps.efficiency_map import EfficiencyMap
from bumpcast.surrogates.maps.published import MAPS, published_map
from bumpcast.surrogates.stand_in.smooth_map import SmoothMap

CLASSES: Final = REGIONS

_SMOOTH: Final = "smooth-"
STAND_INS: Final = (*MAPS, *(f"{_SMOOTH}{name}" for name in MAPS))
"""Of each published map one whose region A is the map, and one that has no steps."""

DR_CUT: Final = 0.71
SCORE_CUT: Final = 7.61

_TAU: Final = 15
_CALORIMETER_LXY_M: Final = 3.9
_CALORIMETER_LZ_M: Final = 6.0
_LEAST, _MOST = 0.25, 0.95
"""Between these is the probability of each cut, of an event that may be in any region."""


class StandInError(SurrogateError):
    """There is no such stand-in."""


@dataclass(frozen=True, eq=False)
class Decisions:
    """What the stand-in made of events.

    Attributes:
        region: Numbers of `CLASSES`; (events,).
        sum_of_dr: Sum of dR_min; NaN where an event is not selected; (events,).
        score: Of the network; NaN where an event is not selected; (events,).
    """

    region: Integers
    sum_of_dr: Floats
    score: Floats


@dataclass(frozen=True)
class StandIn:
    """One selection of the stand-in.

    Attributes:
        name: Of `STAND_INS`.
    """

    name: str

    @classmethod
    def called(cls, name: str) -> Self:
        """Return a selection.

        Raises:
            StandInError: There is none of this name.
        """
        if name not in STAND_INS:
            msg = f"there is no stand-in {name!r}. {did_you_mean(name, STAND_INS)}"
            raise StandInError(msg)
        return cls(name)

    @cached_property
    def map(self) -> EfficiencyMap:
        """The published map: region A's probability, or what a smooth one goes through."""
        return published_map(self.name.removeprefix(_SMOOTH))

    def probabilities(self, pairs: LlpPairs, where: str = "the events") -> Floats:
        """Return how probable each class is; (events, 5), in the order of `CLASSES`.

        Args:
            pairs: The events, decayed.
            where: What they were read from, for messages.

        Raises:
            LlpBinningError: The map has no bin for what an LLP decays to.
        """
        selected, dr, score = self._cuts(pairs, where)
        return np.stack(
            [
                1 - selected,
                selected * dr * score,
                selected * dr * (1 - score),
                selected * (1 - dr) * score,
                selected * (1 - dr) * (1 - score),
            ],
            axis=1,
        )

    def decide(
        self, pairs: LlpPairs, numbers: Integers, *, name: str, draw: int = 0, where: str = ""
    ) -> Decisions:
        """Decide of events.

        Args:
            pairs: The events, decayed.
            numbers: Each event's number in its sample; (events,).
            name: Of the sample, with the seed: what is drawn follows from both and the number.
            draw: Number of the draw, from 0.
            where: What they were read from, for messages.

        Raises:
            LlpBinningError: The map has no bin for what an LLP decays to.
        """
        selected, dr, score = self._cuts(pairs, where or name)
        drawn = uniforms(numbers, 3, name=f"stand-in {self.name} {name}", draw=draw)
        passed = drawn[:, 0] < selected
        # Logistic numbers about such a place that as many as shall be are above zero.
        with np.errstate(divide="ignore"):
            of_dr = logit(dr) + logit(drawn[:, 1])
            of_score = logit(score) + logit(drawn[:, 2])
        region = np.where(of_dr > 0, np.where(of_score > 0, 1, 2), np.where(of_score > 0, 3, 4))
        nothing = np.full(len(pairs), np.nan)
        return Decisions(
            np.where(passed, region, 0),
            np.where(passed, DR_CUT * np.exp(0.4 * np.clip(of_dr, -50, 50)), nothing),
            np.where(passed, SCORE_CUT + 3 * np.clip(of_score, -50, 50), nothing),
        )

    def _cuts(self, pairs: LlpPairs, where: str) -> tuple[Floats, Floats, Floats]:
        """Return the probabilities to be selected at all, and then to pass each cut."""
        in_a = (
            SmoothMap(self.map).selected(pairs, where)
            if self.name.startswith(_SMOOTH)
            else self.map.probabilities(pairs, where)[:, 1]
        )
        dr, score = _dr(pairs), _score(pairs)
        # Where the map wants more of A than both cuts leave, both are made as much easier.
        with np.errstate(divide="ignore"):
            power = np.clip(np.log(in_a) / np.log(dr * score), 0.0, 1.0)
        dr, score = dr**power, score**power
        return np.minimum(in_a / (dr * score), 1.0), dr, score


def _dr(pairs: LlpPairs) -> Floats:
    assert pairs.lxy is not None
    assert pairs.lz is not None
    barrel = np.abs(pairs.eta) < BARREL_ETA
    depth = np.where(barrel, pairs.lxy / _CALORIMETER_LXY_M, pairs.lz / _CALORIMETER_LZ_M)
    taus = (pairs.child == _TAU).mean(axis=1)
    clear = -0.3 + 1.4 * np.minimum(depth, 1.5).mean(axis=1) - 0.6 * taus
    return _between(clear)


def _score(pairs: LlpPairs) -> Floats:
    energy = np.hypot(pairs.pt * np.cosh(pairs.eta), pairs.mass)
    boost = (energy / pairs.mass).mean(axis=1)
    clear = 0.6 + 0.8 * np.log(pairs.transverse_energy.sum(axis=1) / 400.0)
    return _between(clear - 0.5 * np.log(boost / 2.5))


def _between(clear: Floats) -> Floats:
    share: Floats = expit(clear)
    return _LEAST + (_MOST - _LEAST) * share
