"""Masks as SQL: what stands in the place of a column that a role may not read as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.catalog import Column
    from aiser_jupyter.policy import Mask

SALT = "aiser_salt"  # the parameter that a hash is made with: bound, so that no statement shows it
HIDDEN = "***"
_TEXT = {"mysql": "CHAR", "tsql": "VARCHAR(4000)", "fabric": "VARCHAR(4000)", "oracle": "VARCHAR2(4000)", "bigquery": "STRING", "spark": "STRING", "databricks": "STRING", "hive": "STRING", "clickhouse": "String", "sqlite": "TEXT"}  # fmt: skip
_JOINED = frozenset(
    {"mysql", "tsql", "fabric", "bigquery", "spark", "databricks", "hive", "clickhouse", "doris", "starrocks"}
)  # || is no concatenation


def masked(column: Column, mask: Mask, dialect: str) -> exp.Expr:
    """What is shown of ``column`` (quoted, of the table itself) under ``mask``; raises RefusedError where the engine has no way to do it.

    NULL stays NULL, so that what is not there does not look like something.
    """
    held = exp.column(exp.to_identifier(column.name, quoted=True))
    if mask.kind == "null":
        # Never a bare NULL: the column keeps its type.
        return _case(exp.EQ(this=_number(1), expression=_number(0)), held, None)
    if mask.kind == "constant":
        return _case(_known(held), exp.Literal.string(mask.text), None)
    if mask.kind == "bucket":
        return _bucket(column, held, mask, dialect)
    text = _text(held, dialect)
    if mask.kind == "hash":
        return _case(_known(held), _hash(text, dialect), None)
    size = int(mask.size)
    length = _call(_length(dialect), text)
    if mask.kind == "partial":
        kept = _call(
            _part(dialect),
            text.copy(),
            exp.Add(this=exp.Sub(this=length.copy(), expression=_number(size)), expression=_number(1)),
            _number(size),
        )
        shown = _joined(dialect, exp.Literal.string(HIDDEN), kept)
    else:
        shown = _joined(dialect, _call(_part(dialect), text.copy(), _number(1), _number(size)), exp.Literal.string(HIDDEN))
    # Of a short text the part would be nearly the whole.
    least = 2 * size if mask.kind == "partial" else size + 1
    short = exp.LT(this=length, expression=_number(least))
    return exp.Case(
        ifs=[exp.If(this=exp.Is(this=held, expression=exp.Null()), true=exp.Null()), exp.If(this=short, true=exp.Literal.string(HIDDEN))],
        default=shown,
    )


def _bucket(column: Column, held: exp.Expr, mask: Mask, dialect: str) -> exp.Expr:
    if mask.unit:
        made = _UNITS.get(dialect)
        if made is None:
            raise _impossible(column.name, "cut to the start of its time", dialect)
        start = made(held, mask.unit)
        if dialect not in _CUT_TO_ANOTHER or not column.db_type:
            return start
        return exp.Cast(this=start, to=exp.DataType.build(column.db_type, dialect=dialect))
    if column.type not in ("integer", "number"):
        raise RefusedError(f"The policy cuts {column.name} to steps, and it holds no numbers.", hint="Correct the policy: docs/policy.md.")
    width = _number(int(mask.size) if mask.size == int(mask.size) else mask.size)
    return exp.Mul(
        this=_call("FLOOR", exp.Div(this=exp.Mul(this=held, expression=_number("1.0")), expression=width)), expression=width.copy()
    )


def _truncated(held: exp.Expr, unit: str) -> exp.Expr:
    return _call("DATE_TRUNC", exp.Literal.string(unit), held)


def _of_sqlite(held: exp.Expr, unit: str) -> exp.Expr:
    starts = {"year": ["start of year"], "month": ["start of month"], "day": [], "week": ["weekday 0", "-6 days"]}
    if unit not in starts:
        raise RefusedError(f"SQLite cannot cut a date to its {unit}.", hint="Choose day, week, month or year in the policy.")
    return _call("DATE", held, *map(exp.Literal.string, starts[unit]))


def _of_mysql(held: exp.Expr, unit: str) -> exp.Expr:
    forms = {"year": "%Y-01-01", "month": "%Y-%m-01", "day": "%Y-%m-%d"}
    if unit not in forms:
        raise RefusedError(f"MySQL cannot cut a date to its {unit} here.", hint="Choose day, month or year in the policy.")
    return _call("DATE_FORMAT", held, exp.Literal.string(forms[unit]))


# Where cutting a date makes a timestamp or a text of it; the column keeps its type.
_CUT_TO_ANOTHER = frozenset({"duckdb", "postgres", "redshift", "mysql"})
_UNITS: dict[str, Callable[[exp.Expr, str], exp.Expr]] = {
    **dict.fromkeys(("duckdb", "postgres", "redshift", "snowflake", "spark", "databricks", "trino", "presto"), _truncated),
    "sqlite": _of_sqlite,
    "mysql": _of_mysql,
}


def _hash(text: exp.Expr, dialect: str) -> exp.Expr:
    """A fingerprint of ``text`` with the salt before it, by SHA-256."""
    salted = _joined(dialect, exp.Placeholder(this=SALT), text)
    if dialect in ("duckdb", "redshift"):
        return _call("SHA256", salted) if dialect == "duckdb" else _call("SHA2", salted, _number(256))
    if dialect == "postgres":
        return _call("ENCODE", _call("SHA256", _call("CONVERT_TO", salted, exp.Literal.string("UTF8"))), exp.Literal.string("hex"))
    if dialect in ("mysql", "snowflake", "spark", "databricks"):
        return _call("SHA2", salted, _number(256))
    if dialect == "bigquery":
        return _call("TO_HEX", _call("SHA256", salted))
    if dialect == "oracle":
        return _call("STANDARD_HASH", salted, exp.Literal.string("SHA256"))
    raise _impossible("A column", "masked by hash", dialect)


def _joined(dialect: str, *parts: exp.Expr) -> exp.Expr:
    if dialect in _JOINED:
        return _call("CONCAT", *parts)
    first, second = parts
    return exp.DPipe(this=first, expression=second)


def _text(held: exp.Expr, dialect: str) -> exp.Expr:
    return exp.Cast(this=held.copy(), to=exp.DataType.build(_TEXT.get(dialect, "VARCHAR"), dialect=dialect))


def _length(dialect: str) -> str:
    return {"tsql": "LEN", "fabric": "LEN", "mysql": "CHAR_LENGTH"}.get(dialect, "LENGTH")


def _part(dialect: str) -> str:
    return "SUBSTR" if dialect in ("sqlite", "oracle", "bigquery") else "SUBSTRING"


def _known(held: exp.Expr) -> exp.Expr:
    return exp.Not(this=exp.Is(this=held.copy(), expression=exp.Null()))


def _case(test: exp.Expr, then: exp.Expr, otherwise: exp.Expr | None) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=test, true=then)], default=otherwise)


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _number(value: float | str) -> exp.Expr:
    return exp.Literal.number(value)


def _impossible(what: str, done: str, dialect: str) -> RefusedError:
    return RefusedError(
        f"{what} is to be {done}, and {dialect} has no function for it that we know.", hint="Choose another mask in the policy, e.g. null."
    )
