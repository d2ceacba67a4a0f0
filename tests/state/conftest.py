"""A real PostgreSQL for what a team shares."""

import pytest
from servers import postgres


@pytest.fixture(scope="session")
def team_url():
    if reason := postgres.missing():
        pytest.skip(reason)
    server = postgres.Postgres()
    yield server.url
    server.stop()
    server.remove()
