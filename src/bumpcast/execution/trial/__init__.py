"""A test of a batch system with one job: everything that may be wrong with it, in turn.

`trial` has the order, `steps` the words, and `here`, `job`, `awaiting` and `worker` what is looked
at, as it happens.
"""

from __future__ import annotations

from bumpcast.execution.trial.steps import Step
from bumpcast.execution.trial.trial import Trial

__all__ = ["Step", "Trial"]
