"""A small shop in DuckDB and in SQLite, with figures that can be worked out by hand."""

import sqlite3

import duckdb
import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import schema_of
from aiser_jupyter.query.profile import profile

SCRIPT = """
CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, name VARCHAR, city VARCHAR, country VARCHAR);
CREATE TABLE categories (category_id INTEGER PRIMARY KEY, category_name VARCHAR);
CREATE TABLE products (product_id INTEGER PRIMARY KEY, product_name VARCHAR, category_id INTEGER REFERENCES categories(category_id), price DOUBLE, weight DOUBLE);
CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(customer_id), order_date DATE, freight DOUBLE);
CREATE TABLE order_lines (order_id INTEGER REFERENCES orders(order_id), product_id INTEGER REFERENCES products(product_id), unit_price DOUBLE, quantity INTEGER, discount DOUBLE);
INSERT INTO customers VALUES (1,'Anna Berg','Berlin','Germany'),(2,'Bob Stone','Boston','USA'),(3,'Carla Diaz','Madrid','Spain'),(4,'Dora Klein','Munich','Germany'),(5,'Ed Lonely','Boston','USA');
INSERT INTO categories VALUES (1,'Beverages'),(2,'Seafood');
INSERT INTO products VALUES (1,'Chai',1,10,1.5),(2,'Cola',1,4,2.0),(3,'Salmon',2,20,0.5),(4,'Shrimp',2,16,0.25),(5,'Old Tea',1,3,0.1);
INSERT INTO orders VALUES (1,1,'2023-01-15',5),(2,1,'2023-02-10',7),(3,2,'2023-04-05',9),(4,3,'2023-07-20',11),(5,4,'2024-01-02',13),(6,2,'2024-02-11',3),(7,1,'2024-02-20',8);
INSERT INTO order_lines VALUES (1,1,10,2,0),(1,3,20,1,0),(2,2,4,5,0),(3,3,20,2,0.5),(4,4,16,1,0),(5,1,10,3,0),(6,2,4,10,0),(7,3,20,4,0.25),(7,4,16,1,0);
"""


@pytest.fixture(scope="session")
def shop_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCRIPT)
    return path


@pytest.fixture(scope="session")
def sqlite_shop_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "shop.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(SCRIPT)
    return path


@pytest.fixture(scope="session")
def shop(shop_file, tmp_path_factory):
    workspace = aiser.Workspace(tmp_path_factory.mktemp("work"))
    workspace.connect(str(shop_file), name="shop")
    return workspace


@pytest.fixture(scope="session")
def sqlite_shop(sqlite_shop_file, tmp_path_factory):
    workspace = aiser.Workspace(tmp_path_factory.mktemp("work"))
    workspace.connect(str(sqlite_shop_file), name="shop")
    return workspace


@pytest.fixture(scope="module")
def schema(request, tmp_path_factory):
    """The prepared schema of the database that the module's SQL makes."""
    path = tmp_path_factory.mktemp("made") / "made.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(request.module.SQL)
    ws = aiser.Workspace(path.parent)
    ws.connect(path, "data")
    yield schema_of(profile(ws.context, "data"))
    ws.close()


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A function that gives a workspace with a DuckDB file for each script by name; all are closed with the module, so that others may open files of theirs."""
    made = []

    def workspace(**scripts: str) -> aiser.Workspace:
        folder = tmp_path_factory.mktemp("opened")
        made.append(aiser.Workspace(folder))
        for name, script in scripts.items():
            with duckdb.connect(str(folder / f"{name}.duckdb")) as connection:
                connection.execute(script)
            made[-1].connect(folder / f"{name}.duckdb", name)
        return made[-1]

    yield workspace
    for one in made:
        one.close()
