"""Mass bins as wide as the detector resolves."""
