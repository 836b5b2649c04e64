"""The sparse histograms of some events, which add up."""
