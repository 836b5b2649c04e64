"""The run loop: any processor over any data sets, on any back end, losing nothing."""

from bumpcast.execution.driver import RESULT, run
from bumpcast.execution.processor_spec import ProcessorSpec
from bumpcast.execution.summary import DatasetSummary, RunSummary

__all__ = ["RESULT", "DatasetSummary", "ProcessorSpec", "RunSummary", "run"]
