"""Every mass histogram of every final state, in one pass over the events."""

from bumpcast.massscan.delta.delta import ScanDelta
from bumpcast.massscan.filling.scanner import Scanner
from bumpcast.massscan.filling.weights import EventWeights
from bumpcast.massscan.naming.names import HistogramName, parse_name
from bumpcast.massscan.results.keep import KeepRule
from bumpcast.massscan.results.results import Results, open_results

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
