"""The boat yard as a prepared schema."""

import duckdb
import pytest
import yard as boat_yard

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import schema_of
from aiser_jupyter.query.profile import profile


@pytest.fixture(scope="session")
def yard(tmp_path_factory):
    """The schema of the boat yard."""
    path = tmp_path_factory.mktemp("yard") / "yard.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(boat_yard.SQL)
    ws = aiser.Workspace(path.parent)
    ws.connect(path, "data")
    yield schema_of(profile(ws.context, "data"))
    ws.close()
