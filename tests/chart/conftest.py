"""Real tables for charts, and one small table per kind."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CHINOOK = ROOT / "examples" / "data" / "chinook.sqlite"
SALES = (
    "select g.Name as genre, m.Name as media, sum(l.UnitPrice * l.Quantity) as revenue_usd, count(*) as tracks from InvoiceLine l "
    "join Track t using (TrackId) join Genre g using (GenreId) join MediaType m using (MediaTypeId) group by 1, 2"
)
BY_GENRE = f"select genre, sum(revenue_usd) as revenue_usd from ({SALES}) group by 1"
BY_MONTH = (
    "select strftime('%Y-%m', InvoiceDate) as month, round(sum(Total), 2) as revenue_usd, count(*) as invoices from Invoice group by 1"
)
BY_QUARTER = (
    "select strftime('%Y', InvoiceDate) || '-Q' || ((strftime('%m', InvoiceDate) + 2) / 3) as quarter, BillingCountry as country, "
    "sum(Total) as revenue_usd from Invoice where BillingCountry in ('USA', 'Canada', 'France', 'Brazil') group by 1, 2"
)
TRACKS = "select Milliseconds / 60000.0 as minutes, Bytes / 1e6 as megabytes from Track where MediaTypeId = 1"
LENGTHS = "select g.Name as genre, Milliseconds / 60000.0 as minutes from Track join Genre g using (GenreId) where g.Name in ('Rock', 'Latin', 'Jazz')"
COUNTRIES = (
    "select c.Country as country, count(distinct c.CustomerId) as customers, sum(i.Total) as revenue_usd, count(*) as invoices "
    "from Customer c join Invoice i using (CustomerId) group by 1"
)

Rows = list[dict[str, Any]]


def query(sql: str) -> Rows:
    """Rows of Chinook as dicts."""
    with closing(sqlite3.connect(CHINOOK)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


def tables() -> dict[str, tuple[Rows, str]]:
    """For each kind a table that suits it, and a question that asks for it by name."""
    few = query(f"{BY_GENRE} order by 2 desc limit 5")
    plan = [("Stock", "2026-10-06", "2026-10-23"), ("Carrier", "2026-10-12", "2026-11-15"), ("Checkout", "2026-10-20", "2026-11-30")]
    rates = [("2020-03-11", 0.25), ("2020-03-19", 0.1), ("2021-12-16", 0.25), ("2023-08-03", 5.25), ("2025-02-06", 4.5)]
    return {
        "horizontal_bar": (query(BY_GENRE), "horizontal bar chart of revenue by genre"),
        "bar": (few, "revenue of five genres as a bar chart"),
        "line": (query(BY_MONTH), "revenue per month as a line"),
        "area": (query(BY_QUARTER), "revenue by country as an area chart"),
        "step": ([{"effective": datetime.fromisoformat(day), "rate_pct": rate} for day, rate in rates], "base rate as a step chart"),
        "scatter": (query(TRACKS)[:400], "scatter plot of size and length"),
        "bubble": (query(COUNTRIES), "bubble chart of countries"),
        "density": (query(TRACKS), "length vs size"),
        "histogram": ([{"minutes": row["minutes"]} for row in query(TRACKS)], "histogram of length"),
        "box": (query(LENGTHS), "box plot of length by genre"),
        "pie": (few, "share of revenue as a pie chart"),
        "doughnut": (few, "share of revenue as a doughnut"),
        "grouped_bar": (query(BY_QUARTER)[-12:], "grouped bar chart of revenue"),
        "stacked_bar": (query(f"select genre, media, tracks from ({SALES})"), "stacked bar chart of tracks"),
        "percent_bar": (query(f"select genre, media, tracks from ({SALES})"), "100 % stacked bar chart of tracks"),
        "heatmap": (query(BY_QUARTER), "heatmap of revenue"),
        "cohort": (
            [{"cohort": f"2025-0{a}", "month_no": k, "customers": 1000 // (a + k)} for a in range(1, 6) for k in range(7 - a)],
            "retention by cohort",
        ),
        "funnel": (
            [{"stage": s, "visitors": n} for s, n in (("Visit", 4820), ("Basket", 912), ("Checkout", 401), ("Paid", 265))],
            "conversion funnel",
        ),
        "waterfall": (
            [
                {"item": i, "revenue_usd": v}
                for i, v in (("Q3 2025", 12.02), ("New", 0.58), ("Repeat", 0.66), ("Returns", -0.31), ("Q3 2026", 12.95))
            ],
            "what drove revenue, as a waterfall",
        ),
        "gantt": ([{"action": a, "start": datetime.fromisoformat(s), "end": datetime.fromisoformat(e)} for a, s, e in plan], "action plan"),
        "bullet": (
            [{"team": t, "closed": c, "goal": g} for t, c, g in (("North", 418, 450), ("South", 310, 300), ("East", 505, 480))],
            "closed against goal",
        ),
        "pareto": (query(f"{BY_GENRE} order by 2 desc"), "pareto of revenue by genre"),
        "kpi": (query("select count(*) as invoices, sum(Total) as revenue_usd from Invoice"), "how many invoices"),
        "table": (query("select FirstName, LastName, Phone, Country from Customer limit 8"), "list of customers"),
    }


@pytest.fixture(scope="session")
def kinds() -> dict[str, tuple[Rows, str]]:
    """A table and a question per kind."""
    if not CHINOOK.exists():
        pytest.skip("Chinook is not there")
    return tables()
