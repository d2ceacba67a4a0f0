"""100,000 rows of ten columns from MariaDB: our Arrow stream beside PyMySQL's tuples, equal values, in CPU seconds of this process.

    python benchmarks/mysql_arrow.py [ROUNDS]

Starts a private MariaDB of Debian's binaries and ends it.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "tests")]

SQL = (
    "SELECT seq AS n, seq / 7 AS part, seq * 1.5e0 AS real_, concat('text ', seq) AS text_, DATE '2024-01-01' + INTERVAL seq % 900 DAY AS day, "
    "TIMESTAMP '2024-01-01 00:00:00' + INTERVAL seq SECOND AS moment, CAST(seq AS DECIMAL(12, 3)) AS exact, if(seq % 5, seq, NULL) AS gaps, "
    "md5(seq) AS hash, seq % 2 AS flag FROM seq_1_to_100000"
)


def main() -> None:
    """Print the median of the paired ratios."""
    import pymysql
    from servers.mariadb import MariaDB  # pyright: ignore[reportMissingImports]  # of the tests

    from aiser_jupyter.sources.open import open_source

    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    server = MariaDB()
    try:
        ours = open_source(server.url, "bench")
        theirs = pymysql.connect(host="127.0.0.1", port=server.port, user="test", database="test")
        pairs, firsts = [], []
        for _ in range(rounds):
            spent, rows = _cpu(lambda: _tuples(theirs))
            mine, table = _cpu(lambda: _arrow(ours))
            assert list(zip(*(column.to_pylist() for column in table.columns), strict=True)) == list(rows), "the values differ"
            pairs.append((mine, spent))
            firsts.append((_cpu(lambda: _first(ours))[0], _cpu(lambda: _first_tuples(server))[0]))
        print(
            f"100,000 rows x 10: Arrow {_median(pairs, 0):.3f} s CPU, PyMySQL's tuples {_median(pairs, 1):.3f} s, ratio {statistics.median(a / b for a, b in pairs):.2f}"
        )
        print(
            f"first 100 rows: {1000 * _median(firsts, 0):.1f} ms CPU, PyMySQL's SSCursor with a new connection {1000 * _median(firsts, 1):.1f} ms"
        )
        ours.close()
        theirs.close()
    finally:
        server.remove()


def _cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    done = work()
    return time.process_time() - began, done


def _median(pairs: Sequence[tuple[float, float]], place: int) -> float:
    return statistics.median(pair[place] for pair in pairs)


def _tuples(connection: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(SQL)
        return cursor.fetchall()


def _arrow(source: Any) -> Any:
    cursor = source.cursor()
    table = cursor.run(SQL, {}).read_all()
    cursor.close()
    return table


def _first(source: Any) -> Any:
    cursor = source.cursor()
    batch = cursor.run(SQL, {}).read_next_batch()
    cursor.close()
    return batch.slice(0, 100)


def _first_tuples(server: Any) -> Any:
    import pymysql
    from pymysql.cursors import SSCursor

    connection = pymysql.connect(host="127.0.0.1", port=server.port, user="test", database="test")
    cursor: Any = connection.cursor(SSCursor)
    cursor.execute(SQL)
    rows = cursor.fetchmany(100)
    cursor._result.unbuffered_active = False  # noqa: SLF001  # it would read the other rows
    connection.close()
    return rows


if __name__ == "__main__":
    main()
