"""Every mass histogram of every final state, in one pass over the events."""

from bumpcast.massscan.delta import ScanDelta
from bumpcast.massscan.keep import KeepRule
from bumpcast.massscan.names import HistogramName, parse_name
from bumpcast.massscan.results import Results, open_results
from bumpcast.massscan.scanner import Scanner
from bumpcast.massscan.weights import EventWeights

__all__ = [
    "EventWeights",
    "HistogramName",
    "KeepRule",
    "Results",
    "ScanDelta",
    "Scanner",
    "open_results",
    "parse_name",
]
