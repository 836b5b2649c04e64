"""The verbs after `surrogate`, one file each."""
