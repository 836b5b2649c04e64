"""A stand-in for an experiment's own selection, to learn and to test with.

It decides of events by their truth, as no experiment does: nothing of it may be taken for a result
of ATLAS. What makes it worth learning with is that its region A is as probable as the map says that
ATLAS published of the search ATLAS-EXOT-2019-23.
"""
