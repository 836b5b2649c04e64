"""From the added-up delta to the stored, readable result."""
