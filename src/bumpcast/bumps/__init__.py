"""From stored histograms to the excesses in them."""
