import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiser_jupyter.chart.choose import choose
from aiser_jupyter.chart.still import still_svg
from aiser_jupyter.chart.svg import svg
from aiser_jupyter.errors import NotYetError, UsageError
from aiser_jupyter.spec import ChartSpec

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "<script>alert(1)</script>\"><img src=x onerror=alert(1)> & 'x'"


def drawn(rows, question, **more):
    return ET.fromstring(svg(choose(rows, question), rows, **more))


def words(tree):
    return [node.text or "" for node in tree.iter(f"{SVG}text")]


@pytest.mark.parametrize("width", [320, 640, 920])
def test_every_kind_is_well_formed_named_and_fetches_nothing(kinds, width):
    for kind, (rows, question) in kinds.items():
        if kind == "table":
            continue
        text = svg(choose(rows, question), rows, width=width)
        tree = ET.fromstring(text)
        assert tree.get("role") == "img"
        assert len(tree.get("aria-label", "")) > 20
        assert tree.find(f"{SVG}title") is not None
        assert not re.search(r"<script|href|url\(|nan|inf\b", text, re.IGNORECASE), kind
        assert len(text) < 250_000


def test_marks_and_words_lie_inside_the_width(kinds):
    for kind, (rows, question) in kinds.items():
        if kind == "table":
            continue
        tree = drawn(rows, question, width=320)
        bars = [float(r.get("x", 0)) + float(r.get("width", 0)) for r in tree.iter(f"{SVG}rect")]
        assert all(right <= 321 for right in bars), kind


def test_bar_lengths_are_proportional_to_values_and_start_at_zero():
    rows = [{"genre": g, "revenue": v} for g, v in (("Rock", 80.0), ("Pop", 40.0), ("Jazz", 20.0))]
    lengths = [float(r.get("width", 0)) for r in drawn(rows, "horizontal bar chart of revenue").iter(f"{SVG}rect")]
    assert lengths[0] / lengths[1] == pytest.approx(2, rel=0.01)
    assert lengths[0] / lengths[2] == pytest.approx(4, rel=0.01)


def expected():
    rows = [{"month": date(2024, m, 1), "actual": 100.0 + m, "forecast": None, "low": None, "high": None} for m in range(1, 13)]
    rows += [
        {"month": date(2025, m, 1), "actual": None, "forecast": 110.0 + m, "low": 105.0 - 2 * m, "high": 115.0 + 3 * m} for m in (1, 2, 3)
    ]
    return rows, ChartSpec("line", "month", ("actual", "forecast"), band=("low", "high"))


def test_a_band_is_shaded_from_its_lower_to_its_upper_end_inside_the_axis():
    rows, spec = expected()
    text = svg(spec, rows)
    (ring,) = re.findall(r'<path d="([^"]*)Z" style="fill:var\(--band,[^"]*"', text)
    points = [tuple(map(float, pair)) for pair in re.findall(r"([\d.]+)[ ,]([\d.]+)", ring)]
    assert len(points) == 6
    assert [x for x, _ in points[:3]] == [x for x, _ in reversed(points[3:])]
    upper, lower = [y for _, y in points[:3]], [y for _, y in reversed(points[3:])]
    assert upper[0] - upper[2] == pytest.approx((lower[2] - lower[0]) * 6 / 4, abs=0.3)
    assert all(0 < high < low < 240 for high, low in zip(upper, lower, strict=True))
    assert text.index("--band") < text.index("--mark-accent")


def test_a_band_needs_two_ends():
    with pytest.raises(UsageError, match="two columns"):
        ChartSpec("line", "month", ("actual",), band=("low",))


def test_values_and_names_are_written_and_the_finding_has_the_accent():
    rows = [{"genre": g, "revenue_usd": v} for g, v in (("Rock", 826.65), ("Pop", 70.0))]
    text = svg(choose(rows, "horizontal bar chart of revenue"), rows)
    assert {"Rock", "Pop", "$827", "$70"} <= set(words(ET.fromstring(text)))
    assert text.count("var(--mark-accent,#1A5CA6)") == 1
    assert "var(--mark,#6F7F97)" in svg(choose(rows), rows, theme="dark")


def test_a_line_breaks_at_a_gap_and_is_drawn_to_scale():
    rows = [{"month": f"2025-{m:02}", "n": None if m == 6 else m} for m in range(1, 13)]
    tree = drawn(rows, "n per month as a line")
    path = next(tree.iter(f"{SVG}path")).get("d", "")
    assert path.count("M") == 2
    heights = [float(y) for y in re.findall(r"[ML][\d.]+,([\d.]+)", path)]
    assert heights == sorted(heights, reverse=True)


def test_shares_of_each_label_fill_the_same_width():
    rows = [{"region": r, "media": m, "tracks": n} for r, m, n in (("N", "a", 1), ("N", "b", 3), ("S", "a", 30), ("S", "b", 10))]
    bars = [r for r in drawn(rows, "100 % stacked bar chart of tracks").iter(f"{SVG}rect") if r.find(f"{SVG}title") is not None]
    totals = {}
    for bar in bars:
        totals[bar.get("y")] = totals.get(bar.get("y"), 0) + float(bar.get("width", 0)) + 1
    assert len(totals) == 2
    assert max(totals.values()) == pytest.approx(min(totals.values()), abs=0.3)


def test_words_from_data_cannot_become_markup(kinds):
    for kind in ("bar", "horizontal_bar", "pie", "stacked_bar", "heatmap", "box", "line", "gantt", "bubble"):
        rows, question = kinds[kind]
        evil = [{k: (f"{EVIL}{v}" if isinstance(v, str) and k not in {"quarter", "month"} else v) for k, v in row.items()} for row in rows]
        tree = ET.fromstring(svg(choose(rows, question), evil))
        assert {node.tag for node in tree.iter()} <= {
            f"{SVG}{tag}" for tag in ("svg", "title", "text", "rect", "line", "path", "circle", "g")
        }, kind


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.text(max_size=40), st.floats(allow_nan=True, allow_infinity=True, width=32) | st.none()), min_size=2, max_size=40)
)
def test_any_names_and_numbers_can_be_drawn(pairs):
    rows = [{"name": "".join(c for c in name if c.isprintable()), "value": value} for name, value in pairs]
    for kind in ("bar", "horizontal_bar"):
        ET.fromstring(svg(ChartSpec(kind, x="name", y=("value",)), rows))


def test_a_table_is_an_html_table(kinds):
    rows, question = kinds["table"]
    assert svg(choose(rows, question), rows).startswith('<table class="tbl">')


def test_a_kind_that_cannot_be_drawn_says_so():
    with pytest.raises(NotYetError, match="A radar chart cannot be drawn yet"):
        svg(ChartSpec("radar"), [{"a": 1}])


def test_the_stand_alone_picture_has_no_variables(kinds):
    rows, question = kinds["line"]
    assert "var(" not in still_svg(choose(rows, question), rows, theme="dark")
