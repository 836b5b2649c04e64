"""The columns of the branches Jet, GenJet and FatJet of a Delphes file.

Times are in s. Columns that the detector does not fill hold 0, as Delphes's own do when the module
behind them does not run. A groomed four-momentum, which Delphes keeps as an object, is here four
columns: SoftDroppedPT, SoftDroppedEta, SoftDroppedPhi and SoftDroppedMass; Trimmed and Pruned
likewise.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bumpcast.compiled import compiled
from bumpcast.simulate.detector import kinematics
from bumpcast.simulate.detector.jets.clustering import Clusters
from bumpcast.simulate.detector.jets.large_jets import Substructure
from bumpcast.simulate.detector.kinematics import azimuth_between, pseudorapidity
from bumpcast.simulate.detector.momenta import Momenta
from bumpcast.simulate.detector.objects import DetectorObjects

Columns = dict[str, NDArray[Any]]

_MM_PER_S = 2.99792458e11
_NO_ELECTROMAGNETIC_ENERGY = 999.9
_WHOLE = (
    "Flavor", "FlavorAlgo", "FlavorPhys", "TauFlavor", "BTag", "BTagAlgo", "BTagPhys", "TauTag",
)  # fmt: skip
_REAL = ("TauWeight", "Beta", "BetaStar", "MeanSqDeltaR", "PTD")
_SUBJETS = ("NSubJetsTrimmed", "NSubJetsPruned", "NSubJetsSoftDropped")
_MERGING = ("ExclYmerge12", "ExclYmerge23", "ExclYmerge34", "ExclYmerge45", "ExclYmerge56")


@compiled
def _sums(  # type: ignore[no-untyped-def]
    offsets, jets, first, members, inputs, charge, electromagnetic, hadronic, time
):
    number = jets.shape[1]
    real = np.zeros((6, number))  # largest distances, time, fractions, hadronic over em. energy
    whole = np.zeros((3, number), dtype=np.int32)  # charge, charged and neutral members
    for event in range(len(offsets) - 1):
        along = across = 0.0
        for jet in range(offsets[event], offsets[event + 1]):
            eta = pseudorapidity(jets[0, jet], jets[1, jet], jets[2, jet])
            phi = math.atan2(jets[1, jet], jets[0, jet])
            weights = em = had = 0.0
            for k in range(first[jet], first[jet + 1]):
                i = members[k]
                x, y, z, energy = inputs[0, i], inputs[1, i], inputs[2, i], inputs[3, i]
                along = max(along, abs(pseudorapidity(x, y, z) - eta))
                across = max(across, azimuth_between(math.atan2(y, x), phi))
                weight = math.sqrt(max(energy, 0.0))
                weights += weight
                real[2, jet] += weight * time[i]
                em += electromagnetic[i]
                had += hadronic[i]
                whole[0, jet] += charge[i]
                if charge[i] == 0:
                    real[3, jet] += energy / jets[3, jet]
                    whole[2, jet] += 1
                else:
                    real[4, jet] += energy / jets[3, jet]
                    whole[1, jet] += 1
            real[0, jet] = along
            real[1, jet] = across
            real[2, jet] /= weights * _MM_PER_S
            real[5, jet] = had / em if em > 0.0 else _NO_ELECTROMAGNETIC_ENERGY
    return real, whole


def columns(clusters: Clusters, inputs: DetectorObjects, calibrated: Momenta) -> Columns:
    """Return every plain column that such a branch has; tags and substructure are 0.

    Delphes gives as DeltaEta and DeltaPhi of a jet the largest distances of any member of this jet
    and of the harder ones of its event; so does this.

    Args:
        clusters: The jets as they were found.
        inputs: What they were made of.
        calibrated: Their four-momenta after the energy scale.
    """
    found = clusters.momenta
    number = len(found.px)
    first, members = clusters.members()
    seen = inputs.momenta
    real, whole = _sums(
        found.offsets,
        np.stack([found.px, found.py, found.pz, found.energy]),
        first,
        members,
        np.stack([seen.px, seen.py, seen.pz, seen.energy]),
        inputs.charge,
        inputs.electromagnetic,
        inputs.hadronic,
        inputs.time,
    )
    result: Columns = {
        "PT": calibrated.pt,
        "Eta": kinematics.eta(calibrated),
        "Phi": kinematics.phi(calibrated),
        "T": real[2],
        "Mass": kinematics.mass(calibrated),
        "DeltaEta": real[0],
        "DeltaPhi": real[1],
        "NeutralEnergyFraction": real[3],
        "ChargedEnergyFraction": real[4],
        "EhadOverEem": real[5],
    }
    result |= {name: np.zeros(number) for name in _REAL}
    result |= {name: np.zeros((number, 5)) for name in ("FracPt[5]", "Tau[5]")}
    result = {name: column.astype(np.float32) for name, column in result.items()}
    result |= {name: np.zeros(number, dtype=np.uint32) for name in _WHOLE}
    result |= {name: np.zeros(number, dtype=np.int32) for name in _SUBJETS}
    result |= {name: np.zeros(number) for name in _MERGING}
    result |= dict(zip(("Charge", "NCharged", "NNeutrals"), whole, strict=True))
    return result


def substructure_columns(found: Substructure) -> Columns:
    """Return the columns that hold a large jet's substructure.

    Args:
        found: The substructure of each jet.
    """
    result: Columns = {"Tau[5]": found.tau.astype(np.float32)}
    groomed = {
        "Trimmed": found.trimmed,
        "Pruned": found.pruned,
        "SoftDropped": found.soft_dropped,
    }
    for i, (name, momenta) in enumerate(groomed.items()):
        result[f"NSubJets{name}"] = found.subjets[:, i].astype(np.int32)
        result[f"{name}PT"] = momenta.pt.astype(np.float32)
        result[f"{name}Eta"] = kinematics.eta(momenta).astype(np.float32)
        result[f"{name}Phi"] = kinematics.phi(momenta).astype(np.float32)
        result[f"{name}Mass"] = kinematics.mass(momenta).astype(np.float32)
    return result
