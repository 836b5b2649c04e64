"""Training a surrogate on labelled events."""
