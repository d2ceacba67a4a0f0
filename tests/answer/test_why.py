from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from aiser_jupyter.answer import parts
from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.clock import Clock
from aiser_jupyter.errors import UsageError
from aiser_jupyter.workspaces import Workspace


def sales(rng, *, fallen=None, all_fall=1.0, months=15):
    """Orders by day, region and channel; in the last month ``fallen`` regions have a quarter of their orders."""
    rows = []
    for month in range(months):
        last = month == months - 1
        for region in ("north", "south", "east", "west"):
            many = 400 * (0.25 if last and region == fallen else 1.0) * (all_fall if last else 1.0)
            for _ in range(rng.poisson(many)):
                day = date(2025 + month // 12, month % 12 + 1, int(rng.integers(1, 29)))
                rows.append((day, region, rng.choice(["web", "shop"]), round(float(rng.gamma(4, 25)), 2)))
        rows.append((date(2025 + month // 12, month % 12 + 1, 28), "north", "web", 100.0))
    return pd.DataFrame(rows, columns=["order_date", "region", "channel", "revenue"])


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    import duckdb

    rng = np.random.default_rng(7)
    tables = {"fallen": sales(rng, fallen="south"), "alike": sales(rng, all_fall=0.4), "calm": sales(rng), "mixed": shifted(rng)}
    path = tmp_path_factory.mktemp("why")
    workspace = Workspace(path, clock=Clock(datetime(2026, 4, 2, 6, tzinfo=UTC)))
    for name, frame in tables.items():
        connection = duckdb.connect(str(path / f"{name}.duckdb"))
        connection.register("frame", frame)
        connection.execute("CREATE TABLE orders AS SELECT CAST(order_date AS DATE) AS order_date, * EXCLUDE (order_date) FROM frame")
        connection.close()
        workspace.connect(path / f"{name}.duckdb", name=name)
    yield workspace, tables
    workspace.close()


def shifted(rng):
    """Ratings that fall within each plan while the average rises, since more rows are of the better plan."""
    rows = []
    for month in range(12):
        for plan, level, many in (("gold", 80.0, 400 if month < 11 else 1200), ("basic", 40.0, 1200 if month < 11 else 400)):
            mean = level - (3 if month == 11 else 0)
            rows += [(date(2025, month + 1, int(rng.integers(1, 28))), plan, float(rng.normal(mean, 4))) for _ in range(many)]
        rows.append((date(2025, month + 1, 28), "gold", 80.0))
    return pd.DataFrame(rows, columns=["order_date", "plan", "rating"])


def test_the_region_that_fell_is_named_with_its_figures(planted):
    ws, tables = planted
    found = ws.why("revenue", on="fallen")
    frame = tables["fallen"]
    months = pd.to_datetime(frame.order_date).dt.to_period("M")
    before, after = (frame[months == month].groupby("region").revenue.sum() for month in ("2026-02", "2026-03"))
    change = after - before
    rows = {row["region"]: row for row in found.result.rows(10)}
    assert found.answered
    assert found.chart.x == "region"
    assert float(rows["south"]["change"]) == pytest.approx(change["south"], rel=1e-6)
    assert float(rows["south"]["share_of_change"]) == pytest.approx(change["south"] / change.sum(), rel=1e-6)
    assert "By region, what stands out is south" in found.sentence
    assert "north" not in found.sentence
    assert "do not show what caused it" in found.sentence


def test_each_number_of_the_sentence_is_what_its_query_yields(planted):
    ws, _ = planted
    found = ws.why("revenue", on="fallen")
    assert len(found.facts) >= 5
    for fact in found.facts:
        value = ws.sql(fact.sql, on="fallen").arrow().column(0)[0].as_py()
        assert float(value) == pytest.approx(float(fact.value), rel=1e-9)


def test_a_question_is_answered_by_the_analysis_and_its_query_runs(planted):
    ws, _ = planted
    found = ws.ask("Why did revenue fall in March 2026?", on="fallen")
    assert found.intent.dispatch == "why"
    assert found.answered
    assert "from 1" in found.sentence or "Revenue fell from" in found.sentence
    assert ws.sql(found.sql, on="fallen").row_count == 4


def test_a_wrong_premise_is_said(planted):
    ws, _ = planted
    assert ws.ask("why did revenue rise in march 2026", on="fallen").sentence.startswith("It did not: revenue fell")


def test_a_fall_of_all_alike_names_no_one(planted):
    ws, _ = planted
    found = ws.why("revenue", on="alike")
    assert "the change is spread over all of them" in found.sentence


def test_a_null_change_is_called_noise(planted):
    ws, _ = planted
    found = ws.why("revenue", on="calm")
    assert "within its usual variation" in found.sentence
    assert "stands out" not in found.sentence


def test_a_shift_of_the_mix_is_told_from_the_moves_of_its_parts(planted):
    ws, _ = planted
    found = ws.why("average rating", on="mixed", between=("2025-11", "2025-12"))
    rows = {row["plan"]: row for row in found.result.rows(5)}
    assert "its share of the rows went from 25" in found.sentence
    assert sum(float(r["by_the_mix"]) for r in rows.values()) == pytest.approx(20, abs=1)
    assert sum(float(r["by_its_own_move"]) for r in rows.values()) == pytest.approx(-3, abs=0.5)
    assert float(rows["gold"]["before"]) == pytest.approx(80, abs=0.5)


def test_counts_are_taken_apart_too(planted):
    ws, tables = planted
    found = ws.why("number of orders", on="fallen")
    frame = tables["fallen"]
    south = frame[frame.region == "south"]
    months = pd.to_datetime(south.order_date).dt.to_period("M")
    assert {r["region"]: r for r in found.result.rows(10)}["south"]["change"] == (months == "2026-03").sum() - (months == "2026-02").sum()


def test_a_dimension_named_like_a_figure_of_the_table_does_not_stand_twice():
    assert parts.called(ColumnRef("orders", "Change"), parts.TOTALS) == "level"
    assert parts.called(ColumnRef("orders", "sales region"), parts.TOTALS) == "sales region"


def test_what_cannot_be_read_is_refused_with_what_can(planted):
    ws, _ = planted
    for text in ("churn", "why"):
        found = ws.why(text, on="fallen")
        assert not found.answered
        assert "Name one" in found.reason
        assert found.suggestions
    assert "nothing recorded for 2019" in ws.why("revenue", on="fallen", between=("2019", "2020")).reason
    with pytest.raises(UsageError, match="as a period"):
        ws.why("revenue", on="fallen", between=("then", "now"))
