"""Colours by role on a plotly figure, so that a page can change its theme without knowing the chart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiser_jupyter.chart import theme as themes

if TYPE_CHECKING:
    from aiser_jupyter.chart.theme import Theme

# plotly's own types do not know what a figure's layout holds.
Figure = Any
# Where a trace or layout keeps {"path": "token" or ["token", …]}: plotly carries `meta` through JSON untouched.
Paint = dict[str, "str | list[str]"]
SCRIPT = """function aiserDress(gd, theme) {
  const tokens = AISER_TOKENS[theme];
  const hex = role => Array.isArray(role) ? role.map(hex) : tokens[role] || role;
  const each = (paint, wrap) => Object.fromEntries(Object.entries(paint || {}).map(([path, role]) => [path, wrap(hex(role))]));
  const traces = gd.data.map((trace, i) => Plotly.restyle(gd, each((trace.meta || {}).paint, v => Array.isArray(v) ? [v] : v), [i]));
  const layout = each(((gd.layout.meta || {}).aiser || {}).paint, v => v);
  return Promise.all(traces).then(() => Plotly.relayout(gd, Object.assign({template: AISER_TEMPLATES[theme]}, layout)));
}"""


def paint(trace: Any, roles: Paint) -> Any:
    """``trace`` with the roles of its colours noted: ``{"marker.color": ["mark", "mark-accent"]}``."""
    trace.meta = {"paint": roles}
    return trace


def dress(figure: Figure, theme: Theme = "light") -> Figure:
    """``figure`` with the template and the colours of ``theme``; figures not made here only get the template."""
    themes.register()
    figure.update_layout(template=themes.NAMES[theme])
    for trace in figure.data:
        for path, role in ((trace.meta or {}).get("paint") or {}).items():
            trace[path] = resolve(role, theme)
    for path, role in ((figure.layout.meta or {}).get("aiser", {}).get("paint") or {}).items():
        figure.layout[path] = resolve(role, theme)
    return figure


def resolve(role: Any, theme: Theme) -> Any:
    """The colour of a token, or of each in a list; words that are no token stay, so ``transparent`` may stand among them."""
    if isinstance(role, (list, tuple)):
        return [resolve(one, theme) if isinstance(one, (str, list, tuple)) else one for one in role]
    return themes.TOKENS[theme].get(role, role)


def script() -> str:
    """JavaScript for a page with plotly.js: ``aiserDress(gd, "light" | "dark")`` restyles a drawn chart."""
    templates = {name: themes.template(name).to_plotly_json() for name in themes.NAMES}
    return f"const AISER_TOKENS = {json.dumps(themes.TOKENS)};\nconst AISER_TEMPLATES = {json.dumps(templates)};\n{SCRIPT}"
