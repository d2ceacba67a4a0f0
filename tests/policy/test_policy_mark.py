"""Which formats rows may be written in, and who may be sent them."""

import pytest

from aiser_jupyter.policy import Role
from aiser_jupyter.policy.mark import VERSION, Mark, form, from_json, of, refusal, unsent

READER = Role("reader", export=frozenset({"csv", "html"}), recipients=frozenset({"ada@x.org", "@team.example"}))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("sales.csv", "csv"), ("SALES.CSV.GZ", "csv"), ("a.b.ndjson", "json"), ("q4.deck.html", "html"), ("x.feather", "arrow"), ("md", "md"), (".markdown", "md"),
        ("x.PARQUET", "parquet"), ("x.exe", "exe"), ("/tmp/a.csv/b.xlsx", "xlsx"),
    ],
)  # fmt: skip
def test_a_file_s_format_is_told_by_its_ending(name, wanted):
    assert form(name) == wanted


def test_a_format_that_is_not_named_is_refused():
    mark = of("shop", READER)
    assert refusal([mark], "sales.csv.gz") is None
    refused = refusal([Mark("desk", "open"), mark], "sales.xlsx")
    assert refused.message == "The role reader may not write rows of shop as xlsx."
    assert "csv, html" in refused.hint
    assert refusal([of("shop", Role("none", export=frozenset()))], "sales.csv") is not None


@pytest.mark.parametrize("address", ["ada@x.org", "ADA@X.org", "eve@team.example", "eve@TEAM.example"])
def test_who_may_be_sent_it(address):
    assert unsent([of("shop", READER)], [address]) is None


@pytest.mark.parametrize(
    "address",
    [
        "ben@x.org", "ada@x.org.evil.com", "ada@x.org, eve@evil.com", "ada@x.org;eve@evil.com", "ada@x.org\nBcc: eve@evil.com", "Ada <ada@x.org>",
        "eve@sub.team.example", "eve@evil.com@team.example", '"eve@evil.com"@team.example', "<@team.example:eve@evil.com>", "@team.example", "team.example",
        "", "ada@x.org\x00", "аda@x.org", "ada@x.org ", "eve(@team.example)@evil.com", "ada%evil.com@x.org",
    ],
)  # fmt: skip
def test_who_may_not(address):
    refused = unsent([of("shop", READER)], ["ada@x.org", address])
    assert refused is not None
    assert "may not be sent to" in refused.message
    assert "\n" not in refused.message


def test_anyone_nobody_and_every_mark():
    anyone, nobody = Mark("shop", "a"), Mark("shop", "b", recipients=frozenset())
    star = Mark("shop", "c", recipients=frozenset({"*"}))
    assert unsent([anyone, star], ["x@y.z"]) is None
    assert unsent([star], ["x@y.z, w@v.u"]) is not None
    assert unsent([anyone, nobody], ["x@y.z"]) is not None
    assert unsent([nobody], []) is None


def test_marks_come_back_from_a_notebook_and_odd_ones_let_nothing_out():
    mark = of("shop", READER)
    assert from_json({"v": VERSION, "marks": [mark.as_json()]}) == (mark,)
    assert from_json({"v": VERSION, "marks": [Mark("shop", "any").as_json()]}) == (Mark("shop", "any"),)
    for odd in ({}, {"v": 99, "marks": []}, {"v": VERSION, "marks": "all"}, {"v": VERSION, "marks": [{"role": "r", "formats": "csv"}]}):
        (barred,) = from_json(odd)
        assert refusal([barred], "x.csv") is not None
