"""From a chunk's objects to its delta: the compiled scan."""
