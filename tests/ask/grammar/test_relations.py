"""Verbs that only say how rows belong together, on two small databases: what the join explains, and where the verb says more than that."""

from datetime import date

import duckdb
import pytest

from aiser_jupyter.ask.engine import read, schema_of
from aiser_jupyter.ask.grammar import relations
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.question import read as tokens
from aiser_jupyter.query.profile import profile

TODAY = date(2024, 6, 15)
GYM = """
CREATE TABLE trainers (trainer_id INTEGER PRIMARY KEY, trainer_name VARCHAR);
CREATE TABLE members (member_id INTEGER PRIMARY KEY, full_name VARCHAR, town VARCHAR, trainer_id INTEGER REFERENCES trainers(trainer_id));
CREATE TABLE classes (class_id INTEGER PRIMARY KEY, class_name VARCHAR, kind VARCHAR);
CREATE TABLE attendances (attendance_id INTEGER PRIMARY KEY, member_id INTEGER REFERENCES members(member_id), class_id INTEGER REFERENCES classes(class_id), held_on DATE, fee DOUBLE);
INSERT INTO trainers SELECT i, 'Trainer ' || i FROM range(1, 5) t(i);
INSERT INTO members SELECT i, 'Member ' || i, CASE WHEN i % 2 = 0 THEN 'Leeds' ELSE 'York' END, 1 + i % 3 FROM range(1, 41) t(i);
INSERT INTO classes SELECT i, 'Class ' || i, CASE i % 3 WHEN 0 THEN 'Yoga' WHEN 1 THEN 'Boxing' ELSE 'Spinning' END FROM range(1, 13) t(i);
INSERT INTO attendances SELECT i, 1 + i % 35, 1 + (i * 7) % 11, DATE '2023-01-01' + CAST(i % 700 AS INTEGER), 5 + i % 4 FROM range(1, 901) t(i);
"""
# Two roads between staff and jobs, a state that verbs speak of, and no word of a delivery.
YARD = """
CREATE TABLE staff (staff_id INTEGER PRIMARY KEY, staff_name VARCHAR);
CREATE TABLE suppliers (supplier_id INTEGER PRIMARY KEY, supplier_name VARCHAR);
CREATE TABLE machines (machine_id INTEGER PRIMARY KEY, machine_name VARCHAR, supplier_id INTEGER REFERENCES suppliers(supplier_id));
CREATE TABLE jobs (job_id INTEGER PRIMARY KEY, machine_id INTEGER REFERENCES machines(machine_id), planned_by INTEGER REFERENCES staff(staff_id), led_by INTEGER REFERENCES staff(staff_id), started_on DATE, checked VARCHAR);
INSERT INTO staff SELECT i, 'Staff ' || i FROM range(1, 9) t(i);
INSERT INTO suppliers SELECT i, 'Supplier ' || i FROM range(1, 6) t(i);
INSERT INTO machines SELECT i, 'Machine ' || i, 1 + i % 4 FROM range(1, 21) t(i);
INSERT INTO jobs SELECT i, 1 + i % 15, 1 + i % 7, 1 + i % 5, DATE '2023-01-01' + CAST(i AS INTEGER), CASE WHEN i % 3 = 0 THEN 'Yes' ELSE 'No' END FROM range(1, 601) t(i);
"""
ASKED = [
    ("gym", "How many members have more than 25 attendances with us?", "SELECT count(*) FROM (SELECT member_id FROM attendances GROUP BY 1 HAVING count(*) > 25)"),
    ("gym", "how many members have never attended a class", "SELECT 5"),
    ("gym", "how many members on file have never come in", "SELECT 5"),
    ("gym", "classes that nobody has ever attended", "SELECT 'Class 12'"),
    ("gym", "number of members each trainer looks after", "SELECT trainer_name, count(*) FROM members JOIN trainers USING (trainer_id) GROUP BY 1"),
    ("gym", "number of members who took a Yoga class as well as a Boxing class", "SELECT count(*) FROM (SELECT member_id FROM attendances JOIN classes USING (class_id) WHERE kind IN ('Yoga', 'Boxing') GROUP BY 1 HAVING count(DISTINCT kind) = 2)"),
    ("yard", "which suppliers have we never bought a machine from", "SELECT 'Supplier 5'"),
    ("yard", "machines that have never been used", "SELECT machine_name FROM machines WHERE machine_id NOT IN (SELECT machine_id FROM jobs)"),
]  # fmt: skip


@pytest.fixture(scope="module")
def workspace(opened):
    return opened(gym=GYM, yard=YARD)


@pytest.fixture(scope="module")
def connections(workspace):
    made = {"gym": duckdb.connect(), "yard": duckdb.connect()}
    made["gym"].execute(GYM)
    made["yard"].execute(YARD)
    return made


def rows(connection, sql):
    return sorted(tuple(str(value) for value in row) for row in connection.execute(sql).fetchall())


@pytest.mark.parametrize(("name", "question", "gold"), ASKED, ids=[asked for _, asked, _ in ASKED])
def test_the_join_explains_the_verb(workspace, connections, name, question, gold):
    reading = read(workspace.context, question, on=name, today=TODAY)
    assert reading.answered, (reading.reason, reading.alternatives[:2])
    wanted = rows(connections[name], gold)
    width = len(wanted[0])
    assert sorted(row[:width] for row in rows(connections[name], reading.sql)) == wanted, reading.sql


@pytest.mark.parametrize(
    "question",
    [
        "machines from Supplier 1 that have not been delivered yet",  # the data tells of no delivery
        "which staff planned the most jobs that were never approved",
        "how much did the suppliers earn",  # no money at all
    ],
)
def test_what_the_data_does_not_tell_is_refused(workspace, question):
    assert not read(workspace.context, question, on="yard", today=TODAY).answered


def linked(workspace, name, question):
    return Linked(tokens(question), schema_of(profile(workspace.context, name)))


@pytest.mark.parametrize(
    ("name", "word", "idle"),
    [
        ("gym", "signed", True),
        ("gym", "booked", True),
        ("yard", "checked", False),  # a flag of that name
        ("yard", "started", False),  # no verb of a relation at all
        ("yard", "planned", False),  # the data has a key of that name, and the table keeps no list of such verbs
        ("gym", "held", True),  # says nothing of its own wherever it stands
        ("gym", "paid", True),  # no column tells of payments
        ("gym", "cancelled", False),
    ],
)
def test_a_verb_that_the_data_has_a_word_for_says_more(workspace, name, word, idle):
    question = linked(workspace, name, f"members who {word} something")
    assert relations.verb(question, 2) is idle


def test_every_form_leads_to_its_verb():
    forms = relations.forms()
    assert [forms[word] for word in ("gave", "handles", "booked", "booking", "applied", "attends", "running", "overseen")] == [
        "give", "handle", "book", "book", "apply", "attend", "run", "oversee",
    ]  # fmt: skip
