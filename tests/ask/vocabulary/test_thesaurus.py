"""Words that stand for one another: in one place, without a row said twice, and silent where the data has the word itself."""

from datetime import date

import duckdb
import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read, schema_of
from aiser_jupyter.ask.reader.naming import SYNONYMS, likeness, part
from aiser_jupyter.ask.vocabulary import lexicon
from aiser_jupyter.ask.vocabulary.nouns import renamed
from aiser_jupyter.ask.vocabulary.thesaurus import NAMES, SYNONYM_GROUPS, THINGS, grouped
from aiser_jupyter.query.profile import profile

TODAY = date(2025, 6, 15)
CAFES = """
CREATE TABLE outlet (outlet_id INTEGER PRIMARY KEY, outlet_name VARCHAR, seats INTEGER);
CREATE TABLE menu_item (item_id INTEGER PRIMARY KEY, item_name VARCHAR, vegan BOOLEAN);
CREATE TABLE applicants (applicant_id INTEGER PRIMARY KEY, full_name VARCHAR, dish VARCHAR);
CREATE TABLE bill (bill_no INTEGER PRIMARY KEY, outlet_id INTEGER REFERENCES outlet(outlet_id), opened_at TIMESTAMP, total DOUBLE);
INSERT INTO outlet VALUES (1, 'Harbour', 40), (2, 'Mill', 60);
INSERT INTO menu_item VALUES (1, 'Soup', true), (2, 'Pie', false), (3, 'Salad', true);
INSERT INTO applicants VALUES (1, 'Ada Low', 'x'), (2, 'Bo Ray', 'y');
INSERT INTO bill SELECT i, 1 + i % 2, TIMESTAMP '2024-01-01' + to_hours(CAST(i AS INTEGER)), i % 9 FROM range(0, 700) t(i);
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("thesaurus")
    with duckdb.connect(str(folder / "cafes.duckdb")) as connection:
        connection.execute(CAFES)
    made = aiser.Workspace(str(folder))
    made.connect(str(folder / "cafes.duckdb"), name="cafes")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("question", "gold"),
    [
        ("revenue per restaurant", "SELECT outlet_name, sum(total) FROM bill JOIN outlet USING (outlet_id) GROUP BY 1"),
        ("how many receipts were there since January 20, 2024", "SELECT count(*) FROM bill WHERE opened_at >= '2024-01-20'"),
        ("how many candidates do we have", "SELECT 2"),
    ],
)
def test_a_thing_may_be_called_otherwise(workspace, question, gold):
    reading = read(workspace.context, question, on="cafes", today=TODAY)
    assert reading.answered, (reading.reason, reading.alternatives[:2])
    found, wanted = (sorted(tuple(row.values()) for row in workspace.sql(sql, on="cafes").rows()) for sql in (reading.sql, gold))
    assert found == wanted


def test_a_word_that_the_data_has_itself_stays(workspace):
    schema = schema_of(profile(workspace.context, "cafes"))
    assert renamed("how many restaurants", schema)[0] == "how many outlets"
    assert renamed("how many dishes", schema)[0] == "how many dishes"  # a column of the applicants is called so


def test_no_row_says_a_word_twice():
    for row in (*SYNONYM_GROUPS, *NAMES, *THINGS):
        assert len(set(row.split())) == len(row.split()), row
    firsts = [row.split()[0] for row in THINGS]
    assert len(set(firsts)) == len(firsts)


def test_both_readers_have_what_training_had_and_one_has_the_rest_too():
    trained = grouped(*SYNONYM_GROUPS)
    assert trained == lexicon.SYNONYMS
    assert all(others <= SYNONYMS[word] for word, others in trained.items())
    assert likeness("restaurant", part("outlet")) > 0.7
    assert likeness("satisfaction", part("csat")) == 1.0  # abbreviations of several meanings
    assert likeness("treatment", part("tx")) == likeness("transaction", part("tx")) == 1.0
    assert likeness("restaurant", part("bill")) == 0.0
