"""Files in stores, Delta and Iceberg tables; the stores are fsspec's memory and a local S3 server."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import contract
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.errors import SourceError
from aiser_jupyter.sources.lake import connect
from aiser_jupyter.sources.open import open_source
from aiser_jupyter.sources.options import Options

deltalake = pytest.importorskip("deltalake", reason="deltalake is not installed")
fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")
KEYS = {"key": "testing", "secret": "testing"}


def sample(table):
    with duckdb.connect() as connection:
        connection.execute(contract.SAMPLE)
        return connection.sql(f"SELECT * FROM {table}").to_arrow_table()


def parquet(table):
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return sink.getvalue().to_pybytes()


def read(source, sql):
    cursor = source.cursor()
    try:
        return cursor.run(sql, {}).read_all().to_pylist()
    finally:
        cursor.close()


class _Lake(contract.SourceContract):
    slow = "SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range % 7 = b.range % 5"
    has_keys = False
    writes = ("CREATE TABLE extra (a INT)", "COPY customers TO 'x.csv'", "ATTACH 'x.duckdb'")


@pytest.mark.support("Delta Lake", "real server")
class TestDelta(_Lake):
    @pytest.fixture
    def source(self, tmp_path):
        deltalake.write_deltalake(str(tmp_path / "orders"), sample("orders"))
        deltalake.write_deltalake(str(tmp_path / "customers"), sample("customers"))
        from aiser_jupyter.sources.datasets import DatasetSource

        tables = {name: deltalake.DeltaTable(str(tmp_path / name)).to_pyarrow_dataset for name in ("orders", "customers")}
        source = DatasetSource("sample", str(tmp_path), tables)
        yield source
        source.close()


@pytest.mark.support("Files in a store (fsspec)", "emulator")
class TestMemoryStore(_Lake):
    @pytest.fixture
    def source(self):
        system = fsspec.filesystem("memory")
        for name in ("orders", "customers"):
            system.pipe(f"/lake/{name}.parquet", parquet(sample(name)))
        source = connect("memory://lake", "sample", Options())
        yield source
        source.close()
        system.rm("/lake", recursive=True)


@pytest.fixture(scope="module")
def s3():
    server = pytest.importorskip("moto.server", reason="moto is not installed")
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    running = server.ThreadedMotoServer(port=0)
    running.start()
    host, port = running.get_host_and_port()
    options = {**KEYS, "endpoint_url": f"http://{host}:{port}"}
    system = fsspec.filesystem("s3", **options)
    system.mkdir("shop")
    yield options, system
    running.stop()


@pytest.mark.support("S3", "emulator")
class TestS3:
    def test_a_folder_of_months_is_one_table_that_is_filtered_there(self, s3):
        options, system = s3
        for month in (1, 2, 3):
            days = [dt.datetime(2011, month, day) for day in (1, 2)]  # noqa: DTZ001
            system.pipe(f"shop/lake/retail/retail_2011_0{month}.parquet", parquet(pa.table({"day": days, "amount": [month, month]})))
        source = open_source("s3://shop/lake", "lake", options=Options(extra=options))
        assert ([table.name for table in source.tables()], source.sizes()) == (["retail"], {"retail": 6})
        assert read(source, "SELECT sum(amount) AS s FROM retail WHERE day >= TIMESTAMP '2011-02-01'") == [{"s": 10}]
        plan = str(read(source, "EXPLAIN SELECT amount FROM retail WHERE day >= TIMESTAMP '2011-02-01'"))
        assert "Filters" in plan
        assert "testing" not in repr(source.recipe) + source.place
        source.close()

    def test_partitions_are_columns(self, s3):
        options, system = s3
        for year in (2010, 2011):
            system.pipe(f"shop/parts/sales/year={year}/a.parquet", parquet(pa.table({"amount": [year]})))
        source = open_source("s3://shop/parts", "parts", options=Options(extra=options))
        assert read(source, "SELECT amount, year FROM sales WHERE year = 2011") == [{"amount": 2011, "year": 2011}]
        source.close()

    def test_text_files_are_brought_here_and_read_as_meant(self, s3, monkeypatch, tmp_path):
        options, system = s3
        system.pipe("shop/desk/targets.csv", b"country;target\nDE;1.234,50 \xe2\x82\xac\nFR;2,00 \xe2\x82\xac\n")
        source = open_source("s3://shop/desk", "desk", options=Options(extra=options))
        assert read(source, "SELECT sum(target) AS s FROM targets") == [{"s": Decimal("1236.50")}]
        source.close()
        monkeypatch.setenv("AWS_ENDPOINT_URL", options["endpoint_url"])
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        with pytest.raises(SourceError, match="cannot be reached"):
            Workspace(tmp_path / "before").add("s3://shop/desk/targets.csv")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        monkeypatch.setenv("AWS_ENDPOINT_URL", options["endpoint_url"])
        ws = Workspace(tmp_path)
        assert ws.add("s3://shop/desk/targets.csv") == ("targets",)
        assert ws.sql("SELECT sum(target) AS s FROM targets").rows() == [{"s": Decimal("1236.50")}]
        ws.close()

    def test_nothing_there_is_said(self, s3):
        options, _ = s3
        for address in ("s3://shop/none", "s3://no-such-bucket/x"):
            with pytest.raises(SourceError) as caught:
                open_source(address, options=Options(extra=options))
            assert "testing" not in str(caught.value)

    def test_a_store_that_does_not_answer_fails_in_time(self):
        options = {**KEYS, "endpoint_url": "http://127.0.0.1:9", "config_kwargs": {"retries": {"max_attempts": 1}}}
        with pytest.raises(SourceError, match="cannot be reached"):
            open_source("s3://shop/x", options=Options(extra=options, connect_timeout_s=1.0))


def test_a_delta_folder_is_known_by_its_log_and_read_at_its_newest_version(tmp_path):
    place = str(tmp_path / "sales")
    rows = pa.table({"region": ["N", "S", "N"], "amount": [1, 2, 3]})
    deltalake.write_deltalake(place, rows, partition_by=["region"])
    source = open_source(place)
    assert ([table.name for table in source.tables()], source.sizes()) == (["sales"], {"sales": 3})
    before = source.version()
    assert read(source, "SELECT sum(amount) AS s FROM sales WHERE region = 'N'") == [{"s": 4}]
    deltalake.write_deltalake(place, pa.table({"region": ["N"], "amount": [10]}), mode="append")
    assert read(source, "SELECT sum(amount) AS s FROM sales WHERE region = 'N'") == [{"s": 14}]
    assert source.version() != before
    assert "Filters" in str(read(source, "EXPLAIN SELECT amount FROM sales WHERE region = 'N' AND amount > 1"))
    source.close()
    with pytest.raises(SourceError, match="no Delta table"):
        open_source(f"delta://{tmp_path}/none")


@pytest.fixture
def warehouse(tmp_path):
    pytest.importorskip("pyiceberg", reason="pyiceberg is not installed")
    from pyiceberg.catalog import load_catalog

    properties = {"type": "sql", "uri": f"sqlite:///{tmp_path}/catalog.db", "warehouse": f"file://{tmp_path}/warehouse"}
    catalog = load_catalog("test", **properties)
    catalog.create_namespace("shop")
    for name in ("orders", "customers"):
        rows = sample(name)
        catalog.create_table(f"shop.{name}", schema=rows.schema).append(rows)
    return catalog, properties, tmp_path


@pytest.mark.support("Apache Iceberg", "real server")
class TestIceberg(_Lake):
    writes = ("CREATE TABLE extra (a INT)", "DELETE FROM orders")

    @pytest.fixture
    def source(self, warehouse):
        _, properties, _ = warehouse
        source = open_source("iceberg://test", "sample", options=Options(extra=properties))
        yield source
        source.close()


def test_an_iceberg_folder_is_read_at_its_newest_metadata_and_filters_choose_its_files(warehouse):
    catalog, _, folder = warehouse
    table = catalog.load_table("shop.orders")
    place = Path(table.metadata_location.removeprefix("file://")).parent.parent
    source = open_source(place)
    assert ([one.name for one in source.tables()], source.sizes()) == (["orders"], {"orders": 5})
    table.append(sample("orders").slice(0, 2))
    assert source.sizes() == {"orders": 7}
    cursor = source.cursor()
    sql = "SELECT id FROM orders WHERE id > 100 AND day < DATE '2000-01-01'"
    assert cursor.run(sql, {}).read_all().to_pylist() == [{"id": 9007199254740993}]
    assert "from 1 file" in cursor.pushed[0]
    assert cursor.pushed[0].startswith("orders: ")
    assert "amount" not in cursor.pushed[0]
    cursor.close()
    source.close()
    with pytest.raises(SourceError, match="no Iceberg table"):
        open_source(f"iceberg://{folder}/none")
