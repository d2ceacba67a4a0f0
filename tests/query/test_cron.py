from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.errors import UsageError
from aiser_jupyter.query.cron import check, due_after, local_zone, zone_of

BERLIN = "Europe/Berlin"


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("cron", "after", "due"),
    [
        ("0 6 * * *", "2026-11-20T05:59:00+01:00", "2026-11-20T06:00:00+01:00"),
        ("0 6 * * *", "2026-11-20T06:00:00+01:00", "2026-11-21T06:00:00+01:00"),
        ("*/15 * * * 1-5", "2026-11-20T23:50:00+01:00", "2026-11-23T00:00:00+01:00"),
        ("@monthly", "2026-11-20T00:00:00+01:00", "2026-12-01T00:00:00+01:00"),
        ("30 2 * * *", "2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00"),  # 02:30 is left out: the next minute the clocks show
        ("30 2 * * *", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"),
        ("30 2 * * *", "2026-10-24T12:00:00+02:00", "2026-10-25T02:30:00+02:00"),  # shown twice: due the first time
        ("30 2 * * *", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"),
        ("30 2 * * *", "2026-10-25T02:10:00+01:00", "2026-10-26T02:30:00+01:00"),  # asked in the second pass
    ],
)
def test_is_due_once_on_the_clocks_of_the_zone(cron, after, due):
    found = due_after(cron, at(after), BERLIN)
    assert found.isoformat() == due  # a moment shown twice equals none of another zone (PEP 495)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.sampled_from(["0 6 * * *", "30 2 * * *", "*/7 * * * *", "0 0 1 * *"]))  # noqa: DTZ001
def test_due_is_later_and_never_twice(moment, cron):
    moment = moment.replace(tzinfo=UTC)
    first = due_after(cron, moment, BERLIN)
    second = due_after(cron, first, BERLIN)
    assert moment < first < second
    assert first.tzinfo == ZoneInfo(BERLIN)
    # An hour that is shown twice holds occurrences once, so two of a day never lie closer than an hour less than a day.
    if cron == "30 2 * * *":
        assert timedelta(hours=22) < second - first < timedelta(hours=26)


@pytest.mark.parametrize("cron", ["", "0 25 * * *", "* * * * * *", "every day", "0 6 * *"])
def test_a_schedule_that_is_none_is_explained(cron):
    with pytest.raises(UsageError, match="no schedule") as caught:
        check(cron)
    assert "0 6 * * *" in caught.value.hint


def test_zones(monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    assert local_zone() == "America/New_York"
    monkeypatch.setenv("TZ", "Nowhere/At_All")
    assert local_zone() == "UTC"
    with pytest.raises(UsageError, match="no time zone"):
        zone_of("Nowhere/At_All")
