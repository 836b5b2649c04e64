"""From the names of data sets to work items and tasks."""

from bumpcast.datasets.workitem import Task, WorkItem

__all__ = ["Task", "WorkItem"]
