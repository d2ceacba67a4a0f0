"""A data file of the workspace may stand where a table does; whatever else a name may lead to may not."""

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.errors import FileFormatError, RefusedError
from aiser_jupyter.query import file_tables
from aiser_jupyter.query.guard import check
from aiser_jupyter.sources.duckdb import DuckDBSource
from aiser_jupyter.sources.limits import Limits


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "ws"
    (root / "data").mkdir(parents=True)
    (root / ".hidden").mkdir()
    (root / "sales.csv").write_text("id,total\n1,2.5\n2,3.5\n")
    (root / ".hidden" / "a.csv").write_text("a\n1\n")
    (root / "data" / "x.json").write_text('[{"id": 1, "note": "n"}]')
    pq.write_table(pa.table({"id": [2, 3]}), root / "data" / "y.parquet")
    (tmp_path / "outside.csv").write_text("secret\n1\n")
    (root / "link.csv").symlink_to(tmp_path / "outside.csv")
    (root / "way").symlink_to(tmp_path)
    (root / "passwd.csv").symlink_to("/etc/passwd")
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.active.append([1])
    book.create_sheet("two").append(["b"])
    book["two"].append([1])
    book.save(root / "book.xlsx")
    return root


def rows(root, sql):
    verdict = check(sql, "duckdb")
    assert verdict.reason == ""
    source = DuckDBSource("files")
    cursor = source.cursor()
    try:
        return cursor.run(verdict.sql, {}, file_tables.resolve(verdict.files, root, Limits())).read_all().to_pylist()
    finally:
        cursor.close()
        source.close()


def test_files_are_read_as_tables(root):
    assert rows(root, "SELECT sum(sales.total) AS s FROM 'sales.csv'") == [{"s": 6.0}]
    assert rows(root, "SELECT s.id FROM 'sales.csv' s JOIN read_parquet('data/y.parquet') USING (id)") == [{"id": 2}]
    assert rows(root, "SELECT read_json.note FROM read_json('data/x.json')") == [{"note": "n"}]
    assert rows(root, f"FROM '{root}/sales.csv' LIMIT 1") == [{"id": 1, "total": 2.5}]
    assert [row["column_name"] for row in rows(root, "DESCRIBE 'sales.csv'")] == ["id", "total"]
    assert [row["column_name"] for row in rows(root, "SUMMARIZE 'sales.csv'")] == ["id", "total"]
    assert rows(root, "SELECT (SELECT count(*) FROM 'sales.csv') AS a, (SELECT max(id) FROM 'sales.csv') AS b") == [{"a": 2, "b": 2}]


def test_a_hard_link_to_what_lies_outside_is_refused(root, monkeypatch):
    secret = root.parent / "outside.csv"
    (root / "hard.csv").hardlink_to(secret)
    (root / "data" / "again.csv").hardlink_to(secret)
    for name in ("hard.csv", "data/again.csv", f"{root}/hard.csv"):
        with pytest.raises(RefusedError, match=r"another name outside of the workspace .* \(a hard link\)") as caught:
            rows(root, f"FROM '{name}'")
        assert "ws.add" in caught.value.hint
        assert "secret" not in str(caught.value)
    # Names that all lie in the workspace are no way out of it: who keeps versions of data keeps them so.
    (root / ".cache").mkdir()
    (root / ".cache" / "af01").hardlink_to(root / "sales.csv")
    assert rows(root, "SELECT count(*) AS n FROM 'sales.csv'") == [{"n": 2}]
    monkeypatch.setattr(file_tables, "MOST_LOOKED", 1)
    with pytest.raises(RefusedError, match="a hard link"):
        rows(root, "FROM 'sales.csv'")
    secret.unlink()
    monkeypatch.undo()
    assert rows(root, "FROM 'hard.csv'") == [{"secret": 1}]


def test_the_engine_itself_opens_no_file(root, monkeypatch):
    monkeypatch.chdir(root)
    source = DuckDBSource("files")
    with pytest.raises(duckdb.Error, match=r"does not exist|disabled"):
        source.cursor().run(check("FROM 'sales.csv'", "duckdb").sql, {}).read_all()
    source.close()


def test_the_verdict_names_files_apart_from_tables(root):
    verdict = check("SELECT * FROM 'sales.csv' JOIN orders USING (id) JOIN 'sales.csv' again USING (id)", "duckdb")
    assert (verdict.files, verdict.tables) == (("sales.csv",), ("orders",))
    listed = check('FROM "odd.csv"', "duckdb", tables=["odd.csv"])
    assert (listed.files, listed.tables) == ((), ("odd.csv",))
    assert check('WITH "a.csv" AS (SELECT 1 AS x) SELECT * FROM "a.csv"', "duckdb").files == ()


@pytest.mark.parametrize("sql", ["FROM 'sales.csv'", "FROM read_csv('sales.csv')", "DESCRIBE 'sales.csv'"])
def test_only_what_the_user_typed_may_name_files(sql):
    assert check(sql, "duckdb").allowed
    assert not check(sql, "duckdb", files=False).allowed


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "mysql", "tsql", "spark", "clickhouse"])
def test_only_our_own_engine_has_files(dialect):
    verdict = check("SELECT * FROM `sales.csv`" if dialect in {"mysql", "spark", "clickhouse"} else 'SELECT * FROM "sales.csv"', dialect)
    assert verdict.files == ()


@pytest.mark.parametrize(
    "name",
    [
        "../outside.csv", "data/../../outside.csv", "~/a.csv", ".hidden/a.csv", "./sales.csv", "data/.x.csv", "http://x/a.csv", "s3://b/a.csv",
        "file:///a.csv", "C:/a.csv", "C:\\a.csv", "*.csv", "sales.cs?", "data/[xy].json", "/etc/passwd", "/proc/self/environ", "/dev/stdin", "sales.csv\n",
        "sales.csv ", "a.db", "a.duckdb", "a.csv.gz", "sales", "", "/", ".csv", "a" * 600 + ".csv", "a\u202ev.csv", "//host/share/a.csv", "a//b.csv",
        "$HOME/a.csv", "a.csv;b.csv", "a%2e%2e/b.csv", "data/ /a.csv", "\\\\host\\a.csv",
    ],
)  # fmt: skip
def test_other_names_are_refused_twice(name, root):
    assert not file_tables.harmless(name)
    quoted = name.replace("'", "''")
    assert not check(f"FROM '{quoted}'", "duckdb").allowed or check(f"FROM '{quoted}'", "duckdb").files == ()
    assert not check(f"FROM read_csv('{quoted}')", "duckdb").allowed
    with pytest.raises(RefusedError):
        file_tables.resolve([name], root, Limits())


@pytest.mark.parametrize(
    "sql",
    [
        "FROM read_csv('sales.csv', delim = ';')", "FROM read_csv(['sales.csv', 'b.csv'])", "FROM read_csv('sales' || '.csv')", "FROM read_csv($f)",
        "FROM read_parquet('sales.csv')", "FROM read_csv('/etc/passwd')", "FROM read_text('sales.csv')", "FROM read_blob('sales.csv')", "FROM sniff_csv('sales.csv')",
        "FROM glob('sales.csv')", "SELECT read_csv('sales.csv')", "FROM main.read_csv('sales.csv')", 'FROM other."sales.csv"', "FROM sales.csv",
        "COPY 'sales.csv' TO 'b.csv'", "ATTACH 'sales.csv'", "SELECT * FROM query('FROM ''sales.csv''')", "SELECT * FROM query_table('sales.csv')",
    ],
)  # fmt: skip
def test_other_ways_to_files_stay_closed(sql):
    assert not check(sql, "duckdb").allowed


@pytest.mark.parametrize("name", ["link.csv", "way/outside.csv", "passwd.csv", "/etc/hosts.csv"])
def test_links_out_of_the_workspace_lead_nowhere(name, root):
    with pytest.raises(RefusedError, match="not inside the workspace"):
        file_tables.resolve([name], root, Limits())


def test_what_cannot_be_read_says_why(root):
    with pytest.raises(FileFormatError, match=r"sales\.csv"):
        file_tables.resolve(["sale.csv"], root, Limits())
    with pytest.raises(FileFormatError, match="2 tables"):
        file_tables.resolve(["book.xlsx"], root, Limits())
    with pytest.raises(FileFormatError, match="allowed"):
        file_tables.resolve(["sales.csv"], root, Limits(file_mb=1e-6))


@given(st.text(alphabet="ab./~\\*:%$'\" \n\0-_csvjson", max_size=20).map(lambda text: text + ".csv"))
def test_no_harmless_name_leads_up_home_or_into_hidden_folders(name):
    if file_tables.harmless(name):
        parts = name.split("/")
        assert ".." not in parts
        assert not any(part.startswith((".", "~")) for part in parts)
        assert not set("\\*?[]:'\"\n\0$%~") & set(name)
