"""The five databases of the business questions: two sample shops as they are, two flat files as tables, and a star schema made here.

``python tests/ask/business/databases.py`` writes them to ``db/`` beside this file, each with altered copies ``NAME.m1.duckdb`` (rows left out,
amounts changed), on which an answer must be right too.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
DATA = HERE.parents[3] / "shared" / "data"
NAMES = ("chinook", "northwind", "star", "telco", "retail")
CATEGORIES = {"Bikes": ("Road Bikes", "Mountain Bikes"), "Clothing": ("Jerseys", "Gloves", "Socks"), "Accessories": ("Helmets", "Lights")}
BRANDS = ("Alpine", "Veloce", "Northwheel", "Pedalo")
REGIONS = ("North", "South", "East", "West")
PLACES = (("Hamburg", "Germany"), ("Lyon", "France"), ("Leeds", "United Kingdom"), ("Turin", "Italy"), ("Gent", "Belgium"))
FIRST, LAST = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gina", "Hugo"), ("Abel", "Berg", "Costa", "Dahl", "Ekman", "Frost", "Graf")
SCHEMA = """
create table dim_date (date_key integer primary key, full_date date, year integer, quarter integer, month integer, month_name varchar, day_name varchar, is_weekend boolean);
create table dim_product (product_key integer primary key, product_name varchar, brand varchar, category varchar, subcategory varchar, unit_cost double, list_price double);
create table dim_customer (customer_key integer primary key, customer_name varchar, segment varchar, city varchar, country varchar, signup_date date);
create table dim_store (store_key integer primary key, store_name varchar, store_type varchar, region varchar, opened_date date);
create table fact_sales (sale_key integer primary key, order_number varchar, date_key integer references dim_date(date_key), product_key integer references dim_product(product_key),
  customer_key integer references dim_customer(customer_key), store_key integer references dim_store(store_key), quantity integer, unit_price double, discount_amount double, sales_amount double, cost_amount double);
create table fact_returns (return_key integer primary key, date_key integer references dim_date(date_key), product_key integer references dim_product(product_key),
  store_key integer references dim_store(store_key), quantity integer, refund_amount double, reason varchar);
"""


def build(folder: Path = HERE / "db") -> Path:
    """Write what is not there yet, and give the folder; raises FileNotFoundError where the shared data is absent."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("chinook", "northwind"):
        for source in sorted((DATA / "business_qa" / "db").glob(f"{name}.*duckdb")):
            target = folder / source.name
            if not target.exists():
                target.symlink_to(source)
    flat = {
        "telco": (DATA / "business" / "telco_churn" / "telco.csv", "telco"),
        "retail": (DATA / "business" / "online_retail" / "online_retail.parquet", "online_retail"),
    }
    for name, (source, table) in flat.items():
        if not source.exists():
            raise FileNotFoundError(source)
        _flat(folder / f"{name}.duckdb", source, table, "")
        _flat(folder / f"{name}.m1.duckdb", source, table, "where hash(rowid) % 4 > 0")
    for copy, seed in (("star", 1), ("star.m1", 2)):
        _star(folder / f"{copy}.duckdb", seed)
    return folder


def _flat(path: Path, source: Path, table: str, only: str) -> None:
    if not path.exists():
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"create temp table source as select * from '{source}'")
            connection.execute(f"create table {table} as select * from source {only} order by rowid")


def _star(path: Path, seed: int) -> None:
    if path.exists():
        return
    chance = random.Random(seed)  # the same shop each time, not a secret
    days = [date(2022, 1, 1) + timedelta(n) for n in range(912)]
    dates = [(int(f"{d:%Y%m%d}"), d, d.year, (d.month + 2) // 3, d.month, f"{d:%B}", f"{d:%A}", d.weekday() > 4) for d in days]
    products = []
    for category, kinds in CATEGORIES.items():
        for kind in kinds:
            for n in range(2 + len(kind) % 4):
                cost = round(chance.uniform(3, 60) * (12 if category == "Bikes" else 1), 2)
                brand = chance.choice(BRANDS)
                products.append(
                    (len(products) + 1, f"{brand} {kind.rstrip('s')} {100 + n * 50}", brand, category, kind, cost, round(cost * 1.6, 2))
                )
    customers = []
    for key in range(1, 121):
        city, country = chance.choice(PLACES)
        signed = date(2020, 1, 1) + timedelta(chance.randrange(1500))
        name = f"{chance.choice(FIRST)} {chance.choice(LAST)} {key}"
        customers.append((key, name, chance.choice(("Consumer", "Corporate", "Home Office")), city, country, signed))
    stores = [
        (key, f"Store {city} {key}", chance.choice(("Online", "Outlet", "Flagship")), REGIONS[key % 4], date(2014 + key % 9, 3, 1))
        for key, city in enumerate(("Kiel", "Bremen", "Ulm", "Trier", "Jena", "Fulda", "Worms", "Passau", "Essen", "Erfurt"), 1)
    ]
    sales, returns = [], []
    while len(sales) < 4000:
        order, day, customer, store = f"SO{10000 + len(sales)}", chance.choice(dates), chance.choice(customers[:-6]), chance.choice(stores)
        for product in chance.sample(products, chance.randint(1, 4)):
            units = chance.choice((1, 1, 1, 2, 3))
            off = round(product[6] * units * chance.choice((0, 0, 0.05, 0.1)), 2)
            sales.append(
                (
                    len(sales) + 1,
                    order,
                    day[0],
                    product[0],
                    customer[0],
                    store[0],
                    units,
                    product[6],
                    off,
                    round(product[6] * units - off, 2),
                    round(product[5] * units, 2),
                )
            )
            if product[0] % 7 and store[0] % 5 and chance.random() < 0.05:
                back = chance.choice(dates)
                returns.append(
                    (len(returns) + 1, back[0], product[0], store[0], 1, product[6], chance.choice(("Damaged", "Too late", "Wrong size")))
                )
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCHEMA)
        filled = {
            "dim_date": dates,
            "dim_product": products,
            "dim_customer": customers,
            "dim_store": stores,
            "fact_sales": sales,
            "fact_returns": returns,
        }
        for table, rows in filled.items():
            values = ",".join("(" + ",".join(_literal(value) for value in row) + ")" for row in rows)
            connection.execute(f"insert into {table} values {values}")  # values made here


def _literal(value: object) -> str:
    if isinstance(value, bool | int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


if __name__ == "__main__":
    build()
