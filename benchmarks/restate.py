"""How faithful restatements are: two queries of one database that yield different rows should not read the same.

    python benchmarks/restate.py [BENCH.jsonl] [--show N]

A bench line is ``{question, db, query}`` with ``db`` a SQLite file relative to the bench. Prints how many queries were restated, how many have a part
in plain SQL, the lengths, the share of queries whose text is also that of another query with a different result, and how many of the queries made by
changing one thing (an operator, a literal, an aggregate, a direction, a dropped clause) still read as the query they were made from.
"""

from __future__ import annotations

import argparse
import collections
import json
import sqlite3
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from aiser_jupyter.ask.restate import restate
from aiser_jupyter.catalog import Catalog
from aiser_jupyter.sources.sqlite import SQLiteSource

BENCH = Path(__file__).parents[2] / "shared/data/nl2sql/spider_train.jsonl"
MAX_ROWS = 5000
CLAUSES = ("where", "having", "distinct", "limit", "group")

if TYPE_CHECKING:
    from collections.abc import Iterator


def swapped(node: exp.Expr) -> exp.Expr | None:
    """A node of another meaning in the place of ``node``; None where there is none to try."""
    pairs = {exp.GT: exp.GTE, exp.LT: exp.LTE, exp.GTE: exp.GT, exp.LTE: exp.LT, exp.And: exp.Or, exp.Or: exp.And}
    if type(node) in pairs and not node.find_ancestor(exp.Join):
        return pairs[type(node)](this=node.left.copy(), expression=node.right.copy())
    if isinstance(node, exp.EQ) and not isinstance(node.right, exp.Column):
        return exp.NEQ(this=node.left.copy(), expression=node.right.copy())
    aggregates = {exp.Sum: exp.Avg, exp.Avg: exp.Sum, exp.Max: exp.Min, exp.Min: exp.Max}
    if type(node) in aggregates:
        return aggregates[type(node)](this=node.this.copy())
    if isinstance(node, exp.Literal):
        return exp.Literal(this=node.name + "7", is_string=node.is_string)
    return node.this.copy() if isinstance(node, exp.Not) else None


def mutants(tree: exp.Query) -> Iterator[exp.Query]:
    """Queries that differ from ``tree`` in one thing."""
    for index, node in enumerate(tree.walk()):
        other = swapped(node)
        if other is not None and node.parent is not None:
            copy = tree.copy()
            list(copy.walk())[index].replace(other)
            yield copy
        settings = {"desc": not node.args.get("desc")} if isinstance(node, exp.Ordered) else {}
        drops = [{clause: None} for clause in CLAUSES if isinstance(node, exp.Select) and node.args.get(clause)]
        for change in ([settings] if settings else []) + drops:
            copy = tree.copy()
            for name, value in change.items():
                list(copy.walk())[index].set(name, value)
            yield copy


def result(db: Path, sql: str) -> str | None:
    """A text that two queries share where they yield the same rows, order apart; None where one does not run."""
    connection = sqlite3.connect(f"file:{db}?mode=ro", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "ignore")
    try:
        rows = connection.execute(sql).fetchmany(MAX_ROWS)
    except sqlite3.Error:
        return None
    finally:
        connection.close()
    return repr(sorted(map(repr, rows)))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("bench", nargs="?", type=Path, default=BENCH)
    options.add_argument("--show", type=int, default=0)
    asked = options.parse_args()
    catalogs: dict[str, Catalog] = {}
    texts: dict[tuple[str, str], dict[str, list[str]]] = collections.defaultdict(lambda: collections.defaultdict(list))
    lengths, raw, spent, tried, alike = [], 0, 0.0, 0, 0
    with asked.bench.open(encoding="utf-8") as lines:
        questions = [json.loads(line) for line in lines]
    for question in questions:
        name, sql = question["db"], question["query"]
        path = asked.bench.parent / name
        if name not in catalogs:
            source = SQLiteSource("db", path)
            catalogs[name] = Catalog("db", "sqlite", source.tables(), source.keys())
            source.close()
        started = time.process_time()
        text = restate(sql, "sqlite", catalogs[name])
        spent += time.process_time() - started
        lengths.append(len(text))
        raw += "«" in text
        if len(lengths) % 3 == 0:
            others = [m.sql(dialect="sqlite") for m in mutants(sqlglot.parse_one(sql, read="sqlite"))]
            tried += len(others)
            alike += sum(restate(other, "sqlite", catalogs[name]) == text for other in others)
        yielded = result(path, sql)
        if yielded is not None:
            texts[name, text][yielded].append(sql)
    shared = {key: found for key, found in texts.items() if len(found) > 1}
    count = sum(len(sqls) for found in shared.values() for sqls in found.values())
    print(f"restated {len(lengths)}, {raw} with a part in SQL, {1000 * spent / len(lengths):.2f} ms of CPU each")
    print(
        f"length median {statistics.median(lengths):.0f}, 95th percentile {sorted(lengths)[int(0.95 * len(lengths))]}, longest {max(lengths)} characters"
    )
    print(f"{count} queries ({count / len(lengths):.2%}) share a text with one of another result, {len(shared)} texts")
    print(f"{alike} of {tried} queries with one thing changed (made from every third) still read the same")
    for (name, text), found in list(shared.items())[: asked.show]:
        print(f"\n{name}: {text}", *(sqls[0] for sqls in found.values()), sep="\n  ")


if __name__ == "__main__":
    main()
