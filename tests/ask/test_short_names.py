"""Names that are shortened to consonants, written together or begun alike, and slips in the words for them, on two small databases."""

from datetime import date

import duckdb
import pytest

from aiser_jupyter.ask.engine import read, schema_of
from aiser_jupyter.ask.wording.normal import normalise
from aiser_jupyter.ask.words import split
from aiser_jupyter.catalog.prefixes import plain
from aiser_jupyter.catalog.shortened import skeleton
from aiser_jupyter.query.profile import profile

TODAY = date(2024, 6, 15)
# A kennel that writes consonants alone.
KENNEL = """
CREATE TABLE ownr (ownr_id INTEGER, fst_nm VARCHAR, lst_nm VARCHAR, cty VARCHAR, reg_dt DATE);
CREATE TABLE anml (anml_id INTEGER, ownr_id INTEGER, nm VARCHAR, spcs VARCHAR, brd VARCHAR);
CREATE TABLE bkg (bkg_id INTEGER, anml_id INTEGER, bkg_dt DATE, mthd VARCHAR, amt DOUBLE);
INSERT INTO ownr SELECT i, 'First' || i, 'Last' || i, CASE WHEN i % 2 = 0 THEN 'Leeds' ELSE 'York' END, DATE '2022-01-01' + CAST(i AS INTEGER) FROM range(1, 31) t(i);
INSERT INTO anml SELECT i, 1 + i % 25, 'Pet' || i, CASE i % 3 WHEN 0 THEN 'Cat' WHEN 1 THEN 'Dog' ELSE 'Rabbit' END, CASE WHEN i % 5 = 0 THEN 'Mixed' ELSE 'Pure' END FROM range(1, 61) t(i);
INSERT INTO bkg SELECT i, 1 + i % 60, DATE '2023-01-01' + CAST(i % 600 AS INTEGER), CASE WHEN i % 4 = 0 THEN 'Cash' ELSE 'Card' END, 10.0 + i % 9 FROM range(1, 801) t(i);
"""
# A laundry whose columns begin with their table's letters.
LAUNDRY = """
CREATE TABLE tbl_cust (cst_no INTEGER, cst_name VARCHAR, cst_type VARCHAR);
CREATE TABLE tbl_workorder (wo_no INTEGER, wo_cst_no INTEGER, wo_opened DATE, wo_status VARCHAR, wo_bags INTEGER);
CREATE TABLE tbl_drv (drv_no INTEGER, drv_name VARCHAR, drv_odometer INTEGER);
INSERT INTO tbl_cust SELECT i, 'Customer ' || i, CASE WHEN i % 4 = 0 THEN 'Hotel' ELSE 'Private' END FROM range(1, 41) t(i);
INSERT INTO tbl_workorder SELECT i, 1 + i % 35, DATE '2023-01-01' + CAST(i AS INTEGER), CASE WHEN i % 7 = 0 THEN 'Open' ELSE 'Closed' END, 1 + i % 5 FROM range(1, 601) t(i);
INSERT INTO tbl_drv SELECT i, 'Driver ' || i, 1000 * i FROM range(1, 9) t(i);
"""
ASKED = [
    ("kennel", "how many clients are there in Leeds", "SELECT 15"),
    ("kennel", "number of pets by species", "SELECT spcs, count(*) FROM anml GROUP BY 1"),
    ("kennel", "total amount by method", "SELECT mthd, sum(amt) FROM bkg GROUP BY 1"),
    ("kennel", "how many animals by breed", "SELECT brd, count(*) FROM anml GROUP BY 1"),
    ("kennel", "clients with more than 2 pets", "SELECT fst_nm, lst_nm FROM ownr JOIN anml USING (ownr_id) GROUP BY ownr_id, 1, 2 HAVING count(*) > 2"),
    ("kennel", "How many animals do we have on our books?", "SELECT 60"),
    ("laundry", "work orders by status", "SELECT wo_status, count(*) FROM tbl_workorder GROUP BY 1"),
    ("laundry", "how many workorders were opened in 2023?", "SELECT count(*) FROM tbl_workorder WHERE year(wo_opened) = 2023"),
    ("laundry", "number of work orders per custmer type", "SELECT cst_type, count(*) FROM tbl_workorder JOIN tbl_cust ON cst_no = wo_cst_no GROUP BY 1"),
    ("laundry", "total bags per month in 2023", "SELECT CAST(date_trunc('month', wo_opened) AS DATE), sum(wo_bags) FROM tbl_workorder WHERE year(wo_opened) = 2023 GROUP BY 1"),
    ("laundry", "driver with the highest milage", "SELECT 'Driver 8'"),
]  # fmt: skip


@pytest.fixture(scope="module")
def workspace(opened):
    return opened(kennel=KENNEL, laundry=LAUNDRY)


@pytest.fixture(scope="module")
def connections():
    made = {"kennel": duckdb.connect(), "laundry": duckdb.connect()}
    made["kennel"].execute(KENNEL)
    made["laundry"].execute(LAUNDRY)
    return made


def rows(connection, sql):
    return sorted(tuple(str(value) for value in row) for row in connection.execute(sql).fetchall())


@pytest.mark.parametrize(("name", "question", "gold"), ASKED, ids=[asked for _, asked, _ in ASKED])
def test_short_names_are_found(workspace, connections, name, question, gold):
    reading = read(workspace.context, question, on=name, today=TODAY)
    assert reading.answered, (reading.reason, reading.missing, reading.alternatives[:2])
    wanted = rows(connections[name], gold)
    width = len(wanted[0])
    assert sorted(row[:width] for row in rows(connections[name], reading.sql)) == wanted, reading.sql


@pytest.mark.parametrize("question", ["how many invoices do we have", "animals by weight", "total amount by colour"])
def test_a_short_name_is_not_what_it_does_not_shorten(workspace, question):
    assert not read(workspace.context, question, on="kennel", today=TODAY).answered


def test_consonants_are_written_out():
    assert [" ".join(split(name)) for name in ("anml", "ownr", "dcsd_dt", "spclty", "lst_prc", "lst_nm", "tbl_workorder", "clnc_nm")] == [
        "animal", "owner", "deceased date", "specialty", "list price", "last name", "tbl work order", "clinic name",
    ]  # fmt: skip
    assert skeleton("species") == "spcs"


def test_what_stands_for_several_things_stays():
    assert [split(name) for name in ("gst", "ssn", "lst_dt", "timesheet", "border")] == [
        ("gst",),
        ("ssn",),
        ("lst", "date"),
        ("timesheet",),
        ("border",),
    ]


def test_a_prefix_is_of_its_table_and_its_keys_are_called_after_it(workspace):
    names = plain(profile(workspace.context, "laundry").tables)
    assert names["tbl_workorder", "wo_opened"] == "opened"
    assert names["tbl_workorder", "wo_no"] == "workorder_no"
    assert names["tbl_workorder", "wo_cst_no"] == "cust_no"
    assert plain(profile(workspace.context, "kennel").tables) == {}


def test_a_table_of_whole_words_keeps_them(opened):
    ws = opened(
        town="CREATE TABLE city (city_id INTEGER, city_name VARCHAR, city_size INTEGER); CREATE TABLE flags (is_new BOOLEAN, is_old BOOLEAN, is_red BOOLEAN)"
    )
    assert plain(profile(ws.context, "town").tables) == {}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("lnogest", "longest"),
        ("shrotest", "shortest"),
        ("lowset", "lowest"),
        ("oldset", "oldest"),
        ("cheepest", "cheapest"),
        ("hihgest", "highest"),
    ],
)
def test_a_slip_in_the_end_of_a_scale_stays_at_that_end(workspace, said, meant):
    schema = schema_of(profile(workspace.context, "kennel"))
    assert normalise(f"{said} animal", schema) == f"{meant} animal"


def test_two_slips_make_no_end_of_a_scale(workspace):
    schema = schema_of(profile(workspace.context, "kennel"))
    assert "lowest" not in normalise("lwnest animal", schema)
