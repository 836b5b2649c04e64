"""A plain coffea processor: no method of bumpcast's, so it runs under coffea's Runner as well."""

import awkward as ak
import hist
from coffea.processor import ProcessorABC


class Jets(ProcessorABC):
    def __init__(self, bins=50):
        self.bins = bins

    def process(self, events):
        pt = hist.Hist.new.Reg(self.bins, 0, 1000, name="pt", label="jet p_T [GeV]").Weight()
        jets = ak.values_astype(ak.flatten(events.Jet.pt), "float64")
        # Weights that no binary fraction holds: sums show their order in the last bit.
        pt.fill(jets, weight=0.1 + jets / 7)
        return {
            events.metadata["dataset"]: {
                "events": len(events),
                "pt": pt,
                "sum": float(ak.sum(jets / 3)),
            }
        }

    def postprocess(self, accumulator):
        pass
