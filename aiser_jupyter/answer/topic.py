"""Which table a wish is about, and which of its numbers matter."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.answer import star as stars
from aiser_jupyter.ask.restate.phrase import words
from aiser_jupyter.format import noun

if TYPE_CHECKING:
    from aiser_jupyter.answer.star import Star
    from aiser_jupyter.catalog import Catalog, Table
    from aiser_jupyter.catalog.semantic import Metric

WORD = re.compile(r"[^\W\d_]{3,}")
# What people say around the thing they mean.
AROUND = frozenset(
    """
    a about action actions advice advise all an analyse analysis analyze and answer any anything are best better board boards build building business can
    chart charts company could create creating daily dashboard dashboards data day design did display do does doing draw executive explore figure figures
    find focus for from get give going good graph graphs had has have here how important improve improving indicator indicators insight insights
    interesting into is it's its key know kpi kpis last layout let level look looking main make making management metric metrics month monthly most my
    need next notable now number numbers odd our out over overview pattern patterns performance picture please plot plots present quarter quarterly
    recommend recommendation recommendations report result results see should show showing some something stand stands steps strange suggest suggestion
    suggestions summary table tables take team tell that the them there these this those time top track unusual use view views visual visualise visualize
    want was watch week weekly were what when where which who why will with would year yearly you
    """.split()  # noqa: SIM905  # words read better as words
)
# Words for what a business sells and earns, which few schemas name so.
MEANT: dict[str, frozenset[str]] = {
    "sale": frozenset({"sale", "order", "invoice", "revenue", "sold", "amount", "transaction", "purchase"}),
    "revenue": frozenset({"revenue", "sale", "order", "invoice", "amount", "turnover"}),
    "turnover": frozenset({"revenue", "sale", "order", "invoice", "amount", "turnover"}),
    "client": frozenset({"customer", "client"}),
    "customer": frozenset({"customer", "client"}),
    "staff": frozenset({"employee", "staff"}),
    "employee": frozenset({"employee", "staff"}),
    "churn": frozenset({"churn", "churned"}),
    "product": frozenset({"product", "item", "article", "track"}),
}


@dataclass(frozen=True)
class Topic:
    """A star with its metrics, the most telling first; ``missing`` are words of the wish that nothing in the data stands for."""

    star: Star
    metrics: tuple[Metric, ...]
    missing: tuple[str, ...] = ()


def topic(catalog: Catalog, wish: str) -> Topic | None:
    """The table that the words of ``wish`` point to; where they name nothing, the one that says most.

    None where no table has rows, and where nothing that the wish names is there (see `missing`).
    """
    asked = said(wish)
    found = [(score(catalog, table, asked), table) for table in catalog.tables if table.row_count]
    if not found or (asked and missing(catalog, asked) == asked):
        return None
    best = max(found, key=lambda pair: (pair[0], pair[1].row_count or 0, pair[1].name))[1]
    star = stars.star(catalog, best)
    return Topic(star, metrics(catalog, best, asked), missing(catalog, asked))


def said(wish: str) -> tuple[str, ...]:
    """The words of a wish that may name something in the data, in the singular."""
    return tuple(
        dict.fromkeys(
            noun.singular(word) for word in WORD.findall(wish.casefold()) if word not in AROUND and noun.singular(word) not in AROUND
        )
    )


def missing(catalog: Catalog, asked: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the words that no table, column or stored value has."""
    known = {
        noun.singular(word)
        for table in catalog.tables
        for text in (table.name, *(c.name for c in table.columns))
        for word in words(text).split()
    }
    return tuple(word for word in asked if not (meant(word) & known))


def meant(word: str) -> frozenset[str]:
    """The word and others for the same."""
    return MEANT.get(word, frozenset()) | {word}


def score(catalog: Catalog, table: Table, asked: tuple[str, ...]) -> float:
    """How much a table says of the words, and by itself: tables with sums, times and keys say most."""
    own = {noun.singular(word) for word in words(table.name).split()}
    inside = {noun.singular(word) for c in table.columns for word in words(c.name).split()}
    named = sum(4.0 * bool(meant(word) & own) + 1.5 * bool(meant(word) & inside) + 1.0 * (word in own) for word in asked)
    of = stars.star(catalog, table)
    sums = [metric for metric in proposed(catalog, table) if not metric.sql.startswith("count(")]
    weight = (
        1.5 * bool(sums)
        + 1.0 * (stars.moment(of) is not None)
        + 0.5 * min(len(of.reach) - 1, 3)
        + 0.15 * math.log10(1 + (table.row_count or 0))
    )
    # A table that is named as it is called is meant.
    exact = own <= set(asked)
    return named + weight + 5.0 * exact


def metrics(catalog: Catalog, table: Table, asked: tuple[str, ...] = ()) -> tuple[Metric, ...]:
    """The metrics of a table: those named first, then sums of money, other sums, the number of rows, averages."""
    wanted = frozenset(word for one in asked for word in meant(one))

    def order(metric: Metric) -> tuple[bool, int, str]:
        own = {noun.singular(word) for word in words(metric.name).split()}
        kind = 3 if metric.sql.startswith("avg(") else 2 if metric.sql.startswith("count(") else 0 if metric.name == "revenue" else 1
        return (not own & wanted, kind, metric.name)

    return tuple(sorted(proposed(catalog, table), key=order))


def proposed(catalog: Catalog, table: Table) -> list[Metric]:
    """The metrics that a table's names and types speak for; sums of prices and rates are none."""
    from aiser_jupyter.query.propose import propose

    kept = _PROPOSED.get(id(catalog))
    if kept is None or kept[0] is not catalog:
        _PROPOSED.clear()
        kept = _PROPOSED[id(catalog)] = (catalog, propose(catalog).metrics)
    return [metric for metric in kept[1] if metric.table == table.name]


# The last catalog whose metrics were worked out; it is the one that is asked for next.
_PROPOSED: dict[int, tuple[Catalog, tuple[Metric, ...]]] = {}


def name(metric: Metric) -> str:
    """The metric in words."""
    if metric.sql.startswith("count("):
        return f"number of {noun.plural(words(metric.table))}"
    head, _, rest = metric.name.partition(" ")
    return f"{head} {words(rest)}" if rest and head in {"total", "average"} else words(metric.name)
