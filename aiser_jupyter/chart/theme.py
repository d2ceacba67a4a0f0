"""The colours and type of the house, as tokens, as CSS variables with fallbacks, and as plotly templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import plotly.graph_objects as go

Theme = Literal["light", "dark"]

FONT = '"AiserSans", "Inter", system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
# The same values as the stylesheet of cards, reports and decks; worst pair of c1..c6 is 27.8 (light) and 29.4 (dark) in Lab, colour blindness included.
TOKENS: dict[Theme, dict[str, str]] = {
    "light": {
        "bg": "#FFFFFF", "surface": "#F6F8FB", "line": "#E1E6ED", "ink": "#14213D", "ink-2": "#3A4760", "muted": "#52606D", "accent": "#1A5CA6",
        "accent-soft": "#E4EEF9", "on-accent": "#FFFFFF", "pos": "#0B7A4B", "neg": "#B42318", "mark": "#8592A5", "mark-quiet": "#C3CBD6",
        "mark-accent": "#1A5CA6", "mark-pos": "#0B7A4B", "mark-neg": "#B42318", "grid": "#EBEFF4", "axis": "#AAB4C2", "band": "#D5E4F5",
        "c1": "#1A5CA6", "c2": "#E5750C", "c3": "#8F185B", "c4": "#7E7742", "c5": "#C48297", "c6": "#51260A",
    },
    "dark": {
        "bg": "#0F172A", "surface": "#18233A", "line": "#27344D", "ink": "#F1F5F9", "ink-2": "#CDD6E3", "muted": "#A9B4C4", "accent": "#7FB3E6",
        "accent-soft": "#1C3354", "on-accent": "#0F172A", "pos": "#4ADE98", "neg": "#FF9B8F", "mark": "#6F7F97", "mark-quiet": "#3B4A63",
        "mark-accent": "#4C8BCB", "mark-pos": "#2C9A69", "mark-neg": "#CF6357", "grid": "#1E2A41", "axis": "#4A5A74", "band": "#203A5E",
        "c1": "#7FB3E6", "c2": "#E29024", "c3": "#F12D89", "c4": "#9D7AFC", "c5": "#DBCEA3", "c6": "#9A7D44",
    },
}  # fmt: skip
CATEGORICAL = ("c1", "c2", "c3", "c4", "c5", "c6")
NAMES: dict[Theme, str] = {"light": "aiser", "dark": "aiser-dark"}


# Words inside marks: these fills are light in both themes, so dark words read on them (3.9:1 and more); on all others the stylesheet's --on-accent does.
DARK_WORDS = frozenset({"on-c2", "on-c5", "on-mark"})
for _tokens in TOKENS.values():
    _tokens.update({f"on-{name}": _tokens["on-accent"] for name in ("c1", "c3", "c4", "c6", "mark-accent", "mark-pos", "mark-neg")})
    _tokens.update(dict.fromkeys(sorted(DARK_WORDS), TOKENS["light"]["ink"]))


def color(token: str, theme: Theme = "light") -> str:
    """The hex colour of a token."""
    return TOKENS[theme][token]


def css(token: str, theme: Theme = "light") -> str:
    """The token as a CSS variable that falls back to the theme's colour where no stylesheet defines it."""
    if token in DARK_WORDS:
        return TOKENS[theme][token]
    return f"var(--{'on-accent' if token.startswith('on-') else token},{TOKENS[theme][token]})"


def template(theme: Theme = "light") -> go.layout.Template:
    """The plotly template of the house; transparent, so that it lies on any card."""
    import plotly.graph_objects as go

    tokens = TOKENS[theme]
    axis: dict[str, Any] = {
        "showgrid": False, "zeroline": False, "zerolinecolor": tokens["axis"], "zerolinewidth": 1, "ticklabelstandoff": 6, "showline": False, "ticks": "", "automargin": True, "linecolor": tokens["axis"], "linewidth": 1,
        "gridcolor": tokens["grid"], "gridwidth": 1, "tickfont": {"size": 12, "color": tokens["muted"]}, "title": {"font": {"size": 12, "color": tokens["muted"]}},
        "fixedrange": True,
    }  # fmt: skip
    layout = go.Layout(
        font={"family": FONT, "size": 13, "color": tokens["ink"]},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        colorway=[tokens[name] for name in CATEGORICAL],
        colorscale={"sequential": scale(theme), "sequentialminus": scale(theme), "diverging": diverging(theme)},
        coloraxis={"colorscale": scale(theme), "showscale": False},
        showlegend=False,
        legend={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1,
            "yanchor": "bottom",
            "traceorder": "normal",
            "font": {"size": 13, "color": tokens["ink-2"]},
            "itemsizing": "constant",
            "bgcolor": "rgba(0,0,0,0)",
        },
        separators=".,",
        hoverlabel={
            "bgcolor": tokens["surface"],
            "bordercolor": tokens["axis"],
            "font": {"family": FONT, "size": 13, "color": tokens["ink"]},
            "align": "left",
        },
        title={
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"t": 4, "l": 2},
            "font": {"size": 17, "color": tokens["ink"], "weight": 600},
            "subtitle": {"font": {"size": 13, "color": tokens["muted"]}},
        },
        margin={"l": 8, "r": 8, "t": 12, "b": 8},
        xaxis=axis,
        yaxis=axis,
        bargap=0.42,
        uniformtext={"minsize": 11, "mode": "show"},
    )
    return go.layout.Template(layout=layout)


def scale(theme: Theme) -> list[list[float | str]]:
    """From nearly the background to the accent: one hue, darker (lighter on dark) is more."""
    return [[0.0, color("surface", theme)], [0.5, color("band", theme)], [1.0, color("mark-accent", theme)]]


def diverging(theme: Theme) -> list[list[float | str]]:
    """Worse, neutral, better."""
    return [[0.0, color("mark-neg", theme)], [0.5, color("surface", theme)], [1.0, color("mark-pos", theme)]]


def register() -> None:
    """Make the templates ``aiser`` and ``aiser-dark`` known to plotly; charts made by hand may then name them."""
    import plotly.io as pio

    for theme, name in NAMES.items():
        if name not in pio.templates:
            pio.templates[name] = template(theme)
