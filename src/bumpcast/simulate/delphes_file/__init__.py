"""Files in the layout of Delphes."""
