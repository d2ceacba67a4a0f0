"""What a broker and its clients say to each other comes back as it was, and anything else is no value."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiser_jupyter.errors import QueryError
from aiser_jupyter.sources import broker_words as words

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary() | st.dates() | st.datetimes() | st.times() | st.uuids()
    | st.decimals(allow_nan=False) | st.timedeltas(),
    lambda inner: st.lists(inner, max_size=4), max_leaves=8,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(VALUES)
def test_a_value_comes_back_as_it_was(value):
    told = json.loads(json.dumps(words.packed(value)))
    back = words.unpacked(told)
    assert (back, type(back)) == (value, type(value))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(list(words._KINDS)), inner),
        max_leaves=6,
    )
)
def test_anything_else_is_no_value(said):
    try:
        back = words.unpacked(said)
    except ValueError:
        return
    assert words.packed(back) is not None or back is None


def test_a_moment_keeps_its_zone_and_an_object_is_not_sent():
    for value in (datetime(2026, 1, 2, 3, tzinfo=UTC), date(2026, 1, 2), timedelta(days=-3, microseconds=5), Decimal("1.10"), UUID(int=5)):
        assert words.unpacked(words.packed(value)) == value
    with pytest.raises(QueryError, match="cannot be sent"):
        words.packed(object())
