from __future__ import annotations

import pytest

from aiser_jupyter.catalog import Column, ColumnStatistics, Key, Table
from aiser_jupyter.query.keys import inferred, with_primary, words

ROWS = 100


def table(name, *columns, rows=ROWS):
    """Columns as `name`, `name!` for the primary key, `name'` for text."""
    made = []
    for text in columns:
        primary, kind = "!" in text, "text" if "'" in text else "integer"
        statistics = ColumnStatistics(rows, 0, rows if primary else rows // 2)
        made.append(Column(text.strip("!'"), kind, "", primary=primary, unique=primary, statistics=statistics))
    return Table(name, tuple(made), row_count=rows)


def keys(*tables, outside=lambda pairs: [0] * len(pairs), declared=(), mixed=False):
    return {f"{k.table}.{k.columns[0]} -> {k.ref_table}.{k.ref_columns[0]}" for k in inferred(tables, declared, outside, mixed=mixed)}


@pytest.mark.parametrize(
    ("tables", "found"),
    [
        ([table("customers", "id!", "name'"), table("orders", "id!", "customer_id", "amount")], {"orders.customer_id -> customers.id"}),
        ([table("sbCustomer", "sbCustId!"), table("sbTransaction", "sbTxId!", "sbTxCustId")], {"sbTransaction.sbTxCustId -> sbCustomer.sbCustId"}),
        ([table("Employee", "EmployeeId!", "ReportsTo")], {"Employee.ReportsTo -> Employee.EmployeeId"}),
        # names that were written together, after letters that stand before each name
        ([table("zqcustomer", "zqcustid!"), table("zqorder", "zqordid!", "zqcustid")], {"zqorder.zqcustid -> zqcustomer.zqcustid"}),
        ([table("team", "team_id!"), table("game", "id!", "home_team_id", "away_team_id")], {"game.home_team_id -> team.team_id", "game.away_team_id -> team.team_id"}),
        ([table("countries", "code!'"), table("city", "id!", "country_code'", "name'")], {"city.country_code -> countries.code"}),
        ([table("artist", "artist_id!"), table("album", "album_id!", "artist")], {"album.artist -> artist.artist_id"}),
        ([table("club", "club_id!"), table("match", "id!", "club_id_1", "club_id_2")], {"match.club_id_1 -> club.club_id", "match.club_id_2 -> club.club_id"}),
        # ids of every table, equal words in other columns, and other types are no keys
        ([table("a", "id!", "name'"), table("b", "id!", "name'"), table("c", "id!", "amount")], set()),
        ([table("customers", "id!"), table("orders", "id!", "customer_id'")], set()),
        ([table("customers", "customer_id!"), table("orders", "customer_id!", "amount")], {"orders.customer_id -> customers.customer_id"}),
    ],
    ids=range(11),
)  # fmt: skip
def test_names_that_speak_for_a_key(tables, found):
    assert keys(*tables) == found


def test_initials_and_id_are_the_key_of_their_table():
    """Of `mid` and a unique `code` of merchants the first is the key, and `merchant_id` points to it."""
    merchants = Table(
        "merchants",
        tuple(Column(n, k, "", unique=True, statistics=ColumnStatistics(ROWS, 0, ROWS)) for n, k in (("mid", "integer"), ("code", "text"))),
        row_count=ROWS,
    )
    found = with_primary(merchants)
    assert found.primary_key == ("mid",)
    assert keys(found, table("coupons", "id!", "merchant_id")) == {"coupons.merchant_id -> merchants.mid"}
    assert with_primary(Table("orders", merchants.columns, row_count=ROWS)).primary_key != ("mid",)


def test_values_outside_the_key_speak_against_it():
    tables = table("customers", "id!"), table("orders", "id!", "customer_id")
    assert keys(*tables, outside=lambda pairs: [10] * len(pairs)) == set()
    assert keys(*tables, outside=lambda pairs: [1] * len(pairs)) == {"orders.customer_id -> customers.id"}


def test_a_declared_key_is_not_guessed_again():
    tables = table("customers", "id!"), table("orders", "id!", "customer_id")
    assert keys(*tables, declared=[Key("orders", ("customer_id",), "customers", ("id",))]) == set()


def test_text_points_to_numbers_only_where_the_engine_compares_them_by_value():
    tables = table("customers", "id!"), table("orders", "id!", "customer_id'")
    assert keys(*tables, mixed=True) == {"orders.customer_id -> customers.id"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sbTxCustIds", ["sb", "tx", "cust", "id"]), ("customer_id", ["customer", "id"]), ("HTTPServer", ["http", "server"]), ("CITIES", ["city"]),
        ("staffid", ["staff", "id"]), ("paid", ["paid"]), ("status", ["status"]), ("addresses", ["address"]), ("club_id_2", ["club", "id"]), ("Straße", ["straße"]),
    ],
)  # fmt: skip
def test_words_of_names(name, expected):
    assert words(name) == expected


def test_a_primary_key_is_found_by_uniqueness_and_name():
    def unique(name, kind="integer"):
        return Column(name, kind, "", unique=True, statistics=ColumnStatistics(5, 0, 5))

    loaded = Table("orders", (unique("order_no"), unique("amount"), unique("mail", "text")), row_count=5)
    assert with_primary(loaded).primary_key == ("order_no",)
    assert with_primary(Table("t", (unique("amount"), unique("mail", "text")), row_count=5)).primary_key == ()
    assert with_primary(Table("t", (unique("x"), unique("id")), row_count=5)).primary_key == ("id",)
