"""The verb `bumps`: find excesses, and everything that goes with it; one file per word after it."""
