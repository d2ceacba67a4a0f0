"""What each column is for: measured, grouped by, placed in time, or only a name for a row."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from aiser_jupyter.discover.table import column, first_row
from aiser_jupyter.format.meaning import SPLIT, Meaning, meaning

if TYPE_CHECKING:
    from aiser_jupyter.discover.table import Relation

MAX_LEVELS = 40
MAX_CATEGORIES = 30
MAX_MEASURES = 60
DENSE_ID = 100
TRUE_WORDS = {"yes", "y", "true", "t", "1"}
FALSE_WORDS = {"no", "n", "false", "f", "0"}
# A mean of these says more than their sum; the list holds words of measurement, not of any one data set.
AVERAGED = frozenset(
    (
        "price",
        "rate",
        "ratio",
        "share",
        "percent",
        "percentage",
        "pct",
        "average",
        "avg",
        "mean",
        "median",
        "score",
        "rating",
        "age",
        "temperature",
        "duration",
        "tenure",
        "margin",
        "speed",
        "discount",
        "weight",
        "height",
        "latitude",
        "longitude",
        "index",
        "level",
        "value",
        "balance",
        "stock",
    )
)
SUMMED = frozenset(
    (
        "amount",
        "quantity",
        "qty",
        "total",
        "totals",
        "sales",
        "revenue",
        "cost",
        "costs",
        "units",
        "orders",
        "count",
        "visits",
        "clicks",
        "profit",
        "spend",
        "spending",
        "hours",
        "volume",
    )
)
# What a business does things for or against; with money, what a reader asks about first.
OUTCOMES = frozenset(
    (
        "churn",
        "churned",
        "conversion",
        "converted",
        "bought",
        "purchased",
        "sold",
        "won",
        "lost",
        "renewed",
        "subscribed",
        "returned",
        "returns",
        "cancelled",
        "canceled",
        "refunded",
        "default",
        "defaulted",
        "fraud",
        "failed",
        "failure",
        "defect",
        "defects",
        "complaints",
        "late",
        "delayed",
        "response",
        "rating",
        "satisfaction",
        "units",
        "orders",
        "quantity",
        "outcome",
        "target",
    )
)
ASIDE = 0.75

Role = Literal["measure", "outcome", "category", "time", "id", "constant", "text"]


@dataclass(frozen=True)
class Field:
    """A column and its role.

    ``expression`` is its number or moment in DuckDB SQL, ``values`` the two words of an outcome (what counts, what does not); a category lists its
    levels by count. ``skew`` and ``kurtosis`` (in excess of the normal) are the moment coefficients.
    """

    name: str
    role: Role
    type: str
    expression: str
    rows: int
    distinct: int
    meaning: Meaning
    integer: bool = False
    mean: float = 0.0
    deviation: float = 0.0
    skew: float = 0.0
    kurtosis: float = 0.0
    minimum: Any = None
    maximum: Any = None
    levels: tuple[Any, ...] = ()
    values: tuple[Any, Any] | None = None
    text_dates: bool = False

    @property
    def summed(self) -> bool:
        """Whether values add up over rows: money and counts do, prices and ages do not."""
        words = {w.lower() for w in SPLIT.split(self.name) if w}
        return bool(words & SUMMED) and not words & AVERAGED

    @property
    def matters(self) -> float:
        """1 for money and outcomes such as churn or returns, less for what rows merely have."""
        words = {w.lower() for w in SPLIT.split(self.name) if w}
        return 1.0 if self.meaning.kind == "money" or words & OUTCOMES else ASIDE


@dataclass(frozen=True)
class Roles:
    """The fields of a table by what they are for; ``time`` is the one column that orders its rows, if there is one."""

    rows: int
    fields: tuple[Field, ...]

    def of(self, *roles: Role) -> tuple[Field, ...]:
        """The fields with one of ``roles``, in the table's order."""
        return tuple(f for f in self.fields if f.role in roles)

    @property
    def time(self) -> Field | None:
        """The time column with the most distinct moments."""
        return max(self.of("time"), key=lambda f: f.distinct, default=None)

    @property
    def groupings(self) -> tuple[Field, ...]:
        """What rows can be grouped by: categories, and outcomes that are words."""
        found = [f for f in self.fields if f.role == "category" or (f.role == "outcome" and f.levels)]
        return tuple(sorted(found, key=lambda f: f.distinct)[:MAX_CATEGORIES])

    @property
    def measures(self) -> tuple[Field, ...]:
        """What can differ and move: numbers and shares of an outcome."""
        return self.of("measure", "outcome")[:MAX_MEASURES]


def roles(relation: Relation) -> Roles:
    """Read the columns of ``relation`` in two passes: counts and moments, then the levels of what looks like a category."""
    types = dict(zip(*_types(relation), strict=True))
    if not types:
        return Roles(0, ())
    seen = first_row(
        relation.scan(
            f"SELECT count(*) AS n, {', '.join(_summary(i, n, t) for i, (n, t) in enumerate(types.items()))} FROM {relation.scanned}"  # noqa: S608  # quoted names and literals
        )
    )
    rows = int(seen["n"])
    fields = [_field(relation, name, kind, {k: seen.get(f"{k}{i}") for k in KEYS}, rows) for i, (name, kind) in enumerate(types.items())]
    return Roles(rows, tuple(fields))


KEYS = ("c", "d", "lo", "hi", "m", "s", "w", "k", "i", "t")


def _types(relation: Relation) -> tuple[list[str], list[str]]:
    described = relation.scan(f"SELECT * FROM {relation.scanned} LIMIT 0").schema  # noqa: S608  # quoted names and literals
    return described.names, [_db_type(field.type) for field in described]


def _db_type(arrow: Any) -> str:
    import pyarrow as pa

    tests = (
        (pa.types.is_boolean, "BOOLEAN"),
        (pa.types.is_integer, "INT"),
        (lambda t: pa.types.is_floating(t) or pa.types.is_decimal(t), "DOUBLE"),
        (lambda t: pa.types.is_timestamp(t) or pa.types.is_date(t), "TIMESTAMP"),
        (lambda t: pa.types.is_string(t) or pa.types.is_large_string(t) or pa.types.is_dictionary(t) or pa.types.is_string_view(t), "TEXT"),
    )
    return next((name for test, name in tests if test(arrow)), "OTHER")


def _summary(i: int, name: str, kind: str) -> str:
    c = column(name)
    parts = [f"count({c}) AS c{i}"]
    if kind in {"INT", "DOUBLE"}:
        x = f"CAST({c} AS DOUBLE)"
        finite = f"CASE WHEN isfinite({x}) THEN {x} END"
        parts = [f"count({finite}) AS c{i}", f"count(DISTINCT {c}) AS d{i}", f"min({finite}) AS lo{i}", f"max({finite}) AS hi{i}"]
        parts += [
            f"avg({finite}) AS m{i}",
            f"stddev_samp({finite}) AS s{i}",
            f"skewness({finite}) AS w{i}",
            f"kurtosis({finite}) AS k{i}",
            f"count(CASE WHEN {x} = floor({x}) THEN 1 END) AS i{i}",
        ]
    elif kind == "TIMESTAMP":
        parts += [f"count(DISTINCT {c}) AS d{i}", f"CAST(min({c}) AS TIMESTAMP) AS lo{i}", f"CAST(max({c}) AS TIMESTAMP) AS hi{i}"]
    elif kind == "TEXT":
        dated = f"TRY_CAST({c} AS TIMESTAMP)"
        parts += [f"count(DISTINCT {c}) AS d{i}", f"count({dated}) AS t{i}", f"min({dated}) AS lo{i}", f"max({dated}) AS hi{i}"]
    elif kind == "BOOLEAN":
        parts += [f"count(DISTINCT {c}) AS d{i}"]
    return ", ".join(parts)


def _field(relation: Relation, name: str, kind: str, seen: dict[str, Any], rows: int) -> Field:
    count, distinct = int(seen["c"] or 0), int(seen["d"] or 0)
    c = column(name)
    means = meaning(name, kind)

    def field(role: Role, expression: str = c, **more: Any) -> Field:
        return Field(name, role, kind, expression, count, distinct, means, **more)

    if distinct < 2 or kind == "OTHER":
        return field("constant" if kind != "OTHER" else "text")
    if kind == "TIMESTAMP":
        return field("time", f"CAST({c} AS TIMESTAMP)", minimum=seen["lo"], maximum=seen["hi"])
    if kind == "TEXT" and seen["t"] == count:
        return field("time", f"CAST({c} AS TIMESTAMP)", minimum=seen["lo"], maximum=seen["hi"], text_dates=True)
    if kind in {"TEXT", "BOOLEAN"}:
        return _worded(relation, field, c, distinct, rows)
    return _numbered(relation, field, c, seen, count, distinct, means)


def _worded(relation: Relation, field: Any, c: str, distinct: int, rows: int) -> Field:
    if distinct > MAX_LEVELS:
        return field("id" if distinct > rows / 2 else "text")
    levels = _levels(relation, c)
    pair = _truth(levels)
    if pair:
        return field("outcome", _indicator(c, pair), levels=levels, values=pair, **_rate(relation, _indicator(c, pair)))
    return field("category", levels=levels)


def _numbered(relation: Relation, field: Any, c: str, seen: dict[str, Any], count: int, distinct: int, means: Meaning) -> Field:
    low, high = seen["lo"], seen["hi"]
    integer = seen["i"] == count
    if integer and (low, high) == (0, 1):
        return field(
            "outcome", f"CAST({c} AS DOUBLE)", values=(1, 0), integer=True, mean=seen["m"], deviation=seen["s"], minimum=0, maximum=1
        )
    if means.kind in {"id", "code"}:
        return (
            field("category", levels=_levels(relation, c))
            if integer and 2 <= distinct <= MAX_LEVELS // 2
            else field("id", minimum=low, maximum=high)
        )
    if means.kind == "year" or (
        integer and distinct >= DENSE_ID and high - low + 1 == distinct and (distinct == count or abs(seen["w"] or 0) < 0.2)
    ):
        return field("id", integer=True, minimum=low, maximum=high)
    if low is None or not math.isfinite(seen["s"] or math.nan) or not seen["s"]:
        return field("constant")
    finite = f"CAST({c} AS DOUBLE)"
    return field(
        "measure", f"CASE WHEN isfinite({finite}) THEN {finite} END" if not integer else finite, integer=integer, mean=seen["m"], deviation=seen["s"],
        skew=_finite(seen["w"]),
        kurtosis=_finite(seen["k"]), minimum=low, maximum=high,
    )  # fmt: skip


def _finite(value: float | None) -> float:
    return value if value is not None and math.isfinite(value) else math.inf


def _levels(relation: Relation, c: str) -> tuple[Any, ...]:
    found = relation.scan(
        f"SELECT {c} AS level, count(*) AS n FROM {relation.scanned} WHERE {c} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, CAST(1 AS TEXT), 1"  # noqa: S608  # quoted names and literals
    )
    return tuple(found.column("level").to_pylist())


def _truth(levels: tuple[Any, ...]) -> tuple[Any, Any] | None:
    """The level that counts and the one that does not, where the two are a yes and a no."""
    if len(levels) != 2:
        return None
    words = {str(level).strip().lower(): level for level in levels}
    yes, no = words.keys() & TRUE_WORDS, words.keys() & FALSE_WORDS
    return (words[yes.pop()], words[no.pop()]) if len(yes) == len(no) == 1 else None


def _indicator(c: str, pair: tuple[Any, Any]) -> str:
    from aiser_jupyter.discover.table import literal

    return f"CASE WHEN {c} = {literal(pair[0])} THEN 1.0 WHEN {c} = {literal(pair[1])} THEN 0.0 END"


def _rate(relation: Relation, expression: str) -> dict[str, float]:
    row = first_row(relation.scan(f"SELECT avg({expression}) AS m, stddev_samp({expression}) AS s FROM {relation.scanned}"))  # noqa: S608  # quoted names and literals
    return {"mean": row["m"], "deviation": row["s"], "minimum": 0, "maximum": 1}
