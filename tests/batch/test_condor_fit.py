"""Why no slot takes a job; what the pool itself says is tested in tests/cli/test_cluster.py."""

from __future__ import annotations

from bumpcast.batch.condor_fit import Size, unmet_conditions, what_does_not_fit

GIB = 1024.0


def size(cores: float, memory_gib: float, disk_gib: float) -> Size:
    return Size((cores, memory_gib * GIB, disk_gib * GIB**2))


SLOTS = [size(8, 16, 100), size(2, 64, 100)]

ANALYSIS = """\
The Requirements expression for job 2.000 reduces to these conditions:

         Slots
Step    Matched  Condition
-----  --------  ---------
[0]           0  TARGET.HasSugar is true
[1]           0  TARGET.Memory >= RequestMemory
[2]           0  TARGET.Cpus >= 4
[3]           9  TARGET.Arch == "X86_64"
[4]           0  [1] && [3]
"""


def test_a_job_that_fits_in_time_is_left_to_wait() -> None:
    assert what_does_not_fit(size(8, 16, 1), SLOTS) is None
    assert what_does_not_fit(size(1, 64, 1), SLOTS) is None


def test_what_no_slot_has_is_named_with_the_largest() -> None:
    assert what_does_not_fit(size(16, 1, 1500), SLOTS) == (
        "no slot of the pool has 16 cores: the largest has 8 cores; "
        "no slot of the pool has 1.46 TiB of scratch space: the largest has 100 GiB"
    )


def test_what_no_slot_has_at_once_is_named() -> None:
    assert what_does_not_fit(size(8, 64, 1), SLOTS) == (
        "no slot of the pool has all at once: 8 cores, 64 GiB of memory, 1 GiB of scratch space"
    )


def test_a_pool_without_slots_is_told() -> None:
    assert what_does_not_fit(size(1, 1, 1), []) == "the pool has no slots, or shows none to you"


def test_what_other_jobs_have_taken_is_no_unmet_condition() -> None:
    assert unmet_conditions(ANALYSIS) == ["TARGET.HasSugar is true"]
