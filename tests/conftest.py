from __future__ import annotations

from hypothesis import settings

# A first call may compile or load machine code: its time says nothing about the code under test.
settings.register_profile("bumpcast", deadline=None)
settings.load_profile("bumpcast")
