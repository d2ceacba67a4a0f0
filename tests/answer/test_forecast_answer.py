from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from aiser_jupyter.clock import Clock
from aiser_jupyter.errors import UsageError
from aiser_jupyter.workspaces import Workspace


@pytest.fixture(scope="module")
def ahead(tmp_path_factory):
    import duckdb

    rng = np.random.default_rng(3)
    months = pd.date_range("2019-01-01", periods=72, freq="MS")
    values = 100 + 0.5 * np.arange(72) + 30 * np.sin(2 * np.pi * np.arange(72) / 12) + rng.normal(0, 2, 72)
    path = tmp_path_factory.mktemp("ahead")
    workspace = Workspace(path, clock=Clock(datetime(2025, 1, 2, 6, tzinfo=UTC)))
    frames = {
        "seasonal": pd.DataFrame({"day": months, "calls": np.round(values)}),
        "short": pd.DataFrame({"day": months[:7], "calls": np.round(values[:7])}),
        "holes": pd.DataFrame({"day": months[::3], "calls": np.round(values[::3])}),
    }
    for name, frame in frames.items():
        connection = duckdb.connect(str(path / f"{name}.duckdb"))
        connection.register("frame", frame)
        connection.execute("CREATE TABLE contacts AS SELECT CAST(day AS DATE) AS contact_day, calls FROM frame")
        if name == "seasonal":
            connection.execute("INSERT INTO contacts VALUES (DATE '2024-12-31', 0)")
        connection.close()
        workspace.connect(path / f"{name}.duckdb", name=name)
    yield workspace
    workspace.close()


def test_a_seasonal_measure_is_forecast_with_intervals(ahead):
    found = ahead.forecast("calls", periods=12, on="seasonal", grain="month")
    rows = [r for r in found.result.rows(200) if r["forecast"] is not None]
    truth = [100 + 0.5 * k + 30 * np.sin(2 * np.pi * k / 12) for k in range(72, 84)]
    assert found.answered
    assert found.intent.dispatch == "forecast"
    assert [r["month"] for r in rows] == [date(2025, m, 1) for m in range(1, 13)]
    assert np.abs(np.array([r["forecast"] for r in rows]) - truth).mean() < 6
    assert all(r["low_95"] <= r["low_80"] <= r["forecast"] <= r["high_80"] <= r["high_95"] for r in rows)
    assert "is forecast at" in found.sentence
    assert ahead.sql(found.sql, on="seasonal").row_count == 72


def test_what_is_forecast_stands_first_and_the_last_of_the_past_after_it(ahead):
    found = ahead.forecast("calls", periods=3, on="seasonal", grain="month")
    shown = [r["month"] for r in found.result.rows(6)]
    assert shown == [date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1), date(2024, 12, 1), date(2024, 11, 1), date(2024, 10, 1)]


@pytest.mark.parametrize("periods", [1, 6])
def test_every_number_said_comes_from_its_query_on_the_source(ahead, periods):
    found = ahead.forecast("calls", periods=periods, on="seasonal", grain="month")
    for fact in found.facts:
        yielded = {float(value) for row in ahead.sql(fact.sql, on="seasonal").rows(100) for name, value in row.items() if name != "month"}
        assert fact.value in yielded


def test_columns_that_the_historys_query_does_not_yield_name_their_own(ahead):
    found = ahead.forecast("calls", periods=2, on="seasonal", grain="month")
    first = found.result.rows(1)[0]
    assert set(found.column_sql) == {"forecast", "low_80", "high_80", "low_95", "high_95"}
    for name, sql in found.column_sql.items():
        assert float(ahead.sql(sql, on="seasonal").rows(1)[0][name]) == first[name]


def test_a_report_keeps_the_sentence_of_a_forecast(ahead):
    from nbformat import v4

    from aiser_jupyter.report.compose import compose
    from aiser_jupyter.report.payload import MIME, payload

    found = ahead.forecast("calls", periods=6, on="seasonal", grain="month")
    output = v4.new_output("display_data", data={MIME: payload(found), "text/plain": "x"})
    document = compose(v4.new_notebook(cells=[v4.new_code_cell("x", outputs=[output])]))
    assert not any("left out" in reason for reason in document.confidence.reasons)
    ahead_of = {fact.sql for fact in document.facts if fact.sql == found.column_sql["forecast"]}
    assert ahead_of
    by_value = {fact.value: fact.sql for fact in document.facts}
    assert by_value[found.result.rows(1)[0]["high_95"]] == found.column_sql["high_95"]
    assert by_value[found.result.rows(7)[6]["actual"]] == found.sql


def test_the_words_say_how_far_to_look(ahead):
    found = ahead.forecast("how many calls should we plan for in march", on="seasonal")
    assert [r["month"] for r in found.result.rows(200) if r["forecast"] is not None] == [date(2025, m, 1) for m in (1, 2, 3)]
    assert (
        len([r for r in ahead.forecast("calls in the next 2 quarters", on="seasonal").result.rows(200) if r["forecast"] is not None]) == 2
    )


def test_a_question_about_the_future_says_how_to_have_it_forecast(ahead):
    found = ahead.ask("What will the number of calls be in June 2025?", on="seasonal")
    assert not found.answered
    assert found.sql is None
    assert found.reason.startswith("This asks about the future; I only read what is recorded.")
    assert 'ws.forecast("' in found.reason


def test_short_and_holey_histories_are_refused(ahead):
    assert "too short" in ahead.forecast("calls", on="short", grain="month").reason
    assert "too many holes" in ahead.forecast("calls", on="holes", grain="month").reason
    assert not ahead.forecast("happiness", on="seasonal").answered
    with pytest.raises(UsageError, match="0 periods"):
        ahead.forecast("calls", periods=0, on="seasonal")


def test_a_report_is_the_readers_to_start(ahead):
    found = ahead.ask("write a report on calls for the board", on="seasonal")
    assert not found.answered
    assert 'ws.report("write a report on calls for the board")' in found.reason
