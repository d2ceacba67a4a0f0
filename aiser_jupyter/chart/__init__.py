"""Charts: the choice of kind, plotly figures and static SVG in the house's theme."""
