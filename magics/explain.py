"""`--explain` and `--profile`: the plan of a statement as a tree, with rows and time a step and what is worth a second look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.magics.written import Written
    from aiser_jupyter.query.explain import Plan, Step
    from aiser_jupyter.query.result import Result
    from aiser_jupyter.widgets.node import Node
    from aiser_jupyter.workspaces import Workspace

MOST = 200  # steps that are shown


@dataclass(frozen=True)
class Shown:
    """A plan to look at; ``result`` are the rows that the engine answered."""

    plan: Plan
    result: Result

    def __repr__(self) -> str:
        return self.plan.text()

    def _repr_html_(self) -> str:
        from aiser_jupyter.widgets.still import page

        return page(card(self.plan))


def plan(ws: Workspace, text: Written, params: Mapping[str, Any], *, timeout: float | None, ran: bool) -> Shown:
    """Ask the engine for the plan; ``ran`` has it run the statement and measure each step."""
    from aiser_jupyter.query import explain

    with text.places(above=1):
        result = ws.sql(explain.asked(text.sql, text.dialect, ran=ran), params=params, on=text.on, timeout=timeout)
        rows = result.rows()
    return Shown(explain.read(rows, text.dialect, ran=ran), result)


def card(plan: Plan) -> Node:
    """The tree of the plan's card."""
    from aiser_jupyter.widgets.node import node

    steps = plan.walk()
    longest = max((step.ms or 0.0 for _, step in steps), default=0.0)
    total = sum(step.ms or 0.0 for _, step in steps)
    told = [
        name
        for name, there in (
            ("Rows", any(s.rows is not None for _, s in steps)),
            ("Expected", any(s.expected is not None for _, s in steps)),
        )
        if there
    ]
    timed = plan.ran and longest > 0
    heads = ["Step", *told, *(["Time, ms", ""] if timed else [])]
    head = node("tr", "", *(node("th", "" if name in {"Step", ""} else "r", name, scope="col") for name in heads))
    rows = [_row(depth, step, told, total if timed else 0.0) for depth, step in steps[:MOST]]
    title = "What each step took" if timed else "How the engine would run it"
    more = f"{len(steps) - MOST} more steps are not shown" if len(steps) > MOST else ""
    hints = [node("li", "", hint) for hint in plan.hints]
    return node(
        "article",
        "card state",
        node("p", "lede", title),
        node("div", "wide", node("table", "tbl", node("thead", "", head), node("tbody", "", *rows))),
        node("p", "tnote", more) if more else None,
        *([node("h4", "", "Worth a second look"), node("ul", "ql", *hints)] if hints else []),
        role="group",
        aria_label="Query plan",
    )


def _row(depth: int, step: Step, told: list[str], total: float) -> Node:
    from aiser_jupyter.widgets.node import node

    label = node(
        "td", "", node("b", "", step.name), f"  {_cut(step.detail)}" if step.detail else None, style=f"padding-left:{min(depth, 20) * 18}px"
    )
    cells = [node("td", "r", _count(step.rows if name == "Rows" else step.expected)) for name in told]
    if not total:
        return node("tr", "", label, *cells)
    share = (step.ms or 0.0) / total
    bar = node(
        "svg",
        "meter",
        node("rect", "m-qt", width="64", height="4", rx="2"),
        node("rect", "on", width=f"{64 * share:.1f}", height="4", rx="2"),
        viewBox="0 0 64 4",
        width="64",
        height="4",
        role="img",
        aria_label=f"{share:.0%} of the time",
    )
    return node("tr", "", label, *cells, node("td", "r", "–" if step.ms is None else f"{step.ms:,.2f}"), node("td", "", bar))


def _count(number: float | None) -> str:
    return "–" if number is None else f"{number:,.0f}"


def _cut(text: str) -> str:
    return text if len(text) <= 160 else text[:159] + "…"
