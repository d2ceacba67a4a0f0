"""What a policy costs: CPU of ``SELECT 1`` and of a query over twenty tables with it and without, in pairs: ``python benchmarks/policy.py [--pairs N]``."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aiser_jupyter import Workspace  # the line above must come first
from aiser_jupyter.identity import Identity
from aiser_jupyter.policy import Mask, Policy, Role, TableRule
from aiser_jupyter.query import run
from aiser_jupyter.query.governed import under

TABLES = 20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=200)
    pairs = parser.parse_args().pairs
    folder = Path(tempfile.mkdtemp(prefix="aiser-policy-"))
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        for number in range(TABLES):
            connection.execute(f"CREATE TABLE t{number} AS SELECT i AS id, 'n' || i AS name, i % 3 AS region FROM range(10) t(i)")
    rule = TableRule(rows="region = 1", masks=(("name", Mask("partial", 2)),))
    role = Role("reader", frozenset({"*"}), tables=tuple((f"t{number}", rule) for number in range(TABLES)))
    ws = Workspace(folder)
    ws.connect(folder / "shop.duckdb", "shop")
    settings = ws.context.settings.model_copy(update={"cache": False, "timeout_s": 600})
    import dataclasses

    bare = dataclasses.replace(ws.context, settings=settings)
    governed = under(bare, Policy((role,)), Identity("ada"))
    joined = "SELECT count(*) AS n FROM t0 " + " ".join(f"JOIN t{n} ON t{n}.id = t0.id" for n in range(1, TABLES))
    for name, sql in (("SELECT 1", "SELECT 1"), (f"{TABLES} tables", joined)):
        spent: dict[str, list[float]] = {"without": [], "with": []}
        for number in range(pairs + 5):
            for how, context in (("without", bare), ("with", governed)):
                started = time.process_time()
                run(context, sql, on="shop").rows()
                if number >= 5:
                    spent[how].append((time.process_time() - started) * 1000)
        more = [b - a for a, b in zip(spent["without"], spent["with"], strict=True)]
        print(
            f"{name}: CPU {statistics.median(spent['without']):.2f} ms without, {statistics.median(spent['with']):.2f} ms with "
            f"(p95 {_p95(spent['with']):.2f}); more by it: median {statistics.median(more):.2f} ms, p95 {_p95(more):.2f} ms"
        )
    enforced = [_enforced(governed, joined) for _ in range(pairs)]
    print(f"rewriting {TABLES} tables alone: p50 {statistics.median(enforced):.1f} ms, p95 {_p95(enforced):.1f} ms CPU")
    ws.close()


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * len(values))]


def _enforced(context: object, sql: str) -> float:
    source = context.sources.get("shop")  # pyright: ignore[reportAttributeAccessIssue]  # a Context
    started = time.process_time()
    source.enforced(sql)
    return (time.process_time() - started) * 1000


if __name__ == "__main__":
    main()
