"""Upper limits on a signal from its efficiency and what a search counted."""
