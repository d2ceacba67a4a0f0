"""Phrases that say how a figure is told: in units, since we started, growth without its unit, the boss of somebody, things that are empty."""

from datetime import date

import duckdb
import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read, schema_of
from aiser_jupyter.ask.refuse import on_sight
from aiser_jupyter.ask.wording.phrases import plainly
from aiser_jupyter.query.profile import profile

TODAY = date(2025, 1, 10)
SHOP = """
CREATE TABLE worker (worker_id INTEGER PRIMARY KEY, first_name VARCHAR, last_name VARCHAR, email VARCHAR, address VARCHAR, reports_to INTEGER REFERENCES worker(worker_id));
CREATE TABLE product (product_id INTEGER PRIMARY KEY, product_name VARCHAR, category VARCHAR, kind VARCHAR, units_in_stock INTEGER, list_price DOUBLE, reorder_level INTEGER, discontinued INTEGER);
CREATE TABLE basket (basket_id INTEGER PRIMARY KEY, name VARCHAR);
CREATE TABLE basket_product (basket_id INTEGER REFERENCES basket(basket_id), product_id INTEGER REFERENCES product(product_id));
CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, customer_name VARCHAR, region VARCHAR, HomePhone VARCHAR, WorkPhone VARCHAR, StreamTV BOOLEAN, StreamMovies BOOLEAN);
CREATE TABLE orders (order_id INTEGER PRIMARY KEY, sold_on DATE, shipped_on DATE, freight DOUBLE, product_id INTEGER REFERENCES product(product_id), customer_id INTEGER REFERENCES customer(customer_id),
  worker_id INTEGER REFERENCES worker(worker_id), quantity INTEGER, unit_price DOUBLE);
INSERT INTO worker VALUES (1,'Ann','Grey','ann@x.example','1 Road',NULL);
INSERT INTO worker VALUES (2,'Bo','Lind','bo@x.example','2 Road',1);
INSERT INTO worker VALUES (3,'Cy','Moss','cy@x.example','3 Road',2);
INSERT INTO product SELECT i, 'Thing ' || i, CASE i % 2 WHEN 0 THEN 'Round' ELSE 'Flat' END, 'Kind ' || (i % 4), 500 - i * 3, 4.5 + i, 460 + i * 4, CAST(i % 5 = 0 AS INTEGER) FROM range(1, 13) t(i);
INSERT INTO basket VALUES (1,'Spring'),(2,'Summer'),(3,'Winter');
INSERT INTO basket_product VALUES (1,1),(1,2),(3,4);
INSERT INTO customer SELECT i, 'Customer ' || i, CASE i % 3 WHEN 0 THEN 'North' ELSE 'South' END, 'h' || i, 'w' || i, i % 2 = 0, i % 3 = 0 FROM range(1, 41) t(i);
INSERT INTO orders SELECT i, DATE '2023-01-01' + CAST(i % 700 AS INTEGER), DATE '2023-01-01' + CAST(i % 700 + 1 + i % 5 AS INTEGER), 3 + i % 2, 1 + (i * i) % 12, 1 + (i * 7) % 35, 1 + i % 3,
  1 + (i * i) % 12 % 5, 5 + (i * i) % 12 FROM range(0, 1500) t(i);
"""
SOLD = "SELECT product_name, sum(quantity) AS u FROM orders JOIN product USING (product_id) GROUP BY product_id, product_name"
EARNED = "sum(quantity * unit_price)"
GROWTH = f"100.0 * ({EARNED} FILTER (year(sold_on) = 2024) / {EARNED} FILTER (year(sold_on) = 2023) - 1)"
ASKED = [
    ("3 worst selling products in units", f"{SOLD} QUALIFY rank() OVER (ORDER BY u) <= 3"),
    ("top 2 products in pieces", f"{SOLD} QUALIFY rank() OVER (ORDER BY u DESC) <= 2"),
    ("top 2 customers in revenue", f"SELECT customer_name, {EARNED} FROM orders JOIN customer USING (customer_id) GROUP BY customer_id, customer_name QUALIFY rank() OVER (ORDER BY {EARNED} DESC) <= 2"),
    ("revenue growth from 2023 to 2024", f"SELECT {GROWTH} FROM orders"),
    ("sales growth 2024 over 2023 by region", f"SELECT region, {GROWTH} FROM orders JOIN customer USING (customer_id) GROUP BY 1"),
    ("What is the revenue growth rate by category from 2023 to 2024?", f"SELECT category, {GROWTH} FROM orders JOIN product USING (product_id) GROUP BY 1"),
    ("running revenue per quarter since the beginning", f"SELECT date_trunc('quarter', sold_on)::DATE, sum({EARNED}) OVER (ORDER BY date_trunc('quarter', sold_on)::DATE) FROM orders GROUP BY 1"),
    ("revenue by category, in dollars", f"SELECT category, {EARNED} FROM orders JOIN product USING (product_id) GROUP BY 1"),
    ("customers who never bought a thing", "SELECT customer_name FROM customer WHERE customer_id NOT IN (SELECT customer_id FROM orders)"),
    ("which baskets are empty?", "SELECT name FROM basket WHERE basket_id NOT IN (SELECT basket_id FROM basket_product)"),
    ("how many baskets are empty?", "SELECT count(*) FROM basket WHERE basket_id NOT IN (SELECT basket_id FROM basket_product)"),
    ("Who is Cy Moss's boss?", "SELECT first_name, last_name FROM worker WHERE worker_id = 2"),
    ("email address of Bo Lind", "SELECT email FROM worker WHERE worker_id = 2"),
    ("costumers with more then 49 orders", "SELECT customer_name, count(*) FROM orders JOIN customer USING (customer_id) GROUP BY customer_id, customer_name HAVING count(*) > 49"),
    ("how many days pass between sold on and shipped on by category?", "SELECT category, avg(date_diff('day', sold_on, shipped_on)) FROM orders JOIN product USING (product_id) GROUP BY 1"),
    ("which products still on sale have fallen below their reorder level?", "SELECT product_name FROM product WHERE discontinued = 0 AND units_in_stock < reorder_level"),
    ("products below their reorder level", "SELECT product_name FROM product WHERE units_in_stock < reorder_level"),
    ("revenue by region, freight not included", f"SELECT region, {EARNED} FROM orders JOIN customer USING (customer_id) GROUP BY 1"),
    ("are there any orders with a negative unit price?", "SELECT false"),
    ("Home and work phone of Customer 7", "SELECT HomePhone, WorkPhone FROM customer WHERE customer_id = 7"),
    ("average order value per order by region", f"SELECT region, {EARNED} / count(DISTINCT order_id) FROM orders JOIN customer USING (customer_id) GROUP BY 1"),
    ("how many customers use both TV and movie stream?", "SELECT count(*) FROM customer WHERE StreamTV AND StreamMovies"),
    ("Strongest kind in each region by revenue", f"SELECT region, kind, {EARNED} AS r FROM orders JOIN customer USING (customer_id) JOIN product USING (product_id) GROUP BY 1, 2 QUALIFY rank() OVER (PARTITION BY region ORDER BY r DESC) = 1"),
]  # fmt: skip
# What means something else: units of a measure, growth of one period alone, a change told as an amount, an empty thing that holds nothing.
KEPT = [
    "how many products are measured in units of ten",
    "revenue growth in 2024",
    "how much did revenue change from 2023 to 2024",
    "running growth from 2023 to 2024",
    "which workers are empty?",
    "which products are empty?",
    "revenue since the beginning of 2024",
    "more then again",
    "who is the boss",
    "email of Bo Lind",
    "products in value packs",
    "orders with a negative mood",
    "freight not included",
    "products and customer phone",
    "products below their shelf level",
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("phrases")
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute(SHOP)
    workspace = aiser.Workspace(str(folder))
    workspace.connect(str(folder / "shop.duckdb"), name="shop")
    return workspace


def plain(row):
    return tuple(round(float(v), 6) if isinstance(v, (int, float)) else str(v) for v in row)


@pytest.mark.parametrize(("question", "sql"), ASKED)
def test_the_phrase_is_read_as_what_it_means(shop, question, sql):
    reading = read(shop.context, question, on="shop", today=TODAY)
    assert reading.answered, reading.reason
    given, wanted = ([plain(row.values()) for row in shop.sql(text, on="shop").rows()] for text in (reading.sql, sql))
    assert sorted(given) == sorted(wanted)
    assert given, "the test has rows to compare"


@pytest.mark.parametrize("question", KEPT)
def test_other_words_stay_as_they_are(shop, question):
    assert plainly(question, schema_of(profile(shop.context, "shop"))) == question


def test_an_address_is_no_order_to_write_to_it():
    assert on_sight("email address of Bo Lind") == ""
    assert on_sight("email Bo Lind about the offer")
