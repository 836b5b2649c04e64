"""How near a surrogate comes to the search that it stands for."""
