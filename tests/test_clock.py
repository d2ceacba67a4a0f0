from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from aiser_jupyter.clock import Clock, from_environment
from aiser_jupyter.errors import SettingsError


def test_a_fixed_clock_stands_still():
    clock = Clock(datetime(2026, 10, 5, 6, tzinfo=UTC))
    assert clock.now() == clock.now() == datetime(2026, 10, 5, 6, tzinfo=UTC)
    assert clock.today() == date(2026, 10, 5)


@pytest.mark.parametrize("text", ["2026-10-05", "2026-10-05T00:00:00", "2026-10-05T00:00:00+00:00"])
def test_the_environment_sets_it(monkeypatch, text):
    monkeypatch.setenv("AISER_NOW", text)
    assert from_environment().now() == datetime(2026, 10, 5, tzinfo=UTC)


def test_a_moment_that_is_none_is_said(monkeypatch):
    monkeypatch.setenv("AISER_NOW", "yesterday")
    with pytest.raises(SettingsError, match="no date or moment"):
        from_environment()
