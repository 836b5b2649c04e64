"""A generator's events, from a process card."""
