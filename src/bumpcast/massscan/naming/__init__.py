"""Final states, observables and the names of histograms."""
