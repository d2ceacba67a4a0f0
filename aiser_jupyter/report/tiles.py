"""Tiles from a cell tagged ``kpi``: one for each row of a query, or one for an answer that is a single number.

The columns of such a query: a name first; ``value``; and as wished ``previous`` with ``base`` (what it was: ``Q2 2011``), ``unit`` (``£``, ``%``,
``orders``), ``better`` (``up`` or ``down``), ``trend`` (a list of numbers) and ``base_at`` (the place of the base in it, from 0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import ReportError
from aiser_jupyter.facts import Fact
from aiser_jupyter.format import number
from aiser_jupyter.report.blocks import Kpi, Kpis
from aiser_jupyter.report.ledger import moment
from aiser_jupyter.report.tables import escape_refs, pretty

if TYPE_CHECKING:
    from aiser_jupyter.report.ledger import Ledger
    from aiser_jupyter.report.payload import Payload


def of_result(output: Payload, ledger: Ledger) -> Kpis:
    """A row of tiles from a result; raises :class:`ReportError` where it has no column ``value``."""
    data = output.table
    names = [name.lower() for name in data.columns] if data else []
    if data is None or "value" not in names or len(names) < 2:
        raise ReportError(
            "A cell tagged kpi has no column named value.",
            where=f"Its columns: {', '.join(data.columns) if data else 'none'}.",
            hint="Select a name first, then value, and as wished previous, base, unit, better and trend.",
        )
    query = ledger.query(output.sql, "Key figures")
    prefix = f"{query}.kpi"
    tiles = tuple(
        tile(dict(zip(names, row, strict=True)), str(row[0]), f"{prefix}{i}", output, ledger) for i, row in enumerate(data.rows[:4])
    )
    drawn = any(t.trend for t in tiles)
    base = next((str(row[names.index("base")]) for row in data.rows if "base" in names and row[names.index("base")]), "")
    ringed = any(t.base_at is not None for t in tiles)
    note = (
        f"Lines show the periods up to now{f'; the ring is {base}, the base of every comparison' if base and ringed else ''}."
        if drawn
        else ""
    )
    return Kpis(tiles, note, query)


def tile(row: dict[str, Any], label: str, prefix: str, output: Payload, ledger: Ledger) -> Kpi:
    """One tile from one row."""
    unit, value, before = str(row.get("unit") or ""), row["value"], row.get("previous")

    def fact(name: str, exact: float | None, words: str, of: str) -> str:
        sql = cell_sql(output, label, of)
        return ledger.fact(Fact(f"{prefix}.{name}", exact, words, unit, sql, output.source, moment(output.as_of)))

    shown = fact("value", value, number.text(value, unit=unit), "value")
    trend = tuple(float(v) for v in row.get("trend") or () if v is not None)
    base_at = row.get("base_at")
    if before is None or value is None:
        return Kpi(escape_refs(pretty(label)), shown, trend=trend)
    points = unit in {"%", "pp"}
    if points or not before:
        change, words, of = value - before, number.text(value - before, unit="pp" if points else unit, signed=True), "value - previous"
    else:
        change = (value - before) / abs(before) * 100
        words, of = number.text(change, unit="%", signed=True), "100.0 * (value - previous) / abs(previous)"
    delta = fact("delta", change, words, of)
    fact("size", abs(change), words.lstrip(f"+{number.MINUS}"), f"abs({of})")
    wanted = str(row.get("better") or "").lower()
    verdict = "" if not change or wanted not in {"up", "down"} else "better" if (change > 0) == (wanted == "up") else "worse"
    earlier = fact("base", before, number.text(before, unit=unit), "previous")
    named = escape_refs(str(row.get("base") or "before"))
    return Kpi(
        escape_refs(pretty(label)),
        shown,
        delta,
        f"vs {named}, {earlier}",
        verdict,
        change >= 0,
        trend,
        int(base_at) if base_at is not None else None,
    )


def headline(tiles: Kpis) -> str:
    """What the first two tiles say, as the title of a report; empty where the first has no base to compare with."""
    first, *rest = tiles.items
    if not first.delta:
        return ""
    said = f"{first.label} {moved(first)} to {first.value}"
    return f"{said}; {rest[0].label[:1].lower()}{rest[0].label[1:]} {moved(rest[0])}" if rest and rest[0].delta else said


def moved(tile: Kpi) -> str:
    """How a tile's number moved: grew or fell, and by how much."""
    return f"{'grew' if tile.rising else 'fell'} {tile.delta.replace('.delta]]', '.size]]')}"


def cell_sql(output: Payload, label: str, of: str) -> str:
    """The query of one number of a tile: it runs alone and yields that number."""
    from sqlglot import exp, parse_one

    key = exp.column(output.table.columns[0] if output.table else "", quoted=True).eq(exp.Literal.string(label))
    inner = parse_one(output.sql, dialect=output.dialect or None)
    assert isinstance(inner, exp.Query)
    return exp.select(of).from_(inner.subquery("kpi")).where(key).sql(dialect=output.dialect or None)
