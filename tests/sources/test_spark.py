from __future__ import annotations

import contract
import pytest
from servers import spark
from servers.daemon import free_port

from aiser_jupyter import Workspace
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.spark import SparkSource

pytestmark = pytest.mark.slow  # a server takes some ten seconds to start

SAMPLE = """
CREATE TABLE customers (id BIGINT, name STRING, country STRING) USING parquet;
CREATE TABLE orders (id BIGINT, customer_id BIGINT, day DATE, placed TIMESTAMP_NTZ, amount DECIMAL(10, 2), share DOUBLE, paid BOOLEAN, note STRING) USING parquet;
INSERT INTO customers VALUES (1, 'Ada', 'DE'), (2, 'Zoë O\\'Neil', 'FR'), (3, '李雷', NULL);
INSERT INTO orders VALUES
  (1, 1, DATE'2024-01-02', TIMESTAMP_NTZ'2024-01-02 10:30:00', 10.00, 0.5D, TRUE, 'first'),
  (2, 1, DATE'2024-02-03', TIMESTAMP_NTZ'2024-02-03 11:00:00', 20.50, 0.25D, FALSE, NULL),
  (3, 2, DATE'2024-02-10', TIMESTAMP_NTZ'2024-02-10 12:15:30', 30.25, NULL, TRUE, 'it\\'s; -- :x'),
  (4, NULL, NULL, NULL, 99999999.99, -1.5D, NULL, ''),
  (9007199254740993, 3, DATE'1999-12-31', TIMESTAMP_NTZ'1999-12-31 23:59:59', NULL, 1e-300D, TRUE, 'big')
"""


@pytest.fixture(scope="module")
def server():
    if reason := spark.missing():
        pytest.skip(reason)
    server = spark.SparkConnect()
    yield server
    server.remove()


@pytest.fixture(scope="module")
def address(server):
    writer = SparkSource(server.url, "writer", Options(write=True))
    for statement in SAMPLE.split(";\n"):
        cursor = writer.cursor()
        cursor.run(statement, {}).read_all()
        cursor.close()
    yield server.url
    writer.close()


@pytest.mark.support("Spark Connect", "real server")
class TestSparkConnect(contract.SourceContract):
    slow = "SELECT count(*) AS n FROM range(0, 100000000000, 1, 4) WHERE id % 7 = 3 AND sqrt(id) > 10"
    has_keys = False
    writes = ("INSERT INTO customers VALUES (9, 'x', 'y')", "CREATE TABLE extra (a INT) USING parquet", "DROP TABLE orders", "SET a = 1")

    @pytest.fixture
    def source(self, address):
        source = SparkSource(address, "lakehouse", Options())
        yield source
        source.close()


def test_a_big_result_comes_in_batches(address, tmp_path):
    ws = Workspace(tmp_path)
    ws.connect(address, name="lakehouse")
    result = ws.sql("SELECT id, id * 2 AS twice FROM range(300000)")
    assert result.rows(2) == [{"id": 0, "twice": 0}, {"id": 1, "twice": 2}]
    assert sum(result.df()["twice"]) == 300000 * 299999
    ws.close()


def test_a_server_that_is_not_there_is_said_in_time(monkeypatch):
    monkeypatch.setenv("LAKEHOUSE", f"sc://127.0.0.1:{free_port()}/;token=hunter2")
    error = contract.refuses("env:LAKEHOUSE", within=3)
    assert "No Spark Connect server answers" in error.message
    assert "spark://local" in error.hint


@pytest.mark.support("Spark, embedded", "real server")
def test_an_embedded_spark_answers(tmp_path):
    if reason := spark.missing():
        pytest.skip(reason)
    # In a process of its own: PySpark holds one embedded server a process.
    import subprocess
    import sys

    script = (
        "from aiser_jupyter import Workspace\nws = Workspace('.')\nws.connect('spark://local?cores=2', name='here')\n"
        "print(ws.sql('select sum(id) as total from range(1000)').rows(), ws.sql('select 1 as one').dialect)\nws.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.strip() == "[{'total': 499500}] spark", done.stderr[-2000:]
