import json
from datetime import date

import pytest

from aiser_jupyter.chart.choose import choose
from aiser_jupyter.chart.figure import figure, trace_types
from aiser_jupyter.chart.paint import dress
from aiser_jupyter.chart.theme import TOKENS, template
from aiser_jupyter.errors import NotYetError, UsageError
from aiser_jupyter.spec import ChartSpec


def test_every_kind_is_drawn_with_its_trace_types_in_both_themes(kinds):
    for kind, (rows, question) in kinds.items():
        spec = choose(rows, question)
        for theme in ("light", "dark"):
            made = figure(spec, rows, theme=theme)
            assert {trace.type for trace in made.data} <= trace_types(spec.kind), kind
            assert made.layout.meta["aiser"]["trace_types"] == sorted(trace_types(spec.kind))
            json.loads(made.to_json())


def test_a_theme_changes_every_painted_colour_and_nothing_else(kinds):
    for rows, question in kinds.values():
        spec = choose(rows, question)
        light, dark = figure(spec, rows), figure(spec, rows, theme="dark")
        assert dress(light, "dark").to_json() == dark.to_json()


def test_bars_are_grey_with_one_accent_and_the_value_at_the_end():
    rows = [{"genre": g, "revenue_usd": v} for g, v in (("Rock", 826.65), ("Pop", 70.0), ("Jazz", 30.0))]
    trace = figure(choose(rows, "horizontal bar chart of revenue"), rows).data[0]
    tokens = TOKENS["light"]
    assert list(trace.marker.color) == [tokens["mark-accent"], tokens["mark"], tokens["mark"]]
    assert [text.strip("\u2009") for text in trace.text] == ["<b>$827</b>", "$70", "$30"]
    assert (list(trace.x), list(trace.y)) == ([826.65, 70.0, 30.0], ["Rock", "Pop", "Jazz"])


def test_a_gap_stays_a_gap():
    rows = [{"month": f"2025-{m:02}", "n": None if m == 6 else m} for m in range(1, 13)]
    trace = figure(choose(rows, "n per month as a line"), rows).data[0]
    assert list(trace.y)[5] is None
    assert trace.connectgaps is False


def test_measures_of_different_units_stand_in_panels():
    rows = [{"month": f"2025-{m:02}", "revenue_usd": m * 1e4, "orders": m} for m in range(1, 13)]
    made = figure(choose(rows, "revenue and orders per month"), rows)
    assert [trace.yaxis for trace in made.data] == ["y", "y2"]


def test_a_forecasts_interval_is_a_band_behind_its_line():
    rows = [{"month": date(2024, m, 1), "actual": 100.0 + m, "forecast": None, "low": None, "high": None} for m in range(1, 13)]
    rows += [{"month": date(2025, m, 1), "actual": None, "forecast": 110.0 + m, "low": 105.0 - m, "high": 125.0 + m} for m in (1, 2, 3)]
    made = figure(ChartSpec("line", "month", ("actual", "forecast"), band=("low", "high")), rows[::-1])
    band, actual, forecast = made.data
    assert band.fill == "toself"
    assert band.line.width == 0
    assert [x[:10] for x in band.x] == ["2025-01-01", "2025-02-01", "2025-03-01", "2025-03-01", "2025-02-01", "2025-01-01"]
    assert list(band.y) == [126.0, 127.0, 128.0, 102.0, 103.0, 104.0]
    assert (actual.name, forecast.name) == ("Actual", "Forecast")
    assert made.layout.yaxis.range[0] <= 102
    assert made.layout.yaxis.range[1] >= 128
    assert made.layout.template is not None
    assert len(made.layout.annotations) == 2


def test_data_cannot_become_markup():
    rows = [{"name": '<a href="javascript:alert(1)">x</a>', "n": 2}, {"name": "b", "n": 1}]
    made = figure(choose(rows, "horizontal bar chart"), rows)
    assert "<a" not in json.dumps([made.data[0].customdata, made.layout.yaxis.ticktext, made.layout.title.text], default=list)


def test_waterfall_bars_reach_from_total_to_total_and_say_where_they_are_cut(kinds):
    rows, question = kinds["waterfall"]
    spec = choose(rows, question)
    trace = figure(spec, rows).data[0]
    tops = [low + size for low, size in zip(trace.base, trace.y, strict=True)]
    assert tops == pytest.approx([12.02, 12.60, 13.26, 13.26, 12.95])
    assert min(trace.base) > 0
    assert "do not start at zero" in spec.subtitle


def test_a_title_can_be_left_to_the_page(kinds):
    rows, question = kinds["bar"]
    assert figure(choose(rows, question), rows, titled=False).layout.title.text is None


def test_the_template_draws_no_grid_and_names_the_font():
    layout = template("dark").layout
    assert (layout.xaxis.showgrid, layout.yaxis.showgrid, layout.showlegend) == (False, False, False)
    assert layout.font.family.startswith('"AiserSans"')
    assert layout.colorway[0] == TOKENS["dark"]["c1"]


def test_a_kind_that_cannot_be_drawn_says_so():
    with pytest.raises(NotYetError, match="A sankey chart cannot be drawn yet"):
        figure(ChartSpec("sankey"), [{"a": 1}])


def test_a_pie_of_losses_is_refused():
    with pytest.raises(UsageError, match="below zero"):
        figure(ChartSpec("pie", x="r", y=("v",)), [{"r": "a", "v": -1.0}, {"r": "b", "v": 2.0}])
