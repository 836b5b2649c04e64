"""A surrogate model: its card, its files, and what it says of events."""
