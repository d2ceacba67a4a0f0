from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import contract
import pytest
from servers.bigquery_stub import BigQueryStub

from aiser_jupyter import Workspace
from aiser_jupyter.errors import QueryError, SourceError, UsageError
from aiser_jupyter.sources.bigquery import BigQuerySource, connect, parameter
from aiser_jupyter.sources.options import Options


@pytest.fixture
def stub():
    stub = BigQueryStub(contract.SAMPLE)
    yield stub
    stub.close()


@pytest.mark.support("BigQuery", "driver only")
class TestBigQuery(contract.SourceContract):
    @pytest.fixture
    def source(self, stub):
        source = connect(stub.url, "sales", Options())
        yield source
        source.close()


def test_what_a_query_reads_is_known_and_bounded(stub, tmp_path):
    ws = Workspace(tmp_path)
    ws.context.sources.add(connect(stub.url, "sales", Options(extra={"maximum_bytes_billed": 2_000_000_000})))
    stub.planned = 5_300_000_000
    with pytest.raises(QueryError, match=r"would read 5\.3 GB; this connection allows 2\.0 GB") as caught:
        ws.sql("SELECT id FROM orders")
    assert "partition" in caught.value.hint
    assert not any(not job["body"]["configuration"].get("dryRun") for job in stub.jobs.values())
    stub.planned = 1_000
    assert ws.sql("SELECT count(*) AS n FROM orders").rows() == [{"n": 5}]
    sent = [job["body"]["configuration"] for job in stub.jobs.values() if not job["body"]["configuration"].get("dryRun")]
    assert sent[0]["labels"] == {"application": "aiser-jupyter"}
    assert sent[0]["query"]["maximumBytesBilled"] == "2000000000"
    ws.close()


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, "BOOL"),
        (7, "INT64"),
        (0.5, "FLOAT64"),
        (Decimal("1.5"), "BIGNUMERIC"),
        (date(2024, 1, 2), "DATE"),
        (datetime(2024, 1, 2, 3), "DATETIME"),  # noqa: DTZ001
        (datetime(2024, 1, 2, 3, tzinfo=UTC), "TIMESTAMP"),
        ("x", "STRING"),
        (b"x", "BYTES"),
        (None, "STRING"),
    ],
)
def test_values_are_bound_by_their_type(value, kind):
    assert parameter("p", value).to_api_repr()["parameterType"]["type"] == kind


def test_lists_are_arrays_of_one_type():
    assert parameter("p", [1, 2]).to_api_repr()["parameterType"] == {"type": "ARRAY", "arrayType": {"type": "INT64"}}
    with pytest.raises(UsageError, match="mixes INT64 and STRING"):
        parameter("p", [1, "a"])
    with pytest.raises(UsageError, match="complex, which BigQuery cannot bind"):
        parameter("p", 1j)


def test_an_address_names_a_dataset_and_a_server_that_is_not_there_is_said(stub):
    with pytest.raises(SourceError, match="names no dataset"):
        BigQuerySource("bigquery://acme", "sales", Options())
    contract.refuses("bigquery://acme/sales?api_endpoint=http://127.0.0.1:9", within=5, connect_timeout_s=1)
