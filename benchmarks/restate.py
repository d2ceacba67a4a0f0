"""How faithful restatements are: two queries of one database that yield different rows should not read the same.

    python benchmarks/restate.py [BENCH.jsonl] [--show N]

A bench line is ``{question, db, query}`` with ``db`` a SQLite file relative to the bench. Prints how many queries were restated, how many have a part
in plain SQL, the lengths, and the share of queries whose text is also that of another query with a different result.
"""

from __future__ import annotations

import argparse
import collections
import json
import sqlite3
import statistics
import time
from pathlib import Path

from aiser_jupyter.ask.restate import restate
from aiser_jupyter.catalog import Catalog
from aiser_jupyter.sources.sqlite import SQLiteSource

BENCH = Path(__file__).parents[2] / "shared/data/nl2sql/spider_train.jsonl"
MAX_ROWS = 5000


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
    lengths, raw, spent = [], 0, 0.0
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
    for (name, text), found in list(shared.items())[: asked.show]:
        print(f"\n{name}: {text}", *(sqls[0] for sqls in found.values()), sep="\n  ")


if __name__ == "__main__":
    main()
