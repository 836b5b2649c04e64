"""Our detector against Delphes on the same events: `python -m benchmarks.against_delphes`."""
