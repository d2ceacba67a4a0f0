"""Values in English: columns, literals, arithmetic, functions, aggregates."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.ask.restate import phrase
from aiser_jupyter.ask.restate.say import raw, say, words
from aiser_jupyter.format import noun, number

if TYPE_CHECKING:
    from aiser_jupyter.ask.restate.scope import Scope

ARITHMETIC = {exp.Add: "+", exp.Sub: number.MINUS, exp.Mul: "×", exp.Div: "÷", exp.Mod: "modulo", exp.IntDiv: "÷"}
FUNCTIONS = {
    exp.Length: "length of",
    exp.Lower: "lower-case",
    exp.Upper: "upper-case",
    exp.Abs: "absolute",
    exp.Trim: "trimmed",
    exp.Floor: "rounded-down",
    exp.Ceil: "rounded-up",
    exp.Sqrt: "square root of",
    exp.Stddev: "standard deviation of",
    exp.StddevSamp: "sample standard deviation of",
    exp.StddevPop: "population standard deviation of",
    exp.Variance: "variance of",
    exp.VariancePop: "population variance of",
    exp.Median: "median",
    exp.Sum: "total",
    exp.Avg: "average",
    exp.GroupConcat: "list of",
    exp.ArrayAgg: "list of",
    exp.AnyValue: "any",
    exp.Mode: "most common",
}
WHOLE = frozenset(("INT", "BIGINT", "SMALLINT", "TINYINT", "HUGEINT", "INTEGER"))
REAL = frozenset(("FLOAT", "DOUBLE", "DECIMAL", "REAL"))


@words(exp.Column)
def _column(node: exp.Column, scope: Scope) -> str:
    place = scope.place(node)
    known = place.table.column(node.name) if place and place.table else None
    if node.this.args.get("quoted") and not node.table and scope.dialect == "sqlite" and known is None:
        return phrase.day(node.name) or phrase.quoted(node.name)  # SQLite reads a double-quoted name that is no column as text
    if isinstance(node.this, exp.Star):
        return f"all columns of {noun.plural(place.noun) if place else node.table}"
    return scope.name(node)


@words(exp.Star)
def _star(node: exp.Star, scope: Scope) -> str:
    return raw(node, scope) if any(node.args.values()) else "all columns"


@words(exp.Literal)
def _literal(node: exp.Literal, _: Scope) -> str:
    if node.is_string:
        return phrase.day(node.name) or phrase.quoted(node.name)
    if len(node.name) == 4 and node.name.isdigit():
        return node.name  # it may be a year
    try:
        return number.text(Decimal(node.name), style="exact")
    except ArithmeticError:
        return node.name


@words(exp.Null)
def _null(_: exp.Null, __: Scope) -> str:
    return "missing"


@words(exp.Boolean)
def _boolean(node: exp.Boolean, _: Scope) -> str:
    return "true" if node.this else "false"


@words(exp.Neg)
def _negative(node: exp.Neg, scope: Scope) -> str:
    return number.MINUS + say(node.this, scope)


@words(exp.Paren)
def _bracket(node: exp.Paren, scope: Scope) -> str:
    inner = say(node.this, scope)
    return (
        f"({inner})"
        if isinstance(node.this, exp.Binary | exp.Not) and node.parent and not isinstance(node.parent, exp.Where | exp.Having | exp.Alias)
        else inner
    )


@words(exp.Alias)
def _alias(node: exp.Alias, scope: Scope) -> str:
    return say(node.this, scope)


@words(exp.Add, exp.Mod, exp.IntDiv)
def arithmetic(node: exp.Binary, scope: Scope) -> str:
    """Two values and the sign between them; a hundred times a share is a percent share."""
    if isinstance(node, exp.Mul) and isinstance(node.left, exp.Literal) and node.left.name in {"100", "100.0"}:
        part = say(node.right.unnest(), scope)
        if part.startswith(("share of ", "relative change of ")):
            return f"percent {part.removeprefix('relative ')}"
    if isinstance(node, exp.Mul) and isinstance(node.left, exp.Literal) and node.left.name == "1.0":
        return say(node.right, scope)  # only makes a fraction of a whole number
    said = f"{say(node.left, scope)} {ARITHMETIC[type(node)]} {say(node.right, scope)}"
    whole = isinstance(node, exp.IntDiv) or (
        isinstance(node, exp.Div) and node.args.get("typed") and is_whole(node.left, scope) and is_whole(node.right, scope)
    )
    return f"whole part of ({said})" if whole else said


def is_whole(node: exp.Expr, scope: Scope) -> bool:
    """Whether a value is surely an integer, so that dividing by another drops the rest in some dialects."""
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return not node.is_string and node.name.isdigit()
    if isinstance(node, exp.Column):
        known = scope.column(node)
        return bool(known and known.type == "integer")
    if isinstance(node, exp.Sum | exp.Min | exp.Max):
        return is_whole(node.this, scope)
    return isinstance(node, exp.Count) or (
        isinstance(node, exp.Add | exp.Sub | exp.Mul) and is_whole(node.left, scope) and is_whole(node.right, scope)
    )


@words(*FUNCTIONS)
def _function(node: exp.Func, scope: Scope) -> str:  # noqa: PLR0911  # one return a form of operand is the clearest table
    if any(value for key, value in node.args.items() if key not in {"this", "big_int"} and not (key == "separator" and value is None)):
        return general(node, scope)
    operand = node.this.unnest() if isinstance(node.this, exp.Paren) else node.this
    if isinstance(operand, exp.Distinct):
        return f"{FUNCTIONS[type(node)]} distinct {phrase.listing([say(e, scope) for e in operand.expressions])}"
    if (
        isinstance(node, exp.Sum | exp.Avg)
        and isinstance(operand, exp.Case | exp.If)
        and (only := conditional(operand, scope, zero=isinstance(node, exp.Sum)))
    ):
        return (
            f"{FUNCTIONS[type(node)]} {only}"
            if only[0] != "("
            else f"count of {rows(scope)} {only}"
            if isinstance(node, exp.Sum)
            else general(node, scope)
        )
    said = say(operand, scope)
    if isinstance(node, exp.Sum) and is_total(operand, scope):
        return f"total of all {rows_of(operand, scope)}"
    if isinstance(node, exp.Sum) and said.startswith("total"):
        return f"sum of {said}"
    if isinstance(node, exp.AggFunc) and (one := of_one(operand, scope)):
        return f"{FUNCTIONS[type(node)]} {one}"
    return f"{FUNCTIONS[type(node)]} {f'({said})' if isinstance(operand, exp.Binary) else said}"


def of_one(node: exp.Expr, scope: Scope, *, bracket: bool = True) -> str:
    """``unit price × quantity of invoice lines`` for a value of one of several tables, which is named once; else empty."""
    columns = list(node.find_all(exp.Column))
    place = scope.local(columns[0]) if columns and len(scope.places) > 1 and not scope.correlated else None
    if (
        place is None
        or not place.name
        or any(scope.local(c) is not place for c in columns)
        or node.find(exp.Query, exp.AggFunc, exp.Case, exp.If)
    ):
        return ""
    said = say(node, replace(scope, places=(place,)))
    return f"{f'({said})' if isinstance(node, exp.Binary) and bracket else said} of {noun.plural(place.noun)}"


def is_total(node: exp.Expr, scope: Scope) -> bool:
    """Whether ``node`` is the column that is called but ``total`` of a table."""
    place = scope.local(node) if isinstance(node, exp.Column) and not scope.correlated else None
    return place is not None and bool(place.name) and node.name.casefold() == "total"


def rows_of(node: exp.Expr, scope: Scope) -> str:
    """What the rows of a column's table are, in the plural."""
    place = scope.local(node) if isinstance(node, exp.Column) else None
    return noun.plural(place.noun) if place is not None else "rows"


@words(exp.Min, exp.Max)
def _extreme(node: exp.Min | exp.Max, scope: Scope) -> str:
    if node.expressions:
        return f"the {'smaller' if isinstance(node, exp.Min) else 'larger'} of {phrase.listing([say(e, scope) for e in (node.this, *node.expressions)])}"
    low, high = {
        "number": ("smallest", "largest"),
        "time": ("earliest", "latest"),
        "text": ("alphabetically first", "alphabetically last"),
        "": ("smallest", "largest"),
    }[kind(node.this, scope)]
    single = isinstance(node.this, exp.Distinct) and len(node.this.expressions) == 1
    operand = node.this.expressions[0] if single else node.this  # repeats change no extreme
    said = say(operand, scope)
    one = of_one(operand, scope)
    return f"{low if isinstance(node, exp.Min) else high} {one or (f'({said})' if isinstance(operand, exp.Binary) else said)}"


@words(exp.Count)
def _count(node: exp.Count, scope: Scope) -> str:
    counted = node.this.unnest() if node.this else exp.Star()
    if isinstance(counted, exp.Star) or (isinstance(counted, exp.Literal) and not node.expressions):
        return f"count of {rows(scope)}"
    if isinstance(counted, exp.Distinct):
        return f"count of distinct {phrase.listing([things(e, scope) for e in counted.expressions])}"
    if isinstance(counted, exp.Case | exp.If) and (only := conditional(counted, scope, zero=False)):
        return f"count of {rows(scope)} {only}" if only[0] == "(" else f"count of {only}"
    return f"count of {say(counted, scope)} values"


def things(node: exp.Expr, scope: Scope) -> str:
    """What the values of a column stand for, in the plural: ``customers`` for a customer's id, where no other column goes by that name."""
    said = say(node, scope)
    if not isinstance(node, exp.Column):
        return said
    own = phrase.words(node.name).removesuffix(" id")
    taken = any(p.table is None or any(phrase.words(c.name) == own for c in p.table.columns) for p in scope.places)
    return noun.plural(said if taken else said.removesuffix(" id"))


def conditional(node: exp.Case | exp.If, scope: Scope, *, zero: bool) -> str:
    """``quantity (only in 1996)`` for a CASE of one test that adds nothing elsewhere; ``(only …)`` for a count of ones; else empty."""
    found = part_of(node, zero=zero)
    if found is None:
        return ""
    value, only = found[0], f"(only {say(exp.Where(this=found[1].copy()), scope)})"
    if isinstance(value, exp.Literal):
        return only if value.name == "1" else ""
    return f"{say(value, scope)} {only}"


def part_of(node: exp.Case | exp.If, *, zero: bool) -> tuple[exp.Expr, exp.Expr] | None:
    """The value and the test of a CASE of one test that adds nothing elsewhere: NULL, or 0 where that is ``zero``; None for any other."""
    tests = [node] if isinstance(node, exp.If) else node.args["ifs"]
    default = node.args.get("false") if isinstance(node, exp.If) else node.args.get("default")
    nothing = default is None or isinstance(default, exp.Null) or (zero and isinstance(default, exp.Literal) and default.name == "0")
    if len(tests) != 1 or not nothing or (isinstance(node, exp.Case) and node.this):
        return None
    return tests[0].args["true"], tests[0].this


def rows(scope: Scope) -> str:
    """What a row of the query is, in the plural."""
    if len(scope.places) != 1:
        if scope.many:
            return noun.plural(scope.many.noun)
        return f"matching {phrase.listing([noun.plural(p.noun) for p in scope.places])}" if scope.places else "rows"
    place = scope.places[0]
    return noun.plural(place.noun) if place.name else "rows"


def kind(node: exp.Expr, scope: Scope) -> str:  # noqa: PLR0911  # one return a kind of node is the clearest table
    """Whether a value is a ``number``, a ``time`` or a ``text``; empty where nothing is known."""
    node = node.unnest()
    if isinstance(node, exp.Min | exp.Max | exp.Cast | exp.Coalesce | exp.Window | exp.Distinct):
        inner = node.expressions[0] if isinstance(node, exp.Distinct) and node.expressions else node.this
        if isinstance(node, exp.Cast) and kind(node.this, scope) != "time":
            return (
                "time"
                if node.to.is_type(*exp.DataType.TEMPORAL_TYPES)
                else "text"
                if node.to.is_type(*exp.DataType.TEXT_TYPES)
                else "number"
            )
        return kind(inner, scope)
    if isinstance(node, exp.TimestampTrunc | exp.DateTrunc | exp.CurrentDate | exp.CurrentTimestamp | exp.Date | exp.Year):
        return "time"
    if (isinstance(node, exp.Extract) and node.name.upper() == "YEAR") or (
        isinstance(node, exp.TimeToStr) and node.args["format"].name.startswith("%Y")
    ):
        return "time"
    if isinstance(node, exp.TimeToStr | exp.Lower | exp.Upper | exp.Substring | exp.Concat | exp.DPipe):
        return "text"
    known = scope.column(node) if isinstance(node, exp.Column) else None
    if known is None:
        return "text" if isinstance(node, exp.Literal) and node.is_string else "" if isinstance(node, exp.Column) else "number"
    return {"date": "time", "timestamp": "time", "time": "time", "text": "text"}.get(known.type, "number")


@words(exp.Cast, exp.TryCast)
def _cast(node: exp.Cast, scope: Scope) -> str:
    inner = say(node.this, scope)
    to = node.to.this.value if isinstance(node.to.this, exp.DataType.Type) else ""
    if to in WHOLE:
        calendar = isinstance(node.this, exp.TimeToStr | exp.Extract | exp.Year | exp.Month | exp.Anonymous) and inner.partition(" of ")[
            0
        ] in {"year", "month number", "day of the month", "weekday number", "hour"}
        return inner if calendar else f"{inner} as a whole number"
    if to in REAL and isinstance(node.find_ancestor(exp.Div, exp.Select), exp.Div):
        return inner
    if node.to.is_type(*exp.DataType.TEMPORAL_TYPES):
        truncated = to == "DATE" and kind(node.this, scope) == "time" and not (isinstance(node.this, exp.TimestampTrunc | exp.DateTrunc))
        known = scope.column(node.this) if isinstance(node.this, exp.Column) else None
        return f"day of {inner}" if truncated and not (known and known.type == "date") else inner
    return f"{inner} as {'text' if node.to.is_type(*exp.DataType.TEXT_TYPES) else 'a number' if to in REAL else node.to.sql(dialect=scope.dialect)}"


@words(exp.Round)
def _rounded(node: exp.Round, scope: Scope) -> str:
    places = node.args.get("decimals")
    return f"{say(node.this, scope)} rounded" + (f" to {say(places, scope)} decimals" if places is not None else "")


@words(exp.Coalesce)
def _coalesce(node: exp.Coalesce, scope: Scope) -> str:
    others = "".join(f", or {say(e, scope)} where missing" for e in node.expressions)
    return f"({say(node.this, scope)}{others})"


@words(exp.Nullif)
def _nullif(node: exp.Nullif, scope: Scope) -> str:
    return f"{say(node.this, scope)} (missing where {say(node.expression, scope)})"


@words(exp.Case, exp.If)
def _case(node: exp.Case | exp.If, scope: Scope) -> str:
    tests = [node] if isinstance(node, exp.If) else node.args["ifs"]
    default = node.args.get("false") if isinstance(node, exp.If) else node.args.get("default")
    base = f"{say(node.this, scope)} is " if isinstance(node, exp.Case) and node.this else ""
    cases = [f"{say(t.args['true'], scope)} where {base}{say(t.this, scope)}" for t in tests]
    return f"({', '.join([*cases, f'otherwise {say(default, scope)}' if default is not None else 'otherwise missing'])})"


@words(exp.Concat, exp.DPipe)
def _joined(node: exp.Concat | exp.DPipe, scope: Scope) -> str:
    parts = node.expressions if isinstance(node, exp.Concat) else list(node.flatten())
    shown = [say(p, scope) for p in parts if not (isinstance(p, exp.Literal) and p.is_string and not p.name.strip())]
    return f"{' with '.join(shown)} as one text" if len(shown) > 1 else say(parts[0], scope)


@words(exp.PercentileCont, exp.PercentileDisc, exp.Quantile)
def _percentile(node: exp.PercentileCont | exp.PercentileDisc | exp.Quantile, scope: Scope) -> str:
    share = node.args.get("expression") or node.args.get("quantile")
    if not isinstance(share, exp.Literal) or share.is_string:
        return general(node, scope)
    how = "discrete " if isinstance(node, exp.PercentileDisc) else ""
    return f"{how}{number.text(Decimal(share.name) * 100, style='exact')} % quantile of {say(node.this, scope)}"


@words(exp.Anonymous)
def anonymous(node: exp.Anonymous, scope: Scope) -> str:
    """A function the parser does not know, by its own name."""
    return f"{node.name.lower()}({', '.join(say(e, scope) for e in node.expressions)})"


def general(node: exp.Func, scope: Scope) -> str:
    """A function called by its own name."""
    return raw(node, scope)
