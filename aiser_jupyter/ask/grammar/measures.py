"""Business measures that a schema holds without naming them: revenue as price times quantity less discount, units as quantity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.ask.plan import ColumnRef, Formula
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.ask.plan import Aggregate, Expression
    from aiser_jupyter.ask.schema import ColumnView, Schema, TableView

REVENUE = frozenset(map(stem, bag("revenue revenues sales turnover income proceeds gmv spend spent spending")))
UNITS = frozenset(map(stem, bag("units quantity quantities pieces volume")))
PROFIT = frozenset(map(stem, bag("profit profits earnings")))
ARREARS = frozenset(map(stem, bag("arrears owed owing")))
CLAIMED, SETTLED = frozenset(map(stem, bag("due billed charged invoiced total"))), frozenset(map(stem, bag("paid received settled")))
KEYS = frozenset(map(stem, bag("key id ids number no code nr year month day quarter")))
CHARGED = frozenset(map(stem, bag("charge charges fare fares fee fees")))
EACH = frozenset(map(stem, bag("unit each standard list")))
BACK = frozenset(
    map(
        stem,
        bag(
            "return returns refund refunds quota budget target plan forecast stock inventory purchase purchases claim claims expense expenses payroll salary salaries fine fines"
        ),
    )
)
PRICE = frozenset(map(stem, bag("price cost rate amount")))
# What lies in store or is but planned is nothing that was sold.
HELD = frozenset(map(stem, bag("stock stocked inventory reorder hand available reserved minimum min max maximum safety warehouse onhand")))
BILL = frozenset(map(stem, bag("total amount")))
# What is but a part of a bill, or no income at all.
PARTS = frozenset(
    map(
        stem,
        bag(
            "discount tax vat gst tip gratuity freight shipping refund deposit cost due outstanding balance minimum min max limit credit paid crd"
        ),
    )
)
MONEY = frozenset(map(stem, bag("usd eur gbp chf cad aud jpy dollar euro cent cents pence")))
# Tables of what was sold, and words that make an amount something else than what such a row brought in.
SOLD = frozenset(map(stem, bag("sale sales order orders invoice invoices bill bills billing booking bookings checkout")))
WISHED = frozenset(
    map(
        stem,
        bag(
            "goal target budget quota expected estimated estimate planned forecast reimbursed credit credited crd yearly annual household salary"
        ),
    )
)
RATES = frozenset(
    stem(w)
    for w in [
        "price",
        "rate",
        "discount",
        "age",
        "rating",
        "score",
        "percent",
        "percentage",
        "ratio",
        "temperature",
        "average",
        "margin",
        "grade",
        "level",
    ]
)


@dataclass(frozen=True)
class Measure:
    """Something that can be added up: an expression, how it is usually summed up, the table whose rows it counts, and what it takes for granted."""

    expression: Expression
    aggregate: Aggregate
    table: str
    assumption: str = ""


def revenue(schema: Schema) -> Measure | None:
    """What was earned: a column of that name, else price times quantity of a line, else the total of a bill; None where there is none.

    A metric of the semantic model stands before them all.
    """
    if schema.definitions and (said := schema.definitions.metric_among(REVENUE)):
        return said
    return recorded(schema)


def recorded(schema: Schema) -> Measure | None:
    """As ``revenue``, by the names of the columns alone."""
    return schema.earned


def found(schema: Schema) -> Measure | None:
    """``recorded``, looked for anew."""
    if named := streams(schema):
        return Measure(named[0].ref, "sum", named[0].ref.table, f"revenue is the sum of {named[0].ref.table}.{named[0].ref.column}")
    billed, line = _billed(schema), schema.line
    if billed and line and _sold(schema, line.table) and not _sold(schema, billed.ref.table):
        billed = None
    charged = billed or (None if line else _charged(schema))
    if charged:
        return Measure(charged.ref, "sum", charged.ref.table, f"revenue is the sum of {charged.ref.table}.{charged.ref.column}")
    return line


def streams(schema: Schema) -> list[ColumnView]:
    """The columns that are called revenue or sales, of what happened before what somebody is; those of several tables are revenues of several kinds."""
    named = [
        c
        for c in schema.columns
        if amount(c) and set(c.stems) & REVENUE and len(c.stems) <= 2 and not (set(c.stems) & WISHED or _back(schema, c))
    ]
    named = [c for c in named if not schema.tables[c.table].derived]
    return [c for c in named if schema.tables[c.table].parents] or named


def _billed(schema: Schema) -> ColumnView | None:
    """The total of the first kind of dated bills, of those that were sold before others: what is left after discounts rather than before them; what was paid for each where that is all."""
    for table in sorted(schema.tables, key=lambda table: not set(table.stems) & SOLD):
        own = [schema.columns[i] for i in table.columns]
        if table.derived or set(table.stems) & BACK or not _moments(own):
            continue
        totals = [(_plainly(c), c) for c in own if amount(c) and not set(c.stems) & WISHED]
        found = [(words, c) for words, c in totals if (words[-1] in BILL or words == (stem("total"),)) and not set(words) & PARTS]
        if found:
            return max(found, key=lambda one: (stem("net") in one[0], stem("gross") not in one[0], -one[1].position))[1]
        paid = [c for words, c in totals if len(words) == 2 and stem("paid") in words and set(words) & PRICE]
        if len(paid) == 1 and table.parents and not any(stem("quantity") in c.stems for c in own if c.numeric):
            return paid[0]
    return None


def _sold(schema: Schema, table: str) -> bool:
    """Whether a table tells what was sold: by its own name, or by that of what its rows are parts of."""
    owners = {key.ref_table for key in schema.catalog.keys if key.table == table and key.ref_table in schema.table_index}
    return any(set(schema.table(name).stems) & SOLD for name in (table, *owners))


def _plainly(view: ColumnView) -> tuple[str, ...]:
    """The stems of a column's name without its currency."""
    return tuple(word for word in view.stems if word not in MONEY) or view.stems


def _moments(views: list[ColumnView]) -> list[ColumnView]:
    """Those of a table's columns that date its rows; in a warehouse they are keys of its calendar."""
    return [view for view in views if view.temporal or (view.foreign and stem("date") in view.stems)]


def _charged(schema: Schema) -> ColumnView | None:
    """What was charged, in the table of the most events, where there is no bill and no line."""
    found = [c for c in schema.columns if amount(c) and c.stems[-1] in CHARGED and _dated(schema, c) and not _back(schema, c)]
    return max(found, key=lambda c: (c.rows, -c.position), default=None)


def beside(schema: Schema, table: str) -> Measure | None:
    """What the rows of one table add up to: its amount, total or charge; None where it has none, or several."""
    views = [schema.columns[i] for i in schema.table(table).columns]
    found = [c for c in views if amount(c) and c.stems[-1] in {stem("amount"), stem("total"), *CHARGED}]
    if len(found) != 1:
        return None
    return Measure(found[0].ref, "sum", table, f"revenue is the sum of {table}.{found[0].ref.column}")


def owed(schema: Schema) -> Measure | None:
    """What is still to be paid: the one amount due less the one paid of the same row; None where a row may have no amount paid at all."""
    for table in schema.tables:
        own = [schema.columns[i] for i in table.columns if amount(schema.columns[i])]
        paid = [c for c in own if set(c.stems) & SETTLED]
        due = [c for c in own if set(c.stems) & CLAIMED and c not in paid]
        if len(due) == len(paid) == 1 and not table.derived and schema.filled(paid[0].ref) and schema.filled(due[0].ref):
            said = f"what is owed is {table.name}.{due[0].ref.column} less {paid[0].ref.column}"
            return Measure(Formula("owed", (due[0].ref,), less=paid[0].ref), "sum", table.name, said)
    return None


def profit(schema: Schema) -> Measure | None:
    """What was left: a column of that name, else revenue less the cost in the same row; None where the data has no cost."""
    named = _first(schema, lambda c: amount(c) and c.stems[-1] in (stem("profit"), stem("margin")))
    if named:
        return Measure(named.ref, "sum", named.ref.table, f"profit is the sum of {named.ref.table}.{named.ref.column}")
    earned = revenue(schema)
    if earned is None or not isinstance(earned.expression, ColumnRef):
        return None
    cost = _first(schema, lambda c: c.ref.table == earned.table and amount(c) and stem("cost") in c.stems and not set(c.stems) & EACH)
    if cost is None:
        return None
    said = f"profit is {earned.expression.column} − {cost.ref.column} of {earned.table}"
    return Measure(Formula("profit", (earned.expression,), less=cost.ref), "sum", earned.table, said)


def amount(view: ColumnView) -> bool:
    """Whether a column holds amounts that can be added up, and not keys or numbers of things."""
    return view.numeric and not view.foreign and not view.primary and view.stems[-1] not in KEYS


def adds_up(view: ColumnView, lower: set[str], *, trade: bool) -> bool:
    """Whether "how many" of a column means its sum: how many seats, of data where each row says how many it has."""
    plain = amount(view) and not set(view.stems) & (RATES | PRICE) and view.low != view.high
    return plain and trade and view.stems[-1] not in ("id", "year") and not lower & {"different", "distinct", "unique", "various"}


def _back(schema: Schema, view: ColumnView) -> bool:
    """Whether a column is of what came back, or was only planned."""
    return bool(set(schema.tables[view.table].stems) & BACK)


def line_revenue(schema: Schema) -> Measure | None:
    """What a line of an order earned, for breakdowns finer than a bill; the metric of the semantic model where it has one."""
    if schema.definitions and (said := schema.definitions.metric_among(REVENUE)):
        return said
    line, told = schema.line, recorded(schema)
    return told if line and told and told.table == line.table else line


def line(schema: Schema) -> Measure | None:
    """What a line of an order earned, by the names of the columns alone; `Schema.line` keeps it."""
    return next((found for table in schema.tables if (found := line_of(schema, table)) is not None), None)


def line_of(schema: Schema, table: TableView) -> Measure | None:
    """What the lines that a table holds come to: their net amount, else price times quantity; None where it holds none that were sold."""
    columns = [schema.columns[i] for i in table.columns]
    if set(table.stems) & (BACK | HELD) or table.derived:
        return None
    quantity = next((c for c in columns if _pieces(c)), None)
    price = next((c for c in columns if c.numeric and set(c.stems) & PRICE and not c.foreign and c is not quantity), None)
    if not quantity or not price:
        return None
    if whole := _whole(columns, price):
        return Measure(whole.ref, "sum", table.name, f"revenue is the sum of {table.name}.{whole.ref.column}")
    discount = next(
        (c for c in columns if c.numeric and c.stems == (stem("discount"),) and isinstance(c.high, (int, float)) and c.high <= 1),
        None,
    )
    said = f"{price.ref.column} × {quantity.ref.column}" + (f" × (1 − {discount.ref.column})" if discount else "")
    formula = Formula("revenue", (price.ref, quantity.ref), discount.ref if discount else None)
    return Measure(formula, "sum", table.name, f"revenue is {said} of {table.name}")


def _whole(columns: list[ColumnView], price: ColumnView) -> ColumnView | None:
    """What a line comes to beside the price of one piece: the net amount, the total of the line."""
    told = [c for c in columns if c is not price and amount(c) and set(c.stems) & {stem("net"), stem("line"), stem("extended")}]
    found = [c for c in told if _plainly(c)[-1] in BILL and not set(c.stems) & (PARTS - {stem("line")})]
    return max(found, key=lambda c: stem("net") in c.stems) if found and not set(price.stems) & BILL else None


def _pieces(view: ColumnView) -> bool:
    """Whether a column says how many pieces went in a row, and not how many there are."""
    return view.numeric and not view.foreign and stem("quantity") in view.stems and "per" not in view.stems and not set(view.stems) & HELD


def of_kinds(schema: Schema, table: str, homes: list[str]) -> Measure | None:
    """What the rows add up to that values in ``homes`` are kinds of, where each row of ``table`` has several of them: minibar revenue."""
    for home in homes:
        path = schema.graph.path((table, home))
        if home != table and path and schema.graph.multiplies(path, table) and not schema.graph.multiplies(path, home):
            return beside(schema, home)
    return None


def units(schema: Schema) -> Measure | None:
    """How many pieces were sold: the quantity of an order's lines, or the metric of that name."""
    if schema.definitions and (said := schema.definitions.metric_among(UNITS)):
        return said
    found = schema.line
    if found is None:
        return None
    pieces = next(schema.columns[i] for i in schema.table(found.table).columns if _pieces(schema.columns[i]))
    return Measure(pieces.ref, "sum", found.table, f"units are the sum of {found.table}.{pieces.ref.column}")


def of_column(view: ColumnView) -> Measure:
    """A numeric column as a measure: rates are averaged, amounts added up."""
    return Measure(view.ref, "avg" if set(view.stems) & RATES else "sum", view.ref.table)


def _dated(schema: Schema, view: ColumnView) -> bool:
    return bool(_moments([schema.columns[i] for i in schema.tables[view.table].columns]))


def _first(schema: Schema, test: Callable[[ColumnView], bool]) -> ColumnView | None:
    return next((view for view in schema.columns if not schema.tables[view.table].derived and test(view)), None)
