"""How long the offline engine takes: ``python benchmarks/ask_latency.py [--tables 500] [--columns 10] [--rounds 3]``.

A SQLite file with that many tables is made, indexed once, and asked; p50 and p95 of a question are printed in milliseconds.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from datetime import date
from pathlib import Path

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import schema_of, understand
from aiser_jupyter.ask.learned.model import load
from aiser_jupyter.query.profile import profile

THINGS = (
    "ship",
    "crew",
    "port",
    "cargo",
    "invoice",
    "patient",
    "doctor",
    "ward",
    "course",
    "lecture",
    "teacher",
    "stadium",
    "match",
    "player",
    "album",
    "song",
    "road",
    "bridge",
    "sensor",
    "reading",
)
KINDS = (
    "north",
    "south",
    "old",
    "new",
    "small",
    "large",
    "main",
    "spare",
    "foreign",
    "local",
    "daily",
    "monthly",
    "yearly",
    "draft",
    "final",
    "public",
    "private",
    "first",
    "second",
    "third",
    "fast",
    "slow",
    "cold",
    "warm",
    "wet",
)
FACTS = (
    "name TEXT",
    "city TEXT",
    "status TEXT",
    "price REAL",
    "weight REAL",
    "opened DATE",
    "rating INTEGER",
    "capacity INTEGER",
    "remark TEXT",
)
TOWNS = ("Kiel", "Oslo", "Riga", "Gdansk", "Turku")


def build(path: Path, tables: int, columns: int) -> list[str]:
    """A database of ``tables`` tables of five rows, each pointing to the one before; their names are returned."""
    names = [f"{kind}_{thing}" for kind in KINDS for thing in THINGS][:tables]
    with sqlite3.connect(path) as connection:
        for i, name in enumerate(names):
            facts = FACTS[: columns - 2]
            parent = f", parent_id INTEGER REFERENCES {names[i - 1]}({names[i - 1]}_id)" if i else ", parent_id INTEGER"
            connection.execute(f"CREATE TABLE {name} ({name}_id INTEGER PRIMARY KEY, {', '.join(facts)}{parent})")
            kinds = [fact.split()[1] for fact in facts]
            for row in range(5):
                values = [
                    row + 1,
                    *(TOWNS[row] if kind == "TEXT" else f"202{row}-01-0{row + 1}" if kind == "DATE" else 10 * row + 1 for kind in kinds),
                    row + 1,
                ]
                connection.execute(f"INSERT INTO {name} VALUES ({','.join('?' * len(values))})", values)
    return names


def questions(names: list[str]) -> list[str]:
    """Questions about tables spread over the schema."""
    told = [name.replace("_", " ") for name in names[:: max(1, len(names) // 10)]]
    forms = (
        "How many {}s are there?",
        "What is the average price of {}s?",
        "Show the name of each {} in Oslo.",
        "Which {} has the highest weight?",
        "List the city and rating of all {}s ordered by price.",
    )
    return [form.format(name) for name in told for form in forms]


def main() -> None:
    """Build, index, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=500)
    parser.add_argument("--columns", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="aiser-latency-"))
    names = build(folder / "wide.sqlite", args.tables, args.columns)
    workspace = aiser.Workspace(folder / "work")
    workspace.connect(str(folder / "wide.sqlite"), name="wide")
    started = time.perf_counter()
    schema = schema_of(profile(workspace.context, "wide"))
    model = load()
    understand(schema, "How many rows are there?", date(2026, 1, 1), model)
    print(f"{args.tables} tables, {len(schema.columns)} columns: indexed in {time.perf_counter() - started:.1f} s")
    spent, answered = [], 0
    for _ in range(args.rounds):
        for text in questions(names):
            started = time.perf_counter()
            answered += understand(schema, text, date(2026, 1, 1), model).answered
            spent.append((time.perf_counter() - started) * 1000)
    spent.sort()
    print(f"{len(spent)} questions, {answered} answered: p50 {spent[len(spent) // 2]:.0f} ms, p95 {spent[int(0.95 * len(spent))]:.0f} ms")


if __name__ == "__main__":
    main()
