"""A shop whose figures can be worked out by hand, and the stores that memory is kept in."""

import shutil
import subprocess
import time

import duckdb
import pytest
from servers.daemon import free_port

from aiser_jupyter import Workspace
from aiser_jupyter.memory.postgres import PostgresMemory
from aiser_jupyter.memory.session import SessionMemory
from aiser_jupyter.memory.sqlite import SqliteMemory
from aiser_jupyter.state import State

SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR, country VARCHAR);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), day DATE, revenue DOUBLE, ship_country VARCHAR);
INSERT INTO customers VALUES (1, 'Ada', 'Germany'), (2, 'Ben', 'France'), (3, 'Cleo', 'France');
INSERT INTO orders VALUES (1, 1, '2023-01-05', 10, 'Germany'), (2, 2, '2023-02-05', 20, 'Italy'), (3, 3, '2024-01-05', 40, 'Italy'), (4, 3, '2024-03-05', 80, 'France');
"""


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(SHOP)
    return path


@pytest.fixture
def ws(tmp_path, shop, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AISER_USER", "ada")
    (tmp_path / ".aiser").mkdir()
    ws = Workspace(tmp_path)
    ws.connect(shop, name="shop")
    yield ws
    ws.close()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory):
    pytest.importorskip("redis", reason="the package redis is not installed")
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no Redis on this machine (apt-get install redis-server)")
    port, folder = free_port(), tmp_path_factory.mktemp("redis")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--appendonly", "yes", "--appendfsync", "always"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    import redis

    client = redis.Redis(port=port)
    for _ in range(100):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.1)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(10)


@pytest.fixture(params=["session", "sqlite", "postgres", "redis"])
def store(request, tmp_path):
    """Each store, empty."""
    if request.param == "session":
        yield SessionMemory()
        return
    if request.param == "sqlite":
        (tmp_path / "kept").mkdir()
        state = State(tmp_path / "kept")
        yield SqliteMemory(state)
        state.close()
        return
    if request.param == "postgres":
        pytest.importorskip("psycopg", reason="psycopg is not installed")
        made = PostgresMemory(request.getfixturevalue("team_url"))
    else:
        url = request.getfixturevalue("redis_url")
        from aiser_jupyter.memory.redis_store import RedisMemory

        made = RedisMemory(url)
    made.remove("acme", "ada", [entry.id for entry in made.all("acme", "ada")])
    made.remove("acme", "ben", [entry.id for entry in made.all("acme", "ben")])
    made.remove("zeta", "ada", [entry.id for entry in made.all("zeta", "ada")])
    yield made
    made.close()
