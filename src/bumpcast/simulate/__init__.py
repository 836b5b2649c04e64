"""Events from a generator through a parametrised detector to a file of Delphes's layout."""
