"""The parts of a dashboard on a topic: key figures, the main one over time, and by what it differs; each with its query and its chart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from sqlglot import exp

from aiser_jupyter.answer import star as stars
from aiser_jupyter.answer import topic as topics
from aiser_jupyter.errors import AiserError
from aiser_jupyter.format import noun

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.answer.star import Place, Star
    from aiser_jupyter.answer.topic import Topic
    from aiser_jupyter.catalog.semantic import Metric
    from aiser_jupyter.context import Context
    from aiser_jupyter.query.result import Result
    from aiser_jupyter.spec import ChartSpec

Width = Literal["third", "half", "full"]
KPIS = 3
TOP = 10
SPLIT = 6  # groups that a picture over time can hold apart
COLUMNS = {"third": 4, "half": 6, "full": 12}


@dataclass(frozen=True)
class Tile:
    """One part: what it shows and why, the statement behind it with its rows, its chart, and its place: a row, and a width of a grid of twelve."""

    title: str
    reason: str
    sql: str
    result: Result
    spec: ChartSpec
    width: Width = "half"
    row: int = 0

    @property
    def columns(self) -> int:
        """How many of twelve columns it takes."""
        return COLUMNS[self.width]


@dataclass(frozen=True)
class Draft:
    """A tile before its query ran."""

    title: str
    reason: str
    query: exp.Select
    width: Width
    kind: str = ""
    question: str = ""


def tiles(context: Context, topic: Topic) -> tuple[Tile, ...]:
    """The tiles of a topic, in the order of reading; a part whose query fails or yields nothing is left out."""
    found: list[Tile] = []
    for draft in drafts(topic):
        tile = ran(context, topic.star, draft)
        if tile is not None:
            found.append(tile)
    return placed(found)


def drafts(topic: Topic) -> Iterator[Draft]:
    """What is worth showing: figures, time, differences, the top, and how time and difference go together."""
    star, dialect = topic.star, topic.star.catalog.dialect
    for metric in topic.metrics[:KPIS]:
        yield Draft(sentence(topics.name(metric)), "", figure(star, metric), "third", "kpi")
    if not topic.metrics:
        return
    main = topic.metrics[0]
    called = topics.name(main)
    when = stars.moment(star)
    groups = stars.groupings(star)[:3]
    if when is not None:
        grain = stars.grain(when)
        query = timed(star, main, when, grain, dialect)
        yield Draft(
            f"{sentence(called)} per {grain}", f"Whether {called} rises or falls, and when.", query, "full", "line", f"{called} per {grain}"
        )
    for group in groups[:2]:
        few = group.column.statistics is not None and group.column.statistics.distinct <= TOP
        query = by(star, main, group, None if few else TOP)
        title = f"{sentence(called)} by {group.name}" if few else f"Top {noun.plural(group.name)} by {called}"
        yield Draft(title, f"Where {called} comes from: {group.name} tells groups apart.", query, "half", "", f"{called} by {group.name}")
    for label in stars.labels(star)[:1]:
        yield Draft(
            f"Top {noun.plural(label.name)} by {called}",
            f"Who or what counts most for {called}.",
            by(star, main, label, TOP),
            "half",
            "horizontal_bar",
            "top",
        )
    split = next((g for g in groups if g.column.statistics is not None and g.column.statistics.distinct <= SPLIT), None)
    if when is not None and split is not None:
        grain = stars.grain(when)
        query = timed(star, main, when, grain, dialect, split)
        title = f"{sentence(called)} per {grain} by {split.name}"
        yield Draft(
            title, f"Whether a {split.name} moves apart from the others.", query, "half", "", f"{called} per {grain} by {split.name}"
        )
    if len(topic.metrics) > 1 and groups:
        second = topic.metrics[1]
        title = f"{sentence(topics.name(second))} by {groups[0].name}"
        yield Draft(title, f"The same groups by {topics.name(second)}, to compare.", by(star, second, groups[0], TOP), "half", "", title)


def ran(context: Context, star: Star, draft: Draft) -> Tile | None:
    """The tile of a draft; None where there is nothing to show."""
    from aiser_jupyter.chart.choose import choose, of_kind
    from aiser_jupyter.query import run

    sql = draft.query.sql(dialect=star.catalog.dialect)
    try:
        result = run(context, sql, on=star.catalog.source, origin="ask")
        table = result.arrow()
        if not table.num_rows or all(table.column(place).null_count == table.num_rows for place in range(table.num_columns)):
            return None
        spec = choose(table, draft.question)
        if draft.kind and spec.kind != draft.kind:
            spec = replace(of_kind(table, draft.kind, draft.question), reason="")
    except AiserError:
        return None  # what cannot be drawn from these rows is no part of the dashboard
    return Tile(draft.title, draft.reason, sql, result, spec, draft.width)


def placed(found: list[Tile]) -> tuple[Tile, ...]:
    """The tiles row by row; a half or third that would stand alone in its row grows to fill it."""
    rows: list[list[Tile]] = []
    room = 0
    for tile in found:
        if tile.columns > room:
            rows.append([])
            room = 12
        rows[-1].append(tile)
        room -= tile.columns
    grown: list[Tile] = []
    for number, row in enumerate(rows):
        width: Width = {1: "full", 2: "half"}.get(len(row), "third")  # type: ignore[assignment]  # the three widths
        grown += [replace(tile, row=number, width=width if sum(t.columns for t in row) < 12 else tile.width) for tile in row]
    return tuple(grown)


def figure(star: Star, metric: Metric) -> exp.Select:
    """``SELECT metric FROM table``."""
    return stars.select(star, [alias(star, metric)])


def timed(star: Star, metric: Metric, when: Place, grain: stars.Grain, dialect: str, split: Place | None = None) -> exp.Select:
    """The metric for each period, and each group where there is a ``split``."""
    start = exp.alias_(stars.bucket(when, grain, dialect), grain, quoted=True)
    others = [exp.alias_(stars.column(split), split.name, quoted=True)] if split is not None else []
    query = stars.select(star, [start, *others, alias(star, metric)], [when, *([split] if split is not None else [])])
    query = query.where(exp.Not(this=exp.Is(this=stars.column(when), expression=exp.Null())))
    keys = [start.this.copy(), *([stars.column(split)] if split is not None else [])]
    return query.group_by(*keys).order_by(*(key.copy() for key in keys))


def by(star: Star, metric: Metric, group: Place, most: int | None) -> exp.Select:
    """The metric for each value of ``group``, the largest first."""
    shown = [exp.alias_(stars.column(group), group.name, quoted=True), alias(star, metric)]
    query = stars.select(star, shown, [group]).where(exp.Not(this=exp.Is(this=stars.column(group), expression=exp.Null())))
    ordered = query.group_by(stars.column(group)).order_by(
        exp.Ordered(this=stars.measured(metric, star), desc=True, nulls_first=False),
        exp.Ordered(this=stars.column(group), nulls_first=True),
    )
    return ordered.limit(most) if most else ordered


def alias(star: Star, metric: Metric) -> exp.Expr:
    """The metric under its name."""
    return exp.alias_(stars.measured(metric, star), topics.name(metric), quoted=True)


def sentence(text: str) -> str:
    """``text`` with a capital at its start."""
    return text[:1].upper() + text[1:]
