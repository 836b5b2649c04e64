"""Jets of what was observed: clustering, calibration, tags, large-radius jets, overlaps."""
