from aiser_jupyter.ask.sql.joins import JoinGraph
from aiser_jupyter.catalog import Catalog, Column, Key, Table


def catalog():
    def table(name, *columns):
        return Table(name, tuple(Column(c, "integer", "INTEGER", primary=i == 0) for i, c in enumerate(columns)))

    tables = (
        table("a", "a_id"),
        table("b", "b_id", "a_id"),
        table("c", "c_id", "b_id"),
        table("d", "d_id", "a_id", "code_x"),
        table("alone", "k"),
    )
    keys = (
        Key("b", ("a_id",), "a", ("a_id",)),
        Key("c", ("b_id",), "b", ("b_id",)),
        Key("d", ("a_id",), "a", ("a_id",), declared=False, confidence=0.5),
    )
    return Catalog("s", "duckdb", tables, keys)


def test_a_path_runs_through_the_tables_between():
    path = JoinGraph(catalog()).path(("a", "c"))
    assert path.tables == ("a", "b", "c")
    assert path.cost == 2.0


def test_a_weak_key_costs_more_than_a_declared_one():
    graph = JoinGraph(catalog())
    assert graph.path(("a", "d")).cost == 1.3
    assert graph.path(("a", "b")).cost == 1.0


def test_no_path_where_tables_do_not_hang_together():
    assert JoinGraph(catalog()).path(("a", "alone")) is None


def test_the_parent_is_repeated_and_the_child_is_not():
    graph = JoinGraph(catalog())
    path = graph.path(("a", "c"))
    assert graph.multiplies(path, "a")
    assert graph.multiplies(path, "b")
    assert not graph.multiplies(path, "c")


def test_two_children_of_one_parent_repeat_each_other():
    graph = JoinGraph(catalog())
    path = graph.path(("b", "d"))
    assert graph.multiplies(path, "b")
    assert graph.multiplies(path, "d")


def test_tables_that_only_very_many_joins_link_have_nothing_to_do_with_each_other():
    tables = tuple(
        Table(f"t{n}", (Column("id", "integer", "INTEGER", primary=True), Column("next", "integer", "INTEGER"))) for n in range(30)
    )
    graph = JoinGraph(Catalog("wide", "sqlite", tables, tuple(Key(f"t{n}", ("next",), f"t{n + 1}", ("id",)) for n in range(29))))
    near = graph.path(("t0", "t9"))
    assert near is not None
    assert len(near.steps) == 9
    assert graph.path(("t0", "t20")) is None
