"""The reader that explains every word, on small databases in three styles of naming."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import aiser_jupyter as aiser
from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask.engine import schema_of
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.reader.naming import abbreviates, likeness, part, parts
from aiser_jupyter.ask.reader.read import read
from aiser_jupyter.ask.wording.normal import normalise
from aiser_jupyter.query.profile import profile

TODAY = date(2025, 6, 15)
VETS = """
create table own (own_id integer primary key, own_nm varchar, city varchar, reg_dt date);
create table pet (pet_id integer primary key, own_id integer references own(own_id), pet_nm varchar, spec varchar);
create table appt (appt_id integer primary key, pet_id integer references pet(pet_id), appt_dt date, stat varchar, wait_min integer, fee_amt double);
insert into own values (1,'Ada Moss','Leeds','2024-01-05'),(2,'Ben Hill','York','2024-03-09'),(3,'Cy Dale','York','2025-02-01');
insert into pet values (1,1,'Rex','dog'),(2,1,'Tom','cat'),(3,2,'Bo','dog');
insert into appt values (1,1,'2025-05-02','completed',10,50),(2,1,'2025-05-09','cancelled',null,null),(3,2,'2024-04-01','completed',20,70),
  (4,3,'2025-05-20','completed',30,90),(5,1,'2025-01-20','no-show',null,null);
"""
YARD = """
create table Boat (BoatID integer primary key, BoatName varchar, BoatType varchar, DailyPrice double, RetiredFlag varchar);
create table Rental (RentalID integer primary key, BoatID integer references Boat(BoatID), Channel varchar, StartDate date, EndDate date, ReturnedOn date, Rating integer);
insert into Boat values (1,'Swift','kayak',20,'N'),(2,'Pearl','yacht',300,'N'),(3,'Gull','kayak',25,'Y'),(4,'Tern','canoe',30,'N');
insert into Rental values (1,1,'web','2024-05-01','2024-05-03','2024-05-03',5),(2,1,'phone','2024-06-01','2024-06-02','2024-06-02',3),
  (3,2,'web','2025-05-01','2025-05-05',null,null),(4,3,'web','2025-05-10','2025-05-11','2025-05-12',4);
"""


def linked(folder, script: str):
    """A function that reads a question on the database that ``script`` makes, and one that runs SQL on it."""
    path = folder / "data.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(script)
    workspace = aiser.Workspace(str(folder))
    schema = schema_of(profile(workspace.context, workspace.connect(str(path), name="data").name), None)

    def ask(text: str):
        return read(Linked(tokens.read(normalise(text, schema, {})), schema, {}), TODAY)

    def run(text: str) -> list[tuple]:
        found = ask(text)
        return [tuple(row.values()) for row in workspace.sql(found[0].sql).rows()] if found else [("nothing",)]

    return ask, run


@pytest.fixture(scope="module")
def vets(tmp_path_factory):
    return linked(tmp_path_factory.mktemp("vets"), VETS)


@pytest.fixture(scope="module")
def yard(tmp_path_factory):
    return linked(tmp_path_factory.mktemp("yard"), YARD)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("number of owners", [(3,)]),
        ("cancelled appointments in May 2025", [(1,)]),
        ("How many appointments were there last month?", [(3,)]),
        ("average waiting time", [(20.0,)]),
        ("cancellation rate", [(20.0,)]),
        ("Which city is Ben Hill in?", [("York",)]),
        ("how many owners have never had an appointment", [(1,)]),
        ("how many owners had at least 2 completed appointments", [(1,)]),
        ("owners per city", [("York", 2), ("Leeds", 1)]),
        ("What share of the appointments were cancelled?", [(20.0,)]),
        ("owners without a pet", [("Cy Dale",)]),
    ],
)
def test_abbreviated_names_are_read(vets, question, expected):
    assert vets[1](question) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("rentals by channel", [("web", 3), ("phone", 1)]),
        ("How many retired boats do we have?", [(1,)]),
        ("How many rentals have not been returned yet?", [(1,)]),
        ("boats that cost more than 25", [("Pearl",), ("Tern",)]),
        ("What share of the rated rentals got 4 or 5 stars?", [(pytest.approx(200 / 3),)]),
        ("Do we have boats that were never rented out?", [(True,)]),
        ("average rating by boat type", [("kayak", 4.0), ("yacht", None)]),
    ],
)
def test_camel_case_names_are_read(yard, question, expected):
    assert yard[1](question) == expected


def test_a_word_without_a_place_keeps_the_reader_silent(vets):
    assert vets[0]("number of owners with a yellow umbrella") == []
    assert vets[0]("compare appointments in 2024 vs 2025") == []


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("names of boats whose type is not kayak", [("Pearl",), ("Tern",)]),
        ("boats whose boat type is yacht", [("Pearl",)]),
        ("boats of the kayak type", [("Gull",), ("Swift",)]),
    ],
)
def test_a_column_that_says_what_a_value_is_of_is_not_shown(yard, question, expected):
    assert sorted(yard[1](question)) == expected


def test_an_amount_that_a_join_would_repeat_is_not_added_up(yard):
    assert all("SUM" not in one.sql and "AVG" not in one.sql for one in yard[0]("total daily price by channel"))


def test_what_is_taken_for_granted_is_noted(vets):
    (best, *_) = vets[0]("appointments last month by status")
    assert "the period is 2025-05-01 to 2025-05-31" in best.notes


@pytest.mark.parametrize(
    ("short", "word", "expected"),
    [
        ("appt", "appointments", True),
        ("pt", "patients", True),
        ("pt", "product", True),
        ("own", "window", False),
        ("at", "amount", False),
    ],
)
def test_letters_of_a_word_abbreviate_it(short, word, expected):
    assert abbreviates(short, word) is expected


def test_names_are_taken_apart_in_each_style():
    assert [p.text for p in parts("CheckInDate")] == ["checkin", "date"]
    assert [p.text for p in parts("dept_nm")] == ["dept", "nm"]
    assert likeness("departments", part("dept")) == 1.0
    assert likeness("cancellation", part("cancelled")) > 0.7
    assert likeness("banana", part("status")) == 0.0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(
        st.sampled_from(
            [
                "how",
                "many",
                "owners",
                "pets",
                "never",
                "without",
                "per",
                "by",
                "each",
                "average",
                "top",
                "3",
                "5",
                "and",
                "or",
                "of",
                "the",
                "cancelled",
                "appointments",
                "in",
                "2025",
                "fee",
                "more",
                "than",
                "between",
                "most",
                "rate",
                "share",
                "days",
                "last",
                "month",
                "no",
                "'x'",
                "?",
                "city",
            ]
        ),
        min_size=1,
        max_size=12,
    )
)
def test_no_question_breaks_the_reader(vets, words):
    for one in vets[0](" ".join(words)):
        assert one.sql
        assert 0 <= one.confidence <= 1
