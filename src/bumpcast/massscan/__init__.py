"""Every mass histogram of every final state, in one pass over the events."""

from bumpcast.massscan.delta import ScanDelta
from bumpcast.massscan.names import HistogramName, parse_name
from bumpcast.massscan.scanner import Scanner

__all__ = ["HistogramName", "ScanDelta", "Scanner", "parse_name"]
