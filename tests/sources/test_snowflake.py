from __future__ import annotations

import contract
import pytest
from servers import snow
from servers.daemon import free_port

from aiser_jupyter.errors import SourceError
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.snowflake import arguments
from aiser_jupyter.sources.snowflake import connect as connected

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address():
    if reason := snow.missing():
        pytest.skip(reason)
    server = snow.Fakesnow()
    writer = connected(server.url, "writer", Options(write=True))
    for statement in contract.SAMPLE.replace("DOUBLE PRECISION", "DOUBLE").split(";\n"):
        if statement.strip():
            cursor = writer.cursor()
            cursor.run(statement.strip(), {}).read_all()
            cursor.close()
    writer.close()
    yield server.url
    server.remove()


@pytest.mark.support("Snowflake", "emulator")
class TestSnowflake(contract.SourceContract):
    folds_up = True

    def test_lists_keys(self, source):
        # The stand-in knows primary keys alone.
        assert {table.name: table.primary_key for table in source.tables()} == {"CUSTOMERS": ("ID",), "ORDERS": ("ID",)}

    def test_every_value_comes_whole(self, ws):
        # The stand-in sends an empty moment in a form that the driver does not read, so moments are read where there are any.
        rows = self.named(ws.sql("SELECT id, amount, share, note, day, paid FROM orders ORDER BY id").rows())
        expected = [(o[0], o[4], o[5], o[7], o[2], o[6]) for o in contract.ORDERS]
        assert [tuple(row.values()) for row in rows] == expected
        moments = self.named(ws.sql("SELECT placed FROM orders WHERE placed IS NOT NULL ORDER BY id").rows())
        assert [row["placed"] for row in moments] == [o[3] for o in contract.ORDERS if o[3]]

    @pytest.fixture
    def source(self, address):
        source = connected(address, "warehouse", Options())
        yield source
        source.close()


def test_the_address_becomes_the_driver_s_arguments():
    told = arguments("snowflake://ann:p%40ss@org-acct/sales/public?warehouse=wh&role=analyst", Options(extra={"statement_timeout_s": 60}))
    assert (told["user"], told["password"], told["account"], told["database"], told["schema"]) == (
        "ann",
        "p@ss",
        "org-acct",
        "sales",
        "public",
    )
    assert (told["warehouse"], told["role"], told["paramstyle"]) == ("wh", "analyst", "qmark")
    assert told["session_parameters"]["STATEMENT_TIMEOUT_IN_SECONDS"] == 60
    assert told["session_parameters"]["QUERY_TAG"] == "aiser-jupyter"
    with pytest.raises(SourceError, match="names no account"):
        arguments("snowflake:///db", Options())


def test_a_server_that_is_not_there_is_said_in_time(monkeypatch):
    monkeypatch.setenv("SNOW", f"snowflake://ann:hunter2@acct/db/public?host=127.0.0.1&port={free_port()}&protocol=http")
    error = contract.refuses("env:SNOW", within=12, connect_timeout_s=2)
    assert "Snowflake gives no session" in error.message
