"""The report of a surrogate's closure: a table, plots and a page."""

from bumpcast.report.closure.writing import (
    write_closure,
    write_closure_report,
    write_left_out_closure,
)

__all__ = ["write_closure", "write_closure_report", "write_left_out_closure"]
