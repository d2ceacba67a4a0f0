"""Folders, globs and Parquet files as connections."""

from __future__ import annotations

import datetime as dt

import contract
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources.open import open_source, reopen


def month(year, number, rows=3, **more):
    days = [dt.datetime(year, number, day + 1) for day in range(rows)]  # noqa: DTZ001
    return pa.table({"day": pa.array(days, pa.timestamp("us")), "amount": [number * 1.0] * rows, **more})


def write(folder, name, table):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)
    return path


def read(source, sql):
    cursor = source.cursor()
    try:
        return cursor.run(sql, {}).read_all().to_pylist()
    finally:
        cursor.close()


@pytest.fixture
def opened():
    made = []

    def opens(*args, **kwargs):
        made.append(open_source(*args, **kwargs))
        return made[-1]

    yield opens
    for source in made:
        source.close()


@pytest.mark.support("Parquet, a folder of files", "real server")
class TestParquetFolder(contract.SourceContract):
    slow = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range % 7 = b.range % 5"
    has_keys = False
    writes = ("CREATE TABLE extra (a INT)", "CREATE VIEW extra AS SELECT 1", "DROP VIEW orders", "COPY orders TO 'orders.csv'")

    @pytest.fixture
    def source(self, tmp_path):
        with duckdb.connect() as connection:
            connection.execute(contract.SAMPLE)
            (tmp_path / "data").mkdir()
            for table in ("orders", "customers"):
                connection.execute(f"COPY {table} TO '{tmp_path}/data/{table}.parquet' (FORMAT parquet)")
        source = open_source(tmp_path / "data", "sample")
        yield source
        source.close()


def test_a_folder_of_months_is_one_table_named_after_its_files(tmp_path, opened):
    for number in (1, 2, 3):
        write(tmp_path, f"lake/retail/retail_2011_0{number}.parquet", month(2011, number))
    source = opened(tmp_path / "lake", name="lake")
    assert [(table.name, table.kind) for table in source.tables()] == [("retail", "table")]
    assert source.sizes() == {"retail": 9}
    assert read(source, "SELECT sum(amount) AS s FROM retail WHERE day >= TIMESTAMP '2011-03-01'") == [{"s": 9.0}]


def test_files_named_by_date_alone_take_the_folders_name(tmp_path, opened):
    for name in ("2010-12", "2011-01"):
        write(tmp_path, f"lake/{name}.parquet", month(2011, 1))
        write(tmp_path, f"deep/retail/{name}.parquet", month(2011, 1))
    assert [table.name for table in opened(tmp_path / "lake", name="lake").tables()] == ["lake"]
    assert [table.name for table in opened(tmp_path / "deep", name="lake").tables()] == ["retail"]


def test_a_file_that_comes_later_belongs_to_its_table(tmp_path, opened):
    write(tmp_path, "lake/sales_1.parquet", month(2011, 1))
    write(tmp_path, "lake/sales_2.parquet", month(2011, 2))
    source = opened(tmp_path / "lake")
    write(tmp_path, "lake/sales_3.parquet", month(2011, 3))
    assert read(source, "SELECT count(*) AS n FROM sales") == [{"n": 9}]


def test_only_row_groups_that_may_fit_are_read(tmp_path, opened):
    for number in range(1, 13):
        write(tmp_path, f"lake/retail/retail_2011_{number:02}.parquet", month(2011, number))
    source = opened(tmp_path / "lake")
    plan = read(source, "EXPLAIN ANALYZE SELECT sum(amount) FROM retail WHERE day >= TIMESTAMP '2011-12-01'")
    assert "Row Groups Scanned: 1 / 12" in str(plan)


def test_partitions_become_columns_and_prune_files(tmp_path, opened):
    for year, number in ((2010, 12), (2011, 1), (2011, 2)):
        write(tmp_path, f"lake/sales/year={year}/month={number:02}/region=N S/a.parquet", month(year, number))
    source = opened(tmp_path / "lake")
    (table,) = source.tables()
    assert table.name == "sales"
    assert {column.name: column.type for column in table.columns} == {
        "day": "timestamp", "amount": "number", "year": "integer", "month": "integer", "region": "text",
    }  # fmt: skip
    assert read(source, "SELECT year, month, region, count(*) AS n FROM sales WHERE year = 2010 GROUP BY ALL") == [
        {"year": 2010, "month": 12, "region": "N S", "n": 3}
    ]
    plan = str(read(source, "EXPLAIN ANALYZE SELECT sum(amount) FROM sales WHERE year = 2010"))
    assert "1/3" in plan.replace(" ", "") or "Total Files Read: 1" in plan


def test_other_columns_are_another_table(tmp_path, opened):
    write(tmp_path, "lake/sales_1.parquet", month(2011, 1))
    write(tmp_path, "lake/sales_2.parquet", month(2011, 2))
    write(tmp_path, "lake/people.parquet", pa.table({"name": ["Ada"]}))
    write(tmp_path, "lake/_tmp/x.parquet", pa.table({"hidden": [1]}))
    assert sorted(table.name for table in opened(tmp_path / "lake").tables()) == ["people", "sales"]


def test_widths_of_numbers_and_order_of_files_do_not_matter(tmp_path, opened):
    write(tmp_path, "lake/a_1.parquet", pa.table({"n": pa.array([1], pa.int32()), "s": ["x"]}))
    write(tmp_path, "lake/a_2.parquet", pa.table({"n": pa.array([2**40], pa.int64()), "s": pa.array(["y"], pa.large_string())}))
    assert read(opened(tmp_path / "lake"), "SELECT n, s FROM a ORDER BY n") == [{"n": 1, "s": "x"}, {"n": 2**40, "s": "y"}]


def test_names_that_differ_by_words_stay_as_a_column(tmp_path, opened):
    write(tmp_path, "lake/sales_north.parquet", month(2011, 1))
    write(tmp_path, "lake/sales_south.parquet", month(2011, 2))
    source = opened(tmp_path / "lake")
    assert read(source, "SELECT file, sum(amount) AS s FROM sales GROUP BY 1 ORDER BY 1") == [
        {"file": "sales_north", "s": 3.0},
        {"file": "sales_south", "s": 6.0},
    ]


def test_tables_of_one_name_get_their_folders(tmp_path, opened):
    for region in ("eu", "us"):
        write(tmp_path, f"lake/{region}/sales_1.parquet", month(2011, 1))
        write(tmp_path, f"lake/{region}/sales_2.parquet", month(2011, 2))
    assert [table.name for table in opened(tmp_path / "lake").tables()] == ["eu_sales", "us_sales"]


def test_a_glob_is_a_connection(tmp_path, opened, monkeypatch):
    for number in (1, 2, 3):
        write(tmp_path, f"data/retail_{number}.parquet", month(2011, number))
    monkeypatch.chdir(tmp_path)
    source = opened("data/retail_[12].parquet")
    assert (source.name, [table.name for table in source.tables()], source.sizes()) == ("data", ["retail"], {"retail": 6})
    with pytest.raises(FileFormatError, match="pattern finds no"):
        opened("data/none_*.parquet")


def test_a_folder_whose_name_looks_like_a_pattern(tmp_path, opened):
    write(tmp_path, "[2011] a'b/x_1.parquet", month(2011, 1))
    write(tmp_path, "[2011] a'b/x_2.parquet", month(2011, 1))
    assert opened(tmp_path / "[2011] a'b").sizes() == {"x": 6}


def test_a_broken_file_is_left_out_with_a_warning(tmp_path, opened):
    write(tmp_path, "lake/a_1.parquet", month(2011, 1))
    (tmp_path / "lake/a_2.parquet").write_bytes(b"PAR1 cut")
    with pytest.warns(UserWarning, match=r"a_2\.parquet"):
        source = opened(tmp_path / "lake")
    assert source.sizes() == {"a_1": 3}
    (tmp_path / "lake/a_1.parquet").unlink()
    with pytest.raises(FileFormatError, match="no whole Parquet"):
        opened(tmp_path / "lake")


def test_the_engine_alone_reaches_the_folder_and_nothing_else(tmp_path, opened):
    """The guard is not asked here."""
    write(tmp_path, "lake/a_1.parquet", month(2011, 1))
    beside = write(tmp_path, "beside/b.parquet", month(2011, 1))
    write(tmp_path, "lake2/c.parquet", month(2011, 1))
    (tmp_path / "lake" / "link.parquet").symlink_to(beside)
    source = opened(tmp_path / "lake")
    for statement in (
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/proc/self/environ')",
        f"SELECT * FROM read_parquet('{beside}')",
        f"SELECT * FROM read_parquet('{tmp_path}/lake/../beside/b.parquet')",
        f"SELECT * FROM read_parquet('{tmp_path}/lake2/c.parquet')",
        f"COPY (SELECT 1) TO '{tmp_path}/out.csv'",
        "DELETE FROM a_1",
        "INSERT INTO a_1 VALUES (NULL, 1)",
        f"COPY a_1 TO '{tmp_path}/beside/b.parquet'",
        f"ATTACH '{tmp_path}/x.duckdb'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
        "CREATE TABLE x (a INT)",
        "DROP VIEW a_1",
        "CREATE OR REPLACE VIEW a_1 AS SELECT 1",
    ):
        cursor = source.cursor()
        with pytest.raises(duckdb.Error):
            cursor.run(statement, {}).read_all()
        cursor.close()
    assert read(source, "SELECT count(*) AS n FROM a_1") == [{"n": 3}]


def test_a_link_to_the_folder_is_the_folder(tmp_path, opened):
    write(tmp_path, "real/a_1.parquet", month(2011, 1))
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert read(opened(tmp_path / "link"), "SELECT count(*) AS n FROM a_1") == [{"n": 3}]


def test_another_process_opens_it_by_its_recipe(tmp_path, opened):
    write(tmp_path, "lake/a_1.parquet", month(2011, 1))
    source = opened(tmp_path / "lake", name="lake")
    again = reopen(source.recipe)
    assert (again.name, again.sizes()) == ("lake", {"a_1": 3})
    again.close()


def test_files_of_other_kinds_beside_parquet_are_read_once(tmp_path, opened):
    write(tmp_path, "mix/a_1.parquet", month(2011, 1))
    (tmp_path / "mix" / "targets.csv").write_text("country,target\nDE,$100\nFR,$200\n")
    source = opened(tmp_path / "mix")
    assert {table.name for table in source.tables()} == {"a_1", "targets"}
    assert read(source, "SELECT sum(target) AS s FROM targets")[0]["s"] == 300
    cursor = source.cursor()
    with pytest.raises(duckdb.Error, match="disabled by configuration"):
        cursor.run("SELECT * FROM read_text('/etc/passwd')", {}).read_all()
    cursor.close()


def test_the_road_and_the_catalogue_take_it(tmp_path):
    for number in (1, 2):
        write(tmp_path, f"lake/retail/retail_{number}.parquet", month(2011, number, id=[number * 10 + i for i in range(3)]))
    ws = Workspace(tmp_path)
    ws.connect(tmp_path / "lake", name="lake")
    assert ws.sql("SELECT count(*) AS n FROM retail WHERE id > :id", params={"id": 11}).rows() == [{"n": 4}]
    table = ws.catalog("lake").table("retail")
    assert (table.row_count, table.primary_key) == (6, ("id",))
    ws.close()
