"""The form of the semantic file: what is written is read again, and each mistake is told with its line."""

import stat

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiser_jupyter.catalog.semantic import (
    ColumnMeaning,
    Dimension,
    Filter,
    FiscalYear,
    Hierarchy,
    Join,
    Metric,
    SemanticModel,
    TableMeaning,
    VerifiedQuery,
    file,
)
from aiser_jupyter.catalog.semantic.names import joined, split
from aiser_jupyter.catalog.semantic.read import read, version
from aiser_jupyter.catalog.semantic.write import merged
from aiser_jupyter.errors import SemanticError

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).map(str.strip).filter(bool)
WORDS = st.lists(TEXT, max_size=3, unique=True).map(tuple)
MAYBE = st.one_of(st.just(""), TEXT)
FORMAT = st.sampled_from(["", "money", "percent", "share", "count", "number"])


def named(kind, **fields):
    """Up to three entries with different names."""
    return st.lists(st.builds(kind, name=TEXT, **fields), max_size=3, unique_by=lambda one: one.name.casefold()).map(tuple)


COLUMNS = named(
    ColumnMeaning,
    synonyms=WORDS,
    description=MAYBE,
    unit=MAYBE,
    format=FORMAT,
    hidden=st.booleans(),
    values=st.lists(st.tuples(TEXT, WORDS.filter(bool)), max_size=2, unique_by=lambda pair: pair[0].casefold()).map(tuple),
)
COMMON = {"synonyms": WORDS, "description": MAYBE, "unit": MAYBE, "format": FORMAT, "time": MAYBE, "reason": MAYBE}
METRICS = st.tuples(
    named(Metric, sql=TEXT, table=MAYBE, filter=MAYBE, **COMMON),
    named(Metric, ratio=st.tuples(TEXT, TEXT).filter(lambda pair: pair[0] != pair[1]), **COMMON),
    named(Metric, formula=TEXT, **COMMON),
).map(lambda kinds: tuple({one.name.casefold(): one for kind in kinds for one in kind}.values()))
DIMENSIONS = st.one_of(
    named(Dimension, column=TEXT, table=MAYBE, synonyms=WORDS, description=MAYBE),
    named(Dimension, sql=TEXT, table=MAYBE, synonyms=WORDS, description=MAYBE),
)
DAYS = st.dates().map(lambda day: f"{day:%Y-%m-%d}" if day.year > 999 else "")
MODELS = st.builds(
    SemanticModel,
    source=st.just(""),
    metrics=METRICS,
    dimensions=DIMENSIONS,
    tables=named(TableMeaning, synonyms=WORDS, description=MAYBE, time=MAYBE, label=WORDS, hidden=st.booleans(), columns=COLUMNS),
    hierarchies=named(Hierarchy, levels=st.lists(TEXT, min_size=2, max_size=4, unique=True).map(tuple)),
    filters=named(Filter, sql=TEXT, table=MAYBE, synonyms=WORDS, description=MAYBE),
    joins=st.lists(st.builds(Join, sql=TEXT), max_size=3).map(tuple),
    fiscal_year=st.one_of(st.none(), st.builds(FiscalYear, starts=st.integers(1, 12), named=st.sampled_from(["start", "end"]))),
    queries=st.lists(st.builds(VerifiedQuery, question=TEXT, sql=TEXT, on=MAYBE, verified_by=MAYBE, date=DAYS), max_size=3).map(tuple),
    include=WORDS,
    on=WORDS,
    description=MAYBE,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(MODELS)
def test_what_is_written_is_read_again(model):
    found, problems = read(model.yaml(), "semantic.yaml")
    assert problems == []
    assert found == model
    assert yaml.safe_load(model.yaml())["v"] == 1


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(MODELS, MODELS)
def test_what_is_added_leaves_what_is_there(held, more):
    def fresh(mine, theirs):
        names = {one.name.casefold() for one in mine}
        return tuple(one for one in theirs if one.name.casefold() not in names)

    added = SemanticModel(
        "",
        metrics=fresh(held.metrics, more.metrics),
        dimensions=fresh(held.dimensions, more.dimensions),
        tables=fresh(held.tables, more.tables),
    )
    before = held.yaml().replace("metrics:\n", "metrics:  # mine\n")
    after = merged(before, added)
    found, problems = read(after, "semantic.yaml")
    assert problems == []
    assert found.metrics == (*held.metrics, *added.metrics)
    assert found.dimensions == (*held.dimensions, *added.dimensions)
    assert found.tables == (*held.tables, *added.tables)
    assert found.queries == held.queries
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_told_what_is_wrong(text):
    model, problems = read(text, "semantic.yaml")
    assert problems or model.metrics == ()


@settings(max_examples=100, deadline=None)
@given(TEXT, TEXT)
def test_a_name_is_split_as_it_was_joined(table, column):
    assert split(joined(table, column)) == (table, column)


MISTAKES = [
    ("v: 1\nmetrics:\n  revenue: {sql: sum(a.b), synonims: [x]}\n", 3, 28, "metric revenue has no key 'synonims'. Did you mean synonyms?"),
    ("v: 1\nmetriks:\n  a: b\n", 2, 1, "the file has no key 'metriks'. Did you mean metrics?"),
    ("metrics: {}\n", 1, 1, "the file does not say which version"),
    ("v: 2\n", 1, 4, "version 2 of the form is not known; this is version 1."),
    ("v: 1\nmetrics: [a]\n", 2, 10, "metrics must be a mapping, and a list stands there."),
    ("v: 1\nmetrics:\n  a: {ratio: [x]}\n", 3, 14, "a ratio is of two metrics"),
    ("v: 1\nmetrics:\n  a: {sql: x, formula: y}\n", 3, 3, "needs one of sql, ratio and formula, and it has sql and formula."),
    ("v: 1\nmetrics:\n  a: {synonyms: [x]}\n", 3, 3, "needs one of sql, ratio and formula, and it has none."),
    ("v: 1\nmetrics:\n  a: sum(x.y)\n  A: sum(x.z)\n", 4, 3, "metrics names 'A' twice; the first is in line 3."),
    ("v: 1\nmetrics:\n  a: {sql: coalesce(x.y, 0)}\n", 3, 26, "Within {…} a text with a comma stands in quotes."),
    ("v: 1\nmetrics:\n  a: {sql: x, format: monney}\n", 3, 23, "format of metric a cannot be 'monney'. Did you mean money?"),
    ("v: 1\ntables:\n  orders: {hidden: maybe}\n", 3, 20, "hidden of table orders must be true or false, and 'maybe' stands there."),
    ("v: 1\ntables:\n  orders: {label: {a: b}}\n", 3, 19, "must be a text, and a mapping stands there."),
    ("v: 1\nfiscal_year: Brumaire\n", 2, 14, "fiscal_year must begin in a month, and 'brumaire' is none."),
    ("v: 1\nhierarchies: {a: [x.y]}\n", 2, 15, "hierarchy a needs two columns or more"),
    ("v: 1\nfilters:\n  a: {synonyms: b}\n", 3, 3, "filter a needs its sql"),
    ("v: 1\ndimensions:\n  a: {column: x.y, sql: z}\n", 3, 3, "dimension a needs either column or sql."),
    ("v: 1\nqueries:\n  - question: how?\n", 3, 5, "a verified query needs its sql."),
    (
        "v: 1\nqueries:\n  - {question: 'how?', sql: select 1, date: 5 May}\n",
        3,
        45,
        "the date of a verified query is written as 2026-10-05",
    ),
    ("v: 1\na: &x 1\nb: *x\n", 3, 4, "anchors and aliases (*) are not read."),
    ("v: 1\nmetrics:\n\ta: b\n", 3, 1, "this is no valid YAML"),
    ("v: 1\nqueries: [{question: how?, sql: select 1}]\n", 2, 25, "Within {…} a text with , ? : or brackets stands in quotes."),
    ("v: 1\nmetrics: {a: b\n", 3, 1, "this is no valid YAML"),
    ("", 1, 1, "the file is empty."),
]


@pytest.mark.parametrize(("text", "line", "column", "message"), MISTAKES)
def test_a_mistake_is_told_with_its_place(text, line, column, message):
    _, problems = read(text, ".aiser/semantic.yaml")
    assert (problems[0].place.line, problems[0].place.column) == (line, column)
    assert message in str(problems[0])
    assert str(problems[0]).startswith(f".aiser/semantic.yaml, line {line}, column {column}: ")


def test_every_mistake_is_told_in_the_order_of_its_line():
    _, problems = read("v: 1\nfoo: 1\nmetrics:\n  a: {x: y}\nfiscal_year: 13\n", "f")
    assert [problem.place.line for problem in problems] == [2, 4, 4, 5]


def test_the_words_of_a_file_are_not_booleans_or_numbers():
    model, problems = read("v: 1\ntables: {t: {columns: {c: {values: {NO: [Norway], 1: [on, yes], 007: [Bond]}}}}}\n", "f")
    assert problems == []
    assert model.tables[0].columns[0].values == (("NO", ("Norway",)), ("1", ("on", "yes")), ("007", ("Bond",)))


def test_a_file_of_a_newer_form_is_refused_and_left_alone(tmp_path):
    path = file.path_in(tmp_path)
    path.parent.mkdir()
    path.write_text("v: 7\nnew: {}\n")
    with pytest.raises(SemanticError, match="Version 7 of the form is not known") as caught:
        file.refuse(file.load(tmp_path).problems)
    assert caught.value.exit_status == 1
    assert path.read_text() == "v: 7\nnew: {}\n"


def test_an_older_form_is_migrated_after_a_backup(tmp_path):
    path = file.path_in(tmp_path)
    path.parent.mkdir()
    path.write_text("v: 1\nmeasures: {a: b}  # mine\n")

    def second(text):
        return text.replace("v: 1", "v: 2").replace("measures:", "metrics:")

    assert file.migrated(path, path.read_text(), [second]) == "v: 2\nmetrics: {a: b}  # mine\n"
    assert path.read_text() == "v: 2\nmetrics: {a: b}  # mine\n"
    assert path.with_name("semantic.yaml.v1.bak").read_text() == "v: 1\nmeasures: {a: b}  # mine\n"
    assert file.migrated(path, path.read_text(), [second]) == path.read_text()
    assert version(path.read_text()) == 2
    path.write_text("v: 1\n")
    file.migrated(path, "v: 1\n", [second])
    assert path.with_name("semantic.yaml.v1.bak2").read_text() == "v: 1\n"


def test_a_new_file_is_its_owners_alone_and_an_old_one_keeps_its_rights(tmp_path):
    path = file.path_in(tmp_path)
    file.save(path, "v: 1\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    file.save(path, "v: 1\non: shop\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [one.name for one in path.parent.iterdir()] == ["semantic.yaml"]


def test_lines_of_people_stay_where_entries_are_added():
    held = (
        "v: 1  # the form\n\nmetrics:\n  # money\n  revenue: >-\n    sum(a.b)\n\n# names\ntables:\n    a:\n        synonyms: [x]  # short\n"
    )
    more = SemanticModel("", (Metric("cost", sql="sum(c.d)"),), tables=(TableMeaning("c", time="c.day"),))
    assert merged(held, more) == (
        "v: 1  # the form\n\nmetrics:\n  # money\n  revenue: >-\n    sum(a.b)\n  cost: sum(c.d)\n\n# names\ntables:\n    a:\n        synonyms: [x]  # short\n"
        "    c: {time: c.day}\n"
    )
    assert merged("v: 1\ntables: {a: {}}\nmetrics:\n", more) == ("v: 1\ntables: {a: {}, c: {time: c.day}}\nmetrics:\n  cost: sum(c.d)\n")
