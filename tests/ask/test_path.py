from aiser_jupyter.ask.restate.path import between, shortest, way

KEYS = [("lines", "orders"), ("orders", "customers"), ("lines", "products"), ("products", "categories"), ("products", "suppliers")]


def test_a_table_on_the_one_shortest_way_is_between():
    joins = [("lines", "orders"), ("orders", "customers")]
    assert between(["lines", "customers"], joins, KEYS) == {"orders"}
    assert between(["orders", "customers"], joins, KEYS) == frozenset()


def test_a_table_at_the_end_is_not_between():
    assert between(["orders", "customers"], [("orders", "customers"), ("orders", "lines")], KEYS) == frozenset()


def test_another_way_is_no_shortest_way():
    longer = [("lines", "orders"), ("orders", "customers")]
    assert between(["lines", "customers"], longer, [*KEYS, ("lines", "customers")]) == frozenset()
    two = [("orders", "a"), ("a", "b"), ("orders", "c"), ("c", "b")]
    assert shortest({"orders": ["a", "c"], "a": ["orders", "b"], "b": ["a", "c"], "c": ["orders", "b"]}, "orders", "b") == (2, 2)
    assert between(["orders", "b"], [("orders", "a"), ("a", "b")], two) == frozenset()


def test_tables_that_are_not_connected_have_no_way():
    assert way({"a": ["b"], "b": ["a"]}, "a", "c") == []
    assert shortest({"a": ["b"], "b": ["a"]}, "a", "c") == (0, 0)
    assert between(["a", "c"], [("a", "b")], [("a", "b")]) == frozenset()
