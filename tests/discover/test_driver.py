"""The detector of what drove the last change of a total."""

import re
import sqlite3
from contextlib import closing

import numpy as np
import pandas as pd
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.discover.driver import Driver
from aiser_jupyter.discover.scan import scan


def sales(random, *, fallen=None, all_fall=1.0, weeks=26, each=40):
    """Half a year of orders by week and region; in the last week ``fallen`` has a fifth of its orders, or all have ``all_fall`` of theirs."""
    rows = []
    for week in range(weeks):
        last = week == weeks - 1
        for region in ("North", "South", "East", "West"):
            many = each * (0.2 if last and region == fallen else 1.0) * (all_fall if last else 1.0)
            days = (
                random.integers(0, 7, random.poisson(many))
                if not last
                else np.concatenate([[6], random.integers(0, 7, random.poisson(many))])
            )
            rows += [(pd.Timestamp("2024-01-01") + pd.Timedelta(days=int(7 * week + day)), region) for day in days]
    frame = pd.DataFrame(rows, columns=["ordered", "region"])
    return frame.assign(revenue=random.normal(100, 15, len(frame)).round(2), sort=random.choice(["a", "b"], len(frame)))


def candidates(evidence, frame):
    return {(c.columns[0], c.columns[1] if len(c.columns) == 3 else ""): c for c in Driver().tests(evidence(frame))}


def test_the_level_that_fell_is_found_with_its_figures(evidence, random):
    frame = sales(random, fallen="South", each=300)
    found = candidates(evidence, frame)
    assert set(found) == {("region", "revenue"), ("region", ""), ("sort", "revenue"), ("sort", "")}
    one = found["region", "revenue"]
    assert (one.kind, one.where, one.direction, one.large) == ("driver", {"region": "South"}, -1, True)
    assert one.p_value < 1e-4
    assert not found["sort", "revenue"].large or found["sort", "revenue"].p_value > 1e-3
    claim = one.claim()
    week = frame["ordered"].dt.to_period("W")
    before, last = sorted(week.unique())[-2:]
    part = {when: frame[(week == when) & (frame["region"] == "South")]["revenue"].sum() for when in (before, last)}
    values = {fact.id.rsplit(".", 1)[1]: fact.value for fact in claim.facts}
    assert values["change"] == pytest.approx(part[last] - part[before])
    assert values["whole_after"] == pytest.approx(frame[week == last]["revenue"].sum())
    assert values["share_of_change"] == pytest.approx((part[last] - part[before]) / (values["whole_after"] - values["whole_before"]))
    assert claim.effect == pytest.approx(part[last] - part[before])
    assert claim.statement.startswith("Total revenue fell from ")
    assert "The change where region is South is −" in claim.statement
    assert claim.chart.highlight == ("South",)


def test_where_all_fall_alike_no_level_drove_it(evidence, random):
    assert all(c.p_value > 0.001 for c in candidates(evidence, sales(random, all_fall=0.3)).values())


def test_a_scan_says_it_once_for_a_measure(random):
    from made import relation_of

    found = [f for f in scan(relation_of(sales(random, fallen="East", each=300))) if f.kind == "driver"]
    assert [dict(f.where) for f in found] == [{"region": "East"}] * len(found)
    assert 1 <= len(found) <= 2
    assert all(f.recommendation and f.chart for f in found)


def test_on_noise_its_p_values_are_no_smaller_than_chance(evidence):
    smallest = []
    for seed in range(40):
        random = np.random.default_rng(seed)
        smallest += [c.p_value for c in candidates(evidence, sales(random, weeks=26, each=8)).values()]
    assert np.mean(np.array(smallest) < 0.05) <= 0.05


def test_a_level_that_always_jumps_is_not_called_a_driver(evidence, random):
    frame = sales(random, weeks=26)
    week = (frame["ordered"] - frame["ordered"].min()).dt.days // 7
    jumping = (frame["region"] == "West") & (week % 2 == 1) & (random.random(len(frame)) < 0.8)
    assert all(c.p_value > 0.001 or not c.large for c in candidates(evidence, frame[~jumping]).values())


def test_without_a_time_there_is_nothing_to_test(evidence, random):
    frame = pd.DataFrame({"region": random.choice(["a", "b"], 300), "revenue": random.normal(10, 1, 300)})
    assert list(Driver().tests(evidence(frame))) == []


def test_on_another_engine_every_number_said_is_in_its_query(tmp_path, random):
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as connection:
        frame = sales(random, fallen="East", each=300)
        frame.assign(ordered=frame["ordered"].dt.strftime("%Y-%m-%d")).to_sql("orders", connection, index=False)
        connection.commit()
    workspace = Workspace(tmp_path)
    workspace.connect(tmp_path / "shop.sqlite", name="shop")
    found = [f for f in workspace.discover("orders", on="shop") if f.kind == "driver"]
    assert found
    for one in found:
        row = next(r for r in workspace.sql(one.sql, on="shop").rows() if r["level"] == "East")
        assert {fact.value for fact in one.facts} <= set(row.values())
        words = " ".join([*(fact.text for fact in one.facts), "East"])
        assert set(re.findall(r"\d[\d,.]*\d|\d", one.statement)) <= set(re.findall(r"\d[\d,.]*\d|\d", words)), one.statement
    workspace.close()
