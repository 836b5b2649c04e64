"""A network that reads signed significances off spectra without a background being given."""

from bumpcast.bumps.network.network import Network, NetworkError, load_network

__all__ = ["Network", "NetworkError", "load_network"]
