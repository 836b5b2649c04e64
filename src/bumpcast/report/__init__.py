"""What a user looks at: plots and the printed summary."""

from bumpcast.report.scan import prepare_report, report_scan

__all__ = ["prepare_report", "report_scan"]
