"""Isolation: how much transverse momentum is around a candidate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bumpcast.compiled import compiled
from bumpcast.config.detector import IsolationConfig
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.events import Integers, Offsets


@dataclass(frozen=True, slots=True)
class Isolation:
    """Sums around candidates; one entry a candidate.

    Attributes:
        charged: Sum of the pT of charged objects in the cone in GeV.
        neutral: The same of neutral ones.
        ratio: Both sums over the candidate's own pT.
    """

    charged: NDArray[np.float64]
    neutral: NDArray[np.float64]
    ratio: NDArray[np.float64]


def isolate(
    candidates: Momenta,
    own: Offsets,
    flow: Momenta,
    flow_pid: Integers,
    config: IsolationConfig,
) -> Isolation:
    """Sum what is around each candidate; the candidate itself does not count.

    Args:
        candidates: Electrons, muons or photons.
        own: Place of each candidate among the energy-flow objects; -1 if it is not one of them.
        flow: Energy-flow objects.
        flow_pid: PDG numbers of those with a track; 22 and 0 for neutral ones.
        config: Cone and smallest pT.
    """
    charged = np.zeros(len(candidates.px))
    neutral = np.zeros(len(candidates.px))
    _sums(
        candidates.offsets,
        candidates.px,
        candidates.py,
        candidates.pz,
        own,
        flow.offsets,
        flow.px,
        flow.py,
        flow.pz,
        flow_pid,
        config.delta_r,
        config.pt_min_GeV,
        config.with_leptons,
        charged,
        neutral,
    )
    return Isolation(charged, neutral, (charged + neutral) / candidates.pt)


@compiled
def _sums(  # type: ignore[no-untyped-def]
    first,
    px,
    py,
    pz,
    own,
    first_flow,
    flow_px,
    flow_py,
    flow_pz,
    flow_pid,
    delta_r,
    pt_min,
    with_leptons,
    charged,
    neutral,
):
    for event in range(len(first) - 1):
        for i in range(first[event], first[event + 1]):
            eta = math.asinh(pz[i] / math.hypot(px[i], py[i]))
            phi = math.atan2(py[i], px[i])
            for j in range(first_flow[event], first_flow[event + 1]):
                pid = flow_pid[j]
                pt = math.sqrt(flow_px[j] * flow_px[j] + flow_py[j] * flow_py[j])
                if pt < pt_min or j == own[i]:
                    continue
                if not with_leptons and (abs(pid) == 11 or abs(pid) == 13):
                    continue
                away_phi = abs(phi - math.atan2(flow_py[j], flow_px[j]))
                away_phi = min(away_phi, 2.0 * math.pi - away_phi)
                if away_phi > delta_r:
                    continue
                away_eta = eta - math.asinh(flow_pz[j] / pt)
                if away_eta * away_eta + away_phi * away_phi > delta_r * delta_r:
                    continue
                if pid == 0 or pid == 22:
                    neutral[i] += pt
                else:
                    charged[i] += pt
