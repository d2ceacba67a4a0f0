import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from aiser_jupyter.chart.asked import wish
from aiser_jupyter.chart.choose import choose, of_kind
from aiser_jupyter.chart.kinds import DRAWN
from aiser_jupyter.errors import NotYetError, UsageError

LABELS = Path(__file__).parents[3] / "shared" / "data" / "labels" / "charts_examples.jsonl"
HASHED = """
from aiser_jupyter.chart.choose import choose
from aiser_jupyter.chart.figure import figure
from aiser_jupyter.chart.svg import svg
rows = [{"country": c, "media": m, "tracks": i} for i, (c, m) in enumerate((c, m) for c in "abc" for m in "xyz")]
print([(choose(rows, q), svg(choose(rows, q), rows), figure(choose(rows, q), rows).to_json()) for q in ("share of media in each country", "tracks", "heatmap of tracks", "compare media")])
"""


def column(name, kind, distinct, semantic=None, low=None, high=None):
    return {"name": name, "type": kind, "distinct": distinct, "semantic": semantic, "min": low, "max": high}


def kind(question, columns, rows, row_count):
    return choose({"columns": columns, "rows": rows, "row_count": row_count}, question).kind


def test_the_labelled_examples_are_chosen_as_a_person_would():
    if not LABELS.exists():
        pytest.skip("the labelled examples are not there")
    examples = [json.loads(line) for line in LABELS.read_text().splitlines()]
    chosen = [(example, choose(example, example["question"]).kind) for example in examples]
    assert [example["id"] for example, kind in chosen if kind in example["wrong"]] == []
    assert sum(kind in example["accept"] for example, kind in chosen) >= 0.9 * len(examples)


def test_the_kind_asked_for_is_chosen_with_a_reason_and_alternatives_that_fit(kinds):
    for wanted, (rows, question) in kinds.items():
        spec = choose(rows, question)
        assert spec.kind == wanted, question
        assert spec.reason.endswith(".")
        assert spec.kind not in spec.alternatives
        assert all(of_kind(rows, other).kind == other for other in spec.alternatives)


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("share of profit as a pie chart", [{"region": r, "profit": v} for r, v in (("N", 4), ("S", -2), ("E", 3))]),
        ("budget by department as a pie", [{"department": f"D{i}", "budget": i + 1} for i in range(14)]),
        ("average price as a pie", [{"region": r, "avg_price": v} for r, v in (("N", 4.0), ("S", 2.0))]),
    ],
)
def test_a_pie_that_would_mislead_is_not_drawn_even_when_asked_for(question, rows):
    assert choose(rows, question).kind in {"bar", "horizontal_bar"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("revenue by country as a pie chart", "pie"), ("defects by line", None), ("plot it as a line", "line"), ("sales by area", None),
        ("show me a heatmap", "heatmap"), ("steps per day", None), ("revenue in line with plan", None), ("put it in a table", "table"),
        ("list of box sizes", None), ("draw a box plot", "box"),
    ],
)  # fmt: skip
def test_kinds_are_heard_only_where_they_are_meant(question, expected):
    assert wish(question).kind == expected


def test_a_kind_that_the_data_do_not_allow_names_those_they_do():
    rows = [{"region": "N", "profit": 4}, {"region": "S", "profit": -2}]
    with pytest.raises(UsageError, match="do not make a pie chart") as caught:
        of_kind(rows, "pie")
    assert "horizontal_bar" in caught.value.hint
    with pytest.raises(NotYetError, match="cannot be drawn yet"):
        of_kind(rows, "radar")
    with pytest.raises(UsageError, match="no chart of kind 'pyramid'"):
        of_kind(rows, "pyramid")


def test_kinds_that_cannot_be_drawn_are_never_chosen():
    rows = [{"lat": 47.1 + i, "lon": 8.1, "store": f"s{i}"} for i in range(40)]
    assert choose(rows, "store locations on a map").kind == "table"
    assert choose([{"from_plan": a, "to_plan": b, "n": 1} for a in "abc" for b in "de"], "sankey from plan to plan").kind in DRAWN


@pytest.mark.parametrize(
    ("question", "columns", "rows", "row_count", "expected"),
    [
        ("orders by weekday and hour", [column("weekday", "text", 7, "ordinal"), column("hour", "integer", 24, "ordinal", 0, 23), column("orders", "integer", 90, "count", 0, 9)],
         [{"weekday": "Mon", "hour": 1, "orders": 3}], 168, "heatmap"),
        ("energy mix per year", [column("year", "integer", 20, "year", 2005, 2024), column("source", "text", 5, "category"), column("share_pct", "number", 90, "percent", 1, 60)],
         [{"year": 2005, "source": "coal", "share_pct": 40.0}], 100, "area"),
        ("cpu by host over time", [column("at", "timestamp", 288), column("host", "text", 4, "category"), column("cpu_pct", "number", 900, "percent", 1, 99)],
         [{"at": "2026-01-01T00:00:00", "host": "a", "cpu_pct": 3.0}], 1152, "line"),
        ("response time by team", [column("team", "text", 5, "category"), column("minutes", "number", 812, "duration", 0, 99)], [{"team": "A", "minutes": 1.0}], 2400, "box"),
        ("actual vs budget", [column("department", "text", 6, "category"), column("actual", "number", 6, "money", 1, 9), column("budget", "number", 6, "money", 1, 9)],
         [{"department": "A", "actual": 3.0, "budget": 2.0}], 6, "bullet"),
        ("download stats", [column("user_id", "integer", 900, "id", 1, 900), column("downloads", "integer", 80, "count", 1, 90)], [{"user_id": 1, "downloads": 3}], 900, "histogram"),
    ],
)  # fmt: skip
def test_roles_stated_by_the_source_are_used(question, columns, rows, row_count, expected):
    assert kind(question, columns, rows, row_count) == expected


def test_what_the_question_groups_by_is_the_axis_and_a_grouping_number_is_no_measure():
    contracts = [
        {"contract": c, "churn": a, "customers": n}
        for c, a, n in (("Month", "No", 3), ("Month", "Yes", 2), ("Year", "No", 5), ("Year", "Yes", 1))
    ]
    spec = choose(contracts, "share of churn in each contract")
    assert (spec.kind, spec.x, spec.color) == ("percent_bar", "contract", "churn")
    spec = choose([{"tenure": t, "customers": 100 - t} for t in range(40)], "customers by tenure")
    assert (spec.kind, spec.x, spec.y) == ("bar", "tenure", ("customers",))
    assert spec.title == "Tenure 0 has the most customers, 100"
    assert choose([{"tenure": t, "charges": 100 - t} for t in range(40)], "tenure vs charges").kind == "scatter"


def test_nothing_to_draw_is_a_table_that_says_so():
    spec = choose({"columns": [column("n", "integer", 0)], "rows": [], "row_count": 0}, "late shipments")
    assert (spec.kind, spec.reason, spec.title) == ("table", "There are no rows to draw.", "")


def test_the_title_is_a_finding_of_the_data_and_its_subject_is_highlighted():
    rows = [{"genre": g, "revenue_usd": v} for g, v in (("Jazz", 30.0), ("Rock", 826.65), ("Pop", 70.0))]
    spec = choose(rows, "revenue by genre")
    assert (spec.title, spec.subtitle, spec.highlight) == ("Rock has the highest revenue, $827", "Revenue by genre, $", ("Rock",))


def test_a_sample_of_rows_makes_no_claim():
    columns = [column("month", "date", 24, None, "2024-01-01", "2025-12-01"), column("bookings", "integer", 24, "count", 802, 1944)]
    spec = choose(
        {"columns": columns, "rows": [{"month": "2024-01-01", "bookings": 802}, {"month": "2024-02-01", "bookings": 911}], "row_count": 24}
    )
    assert not any(letter.isdigit() for letter in spec.title)


def test_the_choice_does_not_depend_on_hash_order():
    def printed(seed: str) -> Iterable[bytes]:
        return subprocess.run([sys.executable, "-c", HASHED], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout

    assert printed("1") == printed("77")
