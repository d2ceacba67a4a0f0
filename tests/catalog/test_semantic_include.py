"""Definitions of dbt and Cube, taken over where they can be, and listed with their line where not."""

import pytest

from aiser_jupyter.catalog.semantic import SemanticModel, file

DBT = """\
models:
  - name: orders
    description: One row an order.
    columns:
      - {name: freight, description: What sending it costs.}
semantic_models:
  - name: order_facts
    model: ref('orders')
    defaults: {agg_time_dimension: ordered_at}
    entities:
      - {name: order, type: primary, expr: order_id}
      - {name: customer, type: foreign, expr: customer_id}
    dimensions:
      - {name: ordered_at, type: time, expr: order_date, type_params: {time_granularity: day}}
      - {name: is_heavy, type: categorical, expr: "case when freight > 8 then 'heavy' else 'light' end"}
    measures:
      - {name: freight_total, agg: sum, expr: freight, create_metric: true}
      - {name: order_count, agg: count, expr: order_id}
      - {name: buyers, agg: count_distinct, expr: customer_id}
      - {name: odd, agg: percentile, expr: freight}
  - name: buyers
    model: ref('shop', 'customers')
    entities: [{name: customer, type: primary, expr: customer_id}]
    dimensions: [{name: land, type: categorical, expr: country}]
"""
METRICS = """\
metrics:
  - {name: shipping, label: Shipping cost, type: simple, type_params: {measure: freight_total}}
  - name: german_orders
    type: simple
    type_params: {measure: {name: order_count, filter: "{{ Dimension('customer__land') }} = 'Germany'"}}
  - {name: shipping_per_buyer, type: ratio, type_params: {numerator: shipping, denominator: buyer_count}}
  - {name: buyer_count, type: simple, type_params: {measure: buyers}}
  - name: shipping_left
    type: derived
    type_params: {expr: s * 2 - shipping, metrics: [{name: shipping, alias: s}]}
  - {name: growing, type: cumulative, type_params: {measure: freight_total}}
  - {name: lost, type: simple, type_params: {measure: nothing}}
  - {name: late, type: derived, type_params: {expr: shipping, metrics: [{name: shipping, offset_window: 1 month}]}}
"""
CUBE = """\
cubes:
  - name: sales
    sql_table: main.orders
    title: Purchases
    joins:
      - {name: buyers, relationship: many_to_one, sql: "{CUBE}.customer_id = {buyers.id}"}
    dimensions:
      - {name: id, sql: order_id, type: number, primary_key: true}
      - {name: day, sql: "{CUBE}.order_date", type: time, title: Order day}
      - {name: weight_class, sql: "CASE WHEN {CUBE}.freight > 8 THEN 'heavy' ELSE 'light' END", type: string}
    measures:
      - {name: count, type: count}
      - {name: freight, sql: freight, type: sum, format: currency, title: Postage}
      - {name: heavy_freight, sql: freight, type: sum, filters: [{sql: "{CUBE}.freight > 8"}]}
      - {name: mean_freight, sql: "{freight} / {count}", type: number}
      - {name: so_far, sql: freight, type: sum, rolling_window: {trailing: unbounded}}
    segments:
      - {name: cheap, sql: "{CUBE}.freight < 6"}
    pre_aggregations: [{name: main, measures: [count]}]
  - name: buyers
    sql: SELECT * FROM customers
    dimensions:
      - {name: id, sql: customer_id, type: number, primary_key: true}
      - {name: land, sql: country, type: string, public: false}
  - {name: made, sql: "SELECT 1 AS a"}
views:
  - {name: overview}
"""


def load(tmp_path, include, **files):
    for name, text in files.items():
        path = tmp_path / name.replace("__", "/").replace("DOT", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    path = file.path_in(tmp_path)
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"v: 1\ninclude: {include}\n")
    loaded = file.load(tmp_path)
    return loaded.model, [str(problem) for problem in loaded.problems]


def test_dbt_is_taken_over(tmp_path):
    model, problems = load(
        tmp_path, "[dbt/dbt_project.yml]", dbt__dbt_projectDOTyml="name: x\n", dbt__models__aDOTyml=DBT, dbt__models__bDOTyml=METRICS
    )
    assert problems == []
    assert {one.name: one.sql for one in model.metrics if one.sql} == {
        "freight total": "sum(orders.freight)",
        "shipping": "sum(orders.freight)",
        "german orders": "count(orders.order_id)",
        "buyer count": "count(distinct orders.customer_id)",
    }
    shipping = model.metric("shipping")
    assert (shipping.synonyms, str(shipping.place)) == (("Shipping cost",), "dbt/models/b.yml, line 2, column 5")
    assert model.metric("german orders").filter == "(customers.country = 'Germany')"
    assert model.metric("shipping per buyer").ratio == ("shipping", "buyer count")
    assert model.metric("shipping left").formula == "shipping * 2 - shipping"
    assert [one.sql for one in model.joins] == ["orders.customer_id = customers.customer_id"]
    orders = model.table("orders")
    assert (orders.description, orders.time) == ("One row an order.", "orders.order_date")
    assert {one.name: (one.synonyms, one.description) for one in orders.columns} == {
        "freight": ((), "What sending it costs."),
        "order_date": (("ordered at",), ""),
    }
    assert model.table("customers").columns[0].synonyms == ("land",)
    assert [(one.name, one.table) for one in model.dimensions] == [("is heavy", "orders")]
    assert [(one.what, one.place.file.rpartition("/")[2], one.place.line) for one in model.unread] == [
        ("measure odd", "a.yml", 20),
        ("metric growing", "b.yml", 11),
        ("metric lost", "b.yml", 12),
        ("metric late", "b.yml", 13),
    ]


def test_a_manifest_of_dbt_is_taken_over(tmp_path):
    manifest = """{"semantic_models": [{"name": "o", "node_relation": {"alias": "orders", "schema_name": "main"}, "entities": [],
      "dimensions": [], "measures": [{"name": "f", "agg": "max", "expr": "freight"}]}],
      "metrics": [{"name": "top_freight", "type": "simple", "type_params": {"measure": {"name": "f", "filter": null}}, "filter": {"where_filters":
      [{"where_sql_template": "freight > 1"}]}}]}"""
    model, problems = load(tmp_path, "[semantic_manifest.json]", semantic_manifestDOTjson=manifest)
    assert problems == []
    assert [(one.name, one.sql, one.filter) for one in model.metrics] == [("top freight", "max(orders.freight)", "(freight > 1)")]


def test_cube_is_taken_over(tmp_path):
    model, problems = load(tmp_path, "[model/cubes]", model__cubes__salesDOTyml=CUBE, model__cubes__oldDOTjs="cube('x', {})")
    assert problems == []
    assert {one.name: (one.sql, one.filter, one.formula) for one in model.metrics} == {
        "sales count": ("count(orders)", "", ""),
        "freight": ("sum(freight)", "", ""),
        "heavy freight": ("sum(freight)", "(orders.freight > 8)", ""),
        "mean freight": ("", "", 'freight / "sales count"'),
    }
    freight = model.metric("freight")
    assert (freight.table, freight.synonyms, freight.format) == ("orders", ("Postage",), "money")
    assert [one.sql for one in model.joins] == ["orders.customer_id = customers.customer_id"]
    assert [(one.name, one.sql) for one in model.filters] == [("cheap", "orders.freight < 6")]
    assert [(one.name, one.sql) for one in model.dimensions] == [
        ("weight class", "CASE WHEN orders.freight > 8 THEN 'heavy' ELSE 'light' END")
    ]
    orders, customers = model.table("orders"), model.table("customers")
    assert orders.synonyms == ("sales", "Purchases")
    assert {one.name: one.synonyms for one in orders.columns} == {"order_id": ("id",), "order_date": ("day", "Order day")}
    assert [(one.name, one.hidden) for one in customers.columns] == [("customer_id", False), ("country", True)]
    assert sorted((one.what, one.place.line) for one in model.unread) == [
        ("cube made", 25),
        ("measure sales.so_far", 16),
        ("model/cubes/old.js", 0),
        ("view overview", 27),
    ]


def test_what_the_file_says_stands_before_what_it_includes(tmp_path):
    (tmp_path / ".aiser").mkdir()
    (tmp_path / "dbt").mkdir()
    (tmp_path / "dbt" / "a.yml").write_text(DBT)
    file.path_in(tmp_path).write_text("v: 1\ninclude: dbt\nmetrics: {freight total: max(orders.freight)}\n")
    model = file.load(tmp_path).model
    assert [(one.name, one.sql) for one in model.metrics] == [("freight total", "max(orders.freight)")]
    assert [str(one.place) for one in model.unread if one.what == "metric freight total"] == ["dbt/a.yml, line 17, column 9"]


@pytest.mark.parametrize("name", ["/etc/passwd", "../other", "~/models", "C:\\models", "file:///etc", "link"])
def test_nothing_outside_the_workspace_is_read(tmp_path, name):
    root = tmp_path / "in"
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.yml").write_text(DBT)
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "other")
    model, problems = load(root, f"['{name}']")
    assert problems == [f".aiser/semantic.yaml, line 2: include {name!r} leads out of the workspace. Only files inside it are read."]
    assert model.metrics == ()


def test_a_link_inside_a_folder_is_not_followed_out(tmp_path):
    root = tmp_path / "in"
    (root / "dbt").mkdir(parents=True)
    (tmp_path / "a.yml").write_text(DBT)
    (root / "dbt" / "a.yml").symlink_to(tmp_path / "a.yml")
    model, problems = load(root, "[dbt]")
    assert (model.metrics, problems) == ((), [])


def test_what_is_not_there_is_said(tmp_path):
    _, problems = load(tmp_path, "[dbt]")
    assert problems == [".aiser/semantic.yaml, line 2: include 'dbt': there is no such file or folder. It is relative to the workspace."]


def test_a_broken_file_is_told_with_its_own_line(tmp_path):
    _, problems = load(tmp_path, "[dbt]", dbt__aDOTyml="metrics:\n  - name: [a\n")
    assert problems[0].startswith("dbt/a.yml, line 3, column 1: this is no valid YAML")


def test_a_changed_or_added_file_is_seen(tmp_path):
    load(tmp_path, "[dbt]", dbt__aDOTyml=DBT)
    loaded = file.load(tmp_path)
    assert file.fresh(loaded)
    (tmp_path / "dbt" / "b.yml").write_text(METRICS)
    assert not file.fresh(loaded)
    assert isinstance(file.load(tmp_path).model, SemanticModel)
