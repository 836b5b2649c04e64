"""Whether real signals are found on real backgrounds."""
