"""Who came: marks that are only ever added, and the roster derived from them."""
