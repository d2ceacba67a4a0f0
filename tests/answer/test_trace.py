from hypothesis import given, settings
from hypothesis import strategies as st

from aiser_jupyter.answer.trace import fragments, spans
from aiser_jupyter.ask.reading import Trace

TEXT = st.text(alphabet="abc xyz'.", max_size=30)


def told(question, trace, missing=()):
    return [(question[s.start : s.end], s.part) for s in spans(question, trace, missing)]


def test_words_are_found_where_they_stand():
    trace = (Trace("total invoices", "Invoice.Total"), Trace("Germany", "Germany"), Trace("in 2020", "2020-01-01 to 2020-12-31"))
    assert told("total invoices in Germany in 2020", trace) == [("total invoices", 0), ("Germany", 1), ("in 2020", 2)]


def test_words_that_stand_apart_have_a_span_each_and_the_longer_match_wins():
    assert told("name of the artist", (Trace("artist", "Artist"), Trace("artist name", "Artist.Name"))) == [("name", 1), ("artist", 1)]
    assert told("orders of big orders", (Trace("big orders", "a"), Trace("orders", "b"))) == [("orders", 1), ("big orders", 0)]


def test_words_without_a_place_are_marked_once():
    assert told("revenue despite rain", (Trace("revenue", "x"),), ("rain", "snow")) == [("revenue", 0), ("rain", None)]


def test_parts_are_found_in_the_sql():
    sql = "SELECT SUM(Total) AS total FROM \"Invoice\" WHERE BillingCountry = 'Germany' AND InvoiceDate >= '2020-01-01' AND Totals > 5"
    assert [sql[a:b] for a, b in fragments(sql, "Invoice.Total")] == ["Total", "total"]
    assert [sql[a:b] for a, b in fragments(sql, "Germany")] == ["'Germany'"]
    assert [sql[a:b] for a, b in fragments(sql, "2020-01-01 to 2020-12-31")] == ["'2020-01-01'"]
    assert [sql[a:b] for a, b in fragments(sql, "Invoice")] == ['"Invoice"']
    assert fragments(sql, " ") == ()


@settings(deadline=None)
@given(TEXT, st.lists(TEXT, max_size=4), st.lists(TEXT, max_size=2))
def test_spans_never_overlap_and_lie_inside(question, words, missing):
    found = spans(question, [Trace(w, w) for w in words], missing)
    ends = [0, *(s.end for s in found)]
    assert all(0 <= s.start < s.end <= len(question) for s in found)
    assert all(s.start >= before for s, before in zip(found, ends, strict=False))


@settings(deadline=None)
@given(TEXT, TEXT)
def test_parts_lie_inside_the_sql(sql, part):
    assert all(0 <= a < b <= len(sql) for a, b in fragments(sql, part))
