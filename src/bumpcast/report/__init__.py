"""What a user looks at: plots and the printed summary."""

from bumpcast.report.scan import report_scan

__all__ = ["report_scan"]
