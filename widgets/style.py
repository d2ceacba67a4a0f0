"""The style sheet of cards and start page: the house's colours as variables, then the rules, all below ``.aiser`` alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from aiser_jupyter.chart.theme import TOKENS, Theme

STATIC = Path(__file__).parent / "static"
# What a page needs beyond the charts' colours: borders of controls, caution, and the colours of code.
PAGE: dict[Theme, dict[str, str]] = {
    "light": {
        "line-strong": "#7F8B9C", "warn": "#8A5A00",
        "sx-key": "#6E36BA", "sx-fn": "#1A5CA6", "sx-str": "#0B7A4B", "sx-num": "#9A4A00", "sx-com": "#5F6B7A",
    },
    "dark": {
        "line-strong": "#6C7C95", "warn": "#F5C451",
        "sx-key": "#C9A5F5", "sx-fn": "#7FB3E6", "sx-str": "#6FD3A4", "sx-num": "#F0B36B", "sx-com": "#93A0B3",
    },
}  # fmt: skip
# The page around says it is dark: ours, JupyterLab's, VS Code's. Where none says anything, the system decides.
DARK = '[data-theme="dark"] .aiser,[data-jp-theme-light="false"] .aiser,.vscode-dark .aiser'
SYSTEM = ":root:not([data-theme]) body:not([data-jp-theme-light],.vscode-light,.vscode-dark) .aiser"


@cache
def style(*, answers: bool = True) -> str:
    """The sheet for a ``<style>`` element of a still page or the widget's own; without ``answers`` only what the start page needs."""
    rules = "".join(
        (STATIC / name).read_text(encoding="utf-8") for name in ("aiser.css", *(("answer.css", "exhibits.css") if answers else ()))
    )
    dark = variables("dark")
    return f".aiser{{{variables('light')}}}\n{DARK}{{{dark}}}\n@media(prefers-color-scheme:dark){{{SYSTEM}{{{dark}}}}}\n{rules}"


def variables(theme: Theme) -> str:
    """The declarations of a theme's colours."""
    return f"color-scheme:{theme};" + "".join(f"--{name}:{color};" for name, color in (TOKENS[theme] | PAGE[theme]).items())
