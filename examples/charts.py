"""Write a page with one chart of each kind, chosen from real questions to Chinook: ``python examples/charts.py charts.html [light|dark]``."""

# ruff: noqa: INP001, S608  # a script, not a package; the only text put into this SQL is our own
from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiser_jupyter.chart.choose import choose
from aiser_jupyter.chart.svg import svg
from aiser_jupyter.chart.theme import TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.chart.theme import Theme

CHINOOK = Path(__file__).parent / "data" / "chinook.sqlite"
LINES = "InvoiceLine l join Track t using (TrackId) join Genre g using (GenreId) join MediaType m using (MediaTypeId)"
FIVE = "('USA', 'Canada', 'France', 'Brazil', 'Germany')"
QUARTER = "strftime('%Y', InvoiceDate) || '-Q' || ((strftime('%m', InvoiceDate) + 2) / 3)"
WEEKDAY = "substr('SunMonTueWedThuFriSat', 1 + 3 * strftime('%w', InvoiceDate), 3)"
ASKED = {
    "revenue by genre": f"select g.Name as genre, sum(l.UnitPrice * l.Quantity) as revenue_usd from {LINES} group by 1",
    "invoices in the top five countries": "select BillingCountry as country, count(*) as invoices from Invoice group by 1 order by 2 desc limit 5",
    "revenue per month": "select strftime('%Y-%m', InvoiceDate) as month, sum(Total) as revenue_usd from Invoice group by 1",
    "monthly revenue as an area chart": "select strftime('%Y-%m', InvoiceDate) as month, sum(Total) as revenue_usd from Invoice group by 1",
    "revenue per quarter by country": f"select {QUARTER} as quarter, BillingCountry as country, sum(Total) as revenue_usd from Invoice where BillingCountry in {FIVE} group by 1, 2",
    "share of revenue by country": "select BillingCountry as country, round(sum(Total), 2) as revenue_usd from Invoice group by 1 order by 2 desc limit 5",
    "length vs size of tracks": "select Milliseconds / 60000.0 as minutes, Bytes / 1e6 as megabytes from Track where MediaTypeId = 1 and TrackId % 6 = 0",
    "length against size of all tracks": "select Milliseconds / 60000.0 as minutes, Bytes / 1e6 as megabytes from Track where MediaTypeId = 1",
    "distribution of track length": "select Milliseconds / 60000.0 as minutes from Track where Milliseconds < 900000",
    "track length by genre": "select g.Name as genre, Milliseconds / 60000.0 as minutes from Track join Genre g using (GenreId) where g.Name in ('Rock', 'Latin', 'Jazz', 'Pop', 'Blues', 'Metal') and Milliseconds < 900000",
    "compare revenue of the last two years": f"select BillingCountry as country, strftime('%Y', InvoiceDate) as year, sum(Total) as revenue_usd from Invoice where BillingCountry in {FIVE} and InvoiceDate >= '2024-01-01' group by 1, 2",
    "tracks sold by genre and media": f"select g.Name as genre, m.Name as media, count(*) as tracks from {LINES} where g.Name in ('Rock', 'Latin', 'Metal', 'Jazz', 'TV Shows') group by 1, 2",
    "share of countries in each quarter of 2025": f"select {QUARTER} as quarter, BillingCountry as country, sum(Total) as revenue_usd from Invoice where BillingCountry in {FIVE} and InvoiceDate >= '2025-01-01' group by 1, 2",
    "heatmap of revenue by country and weekday": f"select BillingCountry as country, {WEEKDAY} as weekday, sum(Total) as revenue_usd from Invoice where BillingCountry in {FIVE} group by 1, 2",
    "which few genres make most of the revenue": f"select g.Name as genre, sum(l.UnitPrice * l.Quantity) as revenue_usd from {LINES} where g.GenreId in (1, 2, 3, 4, 6, 7, 19, 21) group by 1 order by 2 desc",
    "how many invoices, how much revenue": "select count(*) as invoices, sum(Total) as revenue_usd, avg(Total) as average_basket_usd from Invoice",
    "bubble chart of customers, revenue and invoices by country": "select c.Country as country, count(distinct c.CustomerId) as customers, sum(i.Total) as revenue_usd, count(*) as invoices from Customer c join Invoice i using (CustomerId) group by 1",
    "revenue and invoices per quarter": f"select {QUARTER} as quarter, sum(Total) as revenue_usd, count(*) as invoices from Invoice group by 1",
    "list of customers": "select FirstName || ' ' || LastName as name, Phone as phone, Country as country from Customer limit 6",
}  # fmt: skip
TOLD: dict[str, list[dict[str, Any]]] = {
    "what drove revenue from Q3 to Q3": [{"item": i, "revenue_usd": v * 1e6} for i, v in (("Q3 2025", 12.02), ("New customers", 0.58), ("Repeat orders", 0.66), ("Returns", -0.31), ("Q3 2026", 12.95))],
    "conversion funnel": [{"stage": s, "visitors": n} for s, n in (("Visited", 48210), ("Added to basket", 9120), ("Began checkout", 4011), ("Paid", 2650))],
    "closed against goal": [{"team": t, "closed": c, "goal": g} for t, c, g in (("North", 418, 450), ("South", 310, 300), ("East", 505, 480))],
    "retention by cohort": [{"cohort": f"2025-0{a}", "month_no": k, "customers": int(900 * 0.83**k + 11 * a)} for a in range(1, 7) for k in range(8 - a)],
    "action plan": [
        {"action": a, "start": f"2026-{s}", "end": f"2026-{e}"}
        for a, s, e in (("Secure outdoor stock", "10-06", "10-23"), ("Furniture to carrier A", "10-12", "11-15"), ("Loyalty at checkout", "10-20", "11-30"), ("Freight out to tender", "11-02", "12-31"))
    ],
}  # fmt: skip


def tables() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Each question with its rows."""
    with closing(sqlite3.connect(CHINOOK)) as connection:
        connection.row_factory = sqlite3.Row
        for question, sql in ASKED.items():
            yield question, [dict(row) for row in connection.execute(sql)]
    yield from TOLD.items()


def card(question: str, rows: list[dict[str, Any]], width: int, theme: Theme) -> str:
    """A chart with its title, subtitle and the question that led to it."""
    spec = choose(rows, question)
    head = f"<h3>{escape(spec.title or question)}</h3><p>{escape(spec.subtitle or chr(160))}</p>"
    return f'<figure>{head}{svg(spec, rows, width=width, theme=theme)}<figcaption>"{escape(question)}" · {spec.kind}</figcaption></figure>'


def page(theme: Theme, width: int = 400) -> str:
    """The whole gallery, in one file."""
    tokens = ";".join(f"--{name}:{value}" for name, value in TOKENS[theme].items())
    style = (
        f":root{{{tokens}}} body{{margin:32px;background:var(--bg);color:var(--ink);font:13px/1.45 AiserSans,Inter,system-ui,sans-serif}}"
        f" main{{display:grid;grid-template-columns:repeat(auto-fill,{width}px);gap:44px 40px}} figure{{margin:0}} h3{{font-size:16px;line-height:1.3;margin:0 0 4px;font-weight:600}}"
        " p{margin:0 0 14px;color:var(--muted)} figcaption{margin-top:10px;color:var(--muted);font-size:12px} table{width:100%;border-collapse:collapse;text-align:left}"
        " td,th{padding:5px 8px 5px 0;border-bottom:1px solid var(--line);font-weight:400} th,caption{color:var(--muted)} caption{display:none}"
    )
    cards = "".join(card(question, rows, width, theme) for question, rows in tables())
    return f"<!doctype html><html lang=en><meta charset=utf-8><title>Charts</title><style>{style}</style><main>{cards}</main>"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page("dark" if "dark" in sys.argv[2:] else "light"), encoding="utf-8")
