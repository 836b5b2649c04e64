"""The browsable report: a folder of pages that opens from disk, without a server or a network."""

from bumpcast.report.site.writing import ReportError, write_site

__all__ = ["ReportError", "write_site"]
