"""Which plotly.js a page needs: the small cartesian bundle where it covers the trace types, else the full one."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Bundle = Literal["cartesian", "full"]

# What the cartesian bundle knows; asked in a browser by the tests. It draws any other type as a scatter line without a word.
CARTESIAN = frozenset(
    {
        "bar",
        "box",
        "contour",
        "heatmap",
        "histogram",
        "histogram2d",
        "histogram2dcontour",
        "image",
        "pie",
        "scatter",
        "scatterternary",
        "violin",
    }
)
VENDORED = "4.1.1"


def bundle(trace_types: Iterable[str]) -> Bundle:
    """The smallest bundle that draws all ``trace_types``; full where the vendored file is of another plotly.js than plotly.py writes for."""
    from plotly.offline import get_plotlyjs_version

    return "cartesian" if set(trace_types) <= CARTESIAN and get_plotlyjs_version() == VENDORED else "full"


def script(trace_types: Iterable[str]) -> str:
    """The text of the plotly.js to put into a ``<script>`` once: 1.5 MB (cartesian) or 4.9 MB (full), no request to anywhere."""
    from plotly.offline import get_plotlyjs

    if bundle(trace_types) == "full":
        return get_plotlyjs()
    return resources.files("aiser_jupyter.templates").joinpath("assets", f"plotly-cartesian-{VENDORED}.min.js").read_text(encoding="utf-8")
