"""What holds of any statement: over copies narrowed to its needs it gives the rows it gives over the whole tables."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aiser_jupyter.query import syntax
from aiser_jupyter.sources.needs import needs

COLUMNS = {"a": ("id", "x", "s", "day"), "b": ("id", "a_id", "y", "s"), "c": ("k", "x")}
WHOLE = """
CREATE TABLE a (id INT, x INT, s VARCHAR, day DATE);
INSERT INTO a VALUES (1, 10, 'p', '2024-01-01'), (2, NULL, 'q', '2024-01-02'), (3, 30, NULL, NULL), (4, 10, 'p', '2024-02-01'), (NULL, 5, '', '2024-03-01');
CREATE TABLE b (id INT, a_id INT, y INT, s VARCHAR);
INSERT INTO b VALUES (1, 1, 10, 'p'), (2, 1, NULL, 'r'), (3, 2, 30, NULL), (4, 9, 5, 'q'), (5, NULL, 10, 'p');
CREATE TABLE c (k INT, x INT);
INSERT INTO c VALUES (1, 10), (2, 30), (3, NULL), (10, 5);
"""


def read(sql):
    return syntax.parse(syntax.tokens(sql, "duckdb"), sql, "duckdb")[0]


@contextmanager
def narrowed(connection, found):
    """The database with what is needed alone, for as long as it is asked."""
    try:
        for table, need in found.items():
            names = ", ".join(f'"{name}"' for name in need.columns)
            where = f" WHERE {syntax.render(need.filter, 'duckdb')}" if need.filter is not None else ""
            limit = f" LIMIT {need.limit}" if need.limit is not None else ""
            connection.execute(f'CREATE TABLE "{table}" AS SELECT {names} FROM whole."{table}"{where}{limit}')
        yield connection
    finally:
        for table in found:
            connection.execute(f'DROP TABLE IF EXISTS "{table}"')


@pytest.fixture(scope="module")
def copied():
    """The whole tables beside a schema for what is needed of them."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("CREATE SCHEMA whole; SET schema = 'whole';" + WHOLE + "SET schema = 'main'")
        yield connection


@pytest.fixture(scope="module")
def whole():
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(WHOLE)
        yield connection


@pytest.mark.parametrize(
    ("sql", "table", "columns", "wanted", "limit"),
    [
        ("select x from a where id = 1", "a", ("id", "x"), '"id" = 1', None),
        ("select count(*) from a", "a", ("id",), None, None),
        ("select * from a limit 5 offset 2", "a", COLUMNS["a"], None, 7),
        ("select x from a where x > 3 and s like 'p%' limit 5", "a", ("x", "s"), '"x" > 3 AND "s" LIKE \'p%\'', 5),
        ("select x from a where x > 3 and random() < 0.5 limit 5", "a", ("x",), '"x" > 3', None),
        ("select sum(x) from a limit 5", "a", ("x",), None, None),
        ("select x from a order by id limit 5", "a", ("id", "x"), None, None),
        ("select distinct x from a limit 5", "a", ("x",), None, None),
        ("select a.x from a join b on b.a_id = a.id where b.y = 10 and a.x = 10", "b", ("a_id", "y"), '"y" = 10', None),
        ("select a.x from a left join b on b.a_id = a.id and b.y = 10 and a.x = 10", "b", ("a_id", "y"), '"y" = 10', None),
        ("select a.x from a left join b on b.a_id = a.id and a.x = 10", "a", ("id", "x"), None, None),
        ("select a.x from a left join b on b.a_id = a.id where b.y is null", "b", ("a_id", "y"), None, None),
        ("select a.x from a right join b on b.a_id = a.id where a.x = 1", "a", ("id", "x"), None, None),
        ("select a.x from a full join b on b.a_id = a.id where a.x = 1", "a", ("id", "x"), None, None),
        ("select p.x, q.s from a p, a q where p.id = 1 and q.id = 2", "a", ("id", "x", "s"), '"id" = 1 OR "id" = 2', None),
        ("select p.x from a p, a q where p.id = 1", "a", ("id", "x"), None, None),
        ("select x from a where id in (select a_id from b where y = 10)", "b", ("id", "a_id", "y"), '"y" = 10', None),
        ("select x from a where s = 'p' or exists (select 1 from b where b.y = a.x)", "a", ("x", "s"), None, None),
        ("with a as (select 1 as x) select x from a where x = 1", "a", COLUMNS["a"], None, None),
        ("select * from a natural join b", "b", COLUMNS["b"], None, None),
        ("select id from a tablesample 50 percent where id = 1", "a", ("id",), None, None),
        ("select a from a", "a", COLUMNS["a"], None, None),
        ("select p.* exclude (s) from a p where p.id = 1", "a", COLUMNS["a"], '"id" = 1', None),
        ("select u from a t(u, v, w, z) where u = 1", "a", COLUMNS["a"], None, None),
        ("select x as s from a where s = 'p'", "a", ("x", "s"), None, None),
        ("select columns('x|s') from a", "a", COLUMNS["a"], None, None),
        ("from a where day >= date '2024-01-02'", "a", COLUMNS["a"], "\"day\" >= CAST('2024-01-02' AS DATE)", None),
        ("select x from a where id = :n", "a", ("id", "x"), '"id" = $n', None),
        ("select date_trunc('month', day) from a", "a", ("day",), None, None),
        ("select x from a where cast(s as int) = 1", "a", ("x", "s"), None, None),
    ],
)
def test_says_what_is_needed(sql, table, columns, wanted, limit):
    from aiser_jupyter.query.parameters import to_engine

    need = needs(read(to_engine(sql, "duckdb")), COLUMNS)[table]
    assert need.columns == columns
    assert (syntax.render(need.filter, "duckdb") if need.filter is not None else None) == wanted
    assert need.limit == limit


def test_tables_are_known_by_their_schema_too():
    found = needs(read('select "Total" from main.sales where id = 1 and "Total" > 2'), {"main.sales": ("id", "Total", "note")})
    assert found["main.sales"].columns == ("id", "Total")
    assert needs(read("select 1 from elsewhere"), COLUMNS) == {}


# Statements are grown from a grammar: conditions on one or two tables, joins of every kind, subqueries, CTEs, set operations, windows.
VALUES = st.sampled_from(["1", "2", "10", "30", "NULL"])
COMPARE = st.sampled_from(["=", "<>", ">", "<=", "IS NOT DISTINCT FROM"])


def condition(names):
    column = st.sampled_from(names)
    plain = st.one_of(
        st.builds("{} {} {}".format, column, COMPARE, VALUES),
        st.builds("{} IS {}NULL".format, column, st.sampled_from(["", "NOT "])),
        st.builds("{} {}IN ({}, {})".format, column, st.sampled_from(["", "NOT "]), VALUES, VALUES),
        st.builds("{} BETWEEN {} AND {}".format, column, VALUES, VALUES),
        st.builds("{} = {}".format, column, column),
        st.builds("coalesce({}, 10) = {}".format, column, VALUES),
        st.builds("{} IN (SELECT c.x FROM c WHERE c.k {} {})".format, column, COMPARE, VALUES),
        st.builds("{} NOT IN (SELECT x FROM c WHERE k < {})".format, column, VALUES),
        st.builds("EXISTS (SELECT * FROM c WHERE c.x = {} AND k > {})".format, column, VALUES),
        st.builds("{} > (SELECT min(y) FROM b WHERE b.id <> {})".format, column, VALUES),
    )
    pair = st.builds("({} {} {})".format, plain, st.sampled_from(["AND", "OR"]), plain)
    both = st.one_of(plain, pair, plain.map("NOT ({})".format))
    return st.lists(both, min_size=1, max_size=3).map(" AND ".join)


LEFT, RIGHT = ["p.id", "p.x", "x"], ["q.id", "q.y", "a_id", "y"]
JOIN = st.sampled_from(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN"])


@st.composite
def joins(draw):
    kind = draw(JOIN)
    one_sided = kind.split()[0] in {"SEMI", "ANTI"}
    on = draw(st.sampled_from(["p.id = q.a_id", "p.x = q.y", "p.id = q.id"]))
    if draw(st.booleans()):
        on += " AND " + draw(condition(LEFT + RIGHT))
    where = draw(condition(LEFT if one_sided else LEFT + RIGHT))
    columns = draw(
        st.sampled_from(["p.id, p.s", "p.*", "count(*)", "p.x, count(*)"] + ([] if one_sided else ["*", "q.s, p.day", "q.*, p.x"]))
    )
    group = " GROUP BY p.x" if columns == "p.x, count(*)" else ""
    return f"SELECT {columns} FROM a p {kind} b q ON {on} WHERE {where}{group}"


@st.composite
def singles(draw):
    where = draw(condition(["id", "x", "a.x"]))
    columns = draw(
        st.sampled_from([
            "*", "id, s", "count(*) AS n", "DISTINCT x, s", "s, row_number() OVER (PARTITION BY s ORDER BY id NULLS LAST) AS x", "x + 1 AS id, s",
            "(SELECT count(*) FROM b WHERE b.a_id = a.id AND b.y > 5) AS n, s", "day, sum(x) OVER () AS total", "a AS row",
        ])
    )  # fmt: skip
    return f"SELECT {columns} FROM a WHERE {where}"


NESTED = st.one_of(
    singles(),
    joins(),
    st.builds("SELECT x FROM a WHERE {} {} SELECT y FROM b WHERE {}".format, condition(["id", "x"]), st.sampled_from(["UNION", "UNION ALL", "EXCEPT", "INTERSECT"]), condition(["a_id", "y"])),
    st.builds("WITH w AS ({}) SELECT count(*) FROM w, a WHERE {}".format, singles(), condition(["a.id", "a.x"])),
    st.builds("WITH a AS (SELECT id, x FROM a WHERE {}) SELECT * FROM a WHERE {}".format, condition(["id", "x"]), condition(["id", "x"])),
    st.builds("WITH RECURSIVE w(n) AS (SELECT id FROM a WHERE {} UNION SELECT b.id FROM b, w WHERE b.a_id = w.n AND b.y > 3) SELECT * FROM w".format, condition(["id", "x"])),
    st.builds("SELECT p.id, q.x FROM a p, a q WHERE {} AND {}".format, condition(["p.id", "p.x"]), condition(["q.id", "q.x"])),
    st.builds("SELECT id, (SELECT max(q.y) FROM b q WHERE q.a_id = p.id AND {}) AS m FROM a p".format, condition(["q.y", "p.x"])),
    st.builds("SELECT s, count(*) FROM a JOIN b USING (s) WHERE {} GROUP BY s HAVING count(*) > 0 ORDER BY s".format, condition(["a.x", "y"])),
    st.builds("SELECT p.x, l.y FROM a p, LATERAL (SELECT y FROM b WHERE b.a_id = p.id AND {}) l WHERE {}".format, condition(["y"]), condition(["p.x"])),
    st.builds("SELECT id, x FROM a WHERE {} QUALIFY row_number() OVER (PARTITION BY s ORDER BY id NULLS FIRST, x) = 1".format, condition(["id", "x"])),
)  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(sql=NESTED)
@example(sql="SELECT p.id FROM a p ANTI JOIN b q ON p.id = q.a_id AND q.y = 10 WHERE p.x NOT IN (SELECT x FROM c WHERE k < 3)")
@example(sql="SELECT count(*) FROM c, a p RIGHT JOIN b q ON p.id = q.a_id AND p.x = 10 WHERE p.x = 10 OR p.x IS NULL")
@example(sql="SELECT count(*) FROM c, a p LEFT JOIN b q ON p.id = q.a_id AND p.x = 10 WHERE q.y IS NULL AND p.x = 10")
@example(sql="SELECT count(*) FROM c, b q RIGHT JOIN a p ON p.id = q.a_id WHERE c.k = 1 AND q.y IS NULL AND c.x IS NULL")
@example(sql="SELECT date_trunc('month', day) AS m, sum(x) FROM a GROUP BY 1 ORDER BY 1")
@example(sql="SELECT x AS id FROM a WHERE id = 10")
@example(sql="SELECT p.id FROM a p LEFT JOIN b q ON p.id = q.a_id JOIN c ON c.x = q.y AND q.y > 3 AND p.x = 10")
@example(sql="SELECT p.id FROM a p LEFT JOIN (b q JOIN c ON c.x = q.y) ON p.id = q.a_id WHERE p.x = 10")
@example(sql="SELECT x, (SELECT max(k) FROM c WHERE x = 10) AS m FROM a WHERE a.x = 10")
@example(sql="SELECT s FROM a WHERE x = 10 UNION ALL SELECT s FROM a WHERE id = 2 ORDER BY 1")
def test_the_rows_stay_the_same(whole, copied, sql):
    tree = read(sql)
    try:
        expected = whole.execute(sql)
    except duckdb.Error as error:
        with narrowed(copied, needs(tree, COLUMNS)) as small, pytest.raises(type(error)):
            small.execute(sql)
        return
    names = [part[0] for part in expected.description]
    rows = Counter(map(repr, expected.fetchall()))
    with narrowed(copied, needs(tree, COLUMNS)) as small:
        seen = small.execute(sql)
        assert [part[0] for part in seen.description] == names
        assert Counter(map(repr, seen.fetchall())) == rows


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=condition(["id", "x"]), limit=st.integers(0, 6), offset=st.integers(0, 3), inner=st.booleans())
def test_a_limit_keeps_rows_enough(whole, copied, where, limit, offset, inner):
    sql = f"SELECT id, s FROM a WHERE {where} LIMIT {limit} OFFSET {offset}"
    if inner:
        sql = f"SELECT p.id, p.s FROM ({sql}) p LEFT JOIN c ON false"
    every = Counter(whole.execute(f"SELECT id, s FROM a WHERE {where}").fetchall())
    expected = max(0, min(limit, every.total() - offset))
    with narrowed(copied, needs(read(sql), COLUMNS)) as small:
        seen = small.execute(sql).fetchall()
    assert len(seen) == expected
    assert not Counter(seen) - every
