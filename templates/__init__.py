"""Templates and the assets they inline."""
