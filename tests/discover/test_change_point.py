from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from made import autoregressive, daily

from aiser_jupyter.chart.lines import panels
from aiser_jupyter.chart.table import view
from aiser_jupyter.discover.change_point import ChangePoint, changes, searched, split
from aiser_jupyter.discover.control import LEVEL
from aiser_jupyter.discover.scan import scan


def test_a_step_is_found_where_it_is(evidence, random):
    y = 200 + random.normal(0, 5, 300) - 8 * (np.arange(300) >= 180)
    (found,) = scan(evidence(daily(y)).relation)
    assert (found.kind, found.direction) == ("change_point", -1)
    assert abs(int(found.where["date"][8:10]) - 29) <= 2  # the 181st day of 2024 is 29 June
    assert found.where["date"].startswith(("2024-06", "2024-07-01"))
    assert "stepped down on" in found.statement
    assert found.effect == pytest.approx(-8, abs=2)
    assert " a day" not in found.title  # an average is of no length of time


def test_all_levels_stand_on_one_axis(evidence, random):
    at = np.arange(400)
    table = evidence(daily(100 + random.normal(0, 5, 400) + 12 * ((at >= 120) & (at < 280))))
    found = scan(table.relation)
    assert [f.kind for f in found] == ["change_point", "change_point"]
    for one in found:
        drawn = table.relation.ask(one.sql)
        levels = [level for level, _ in groupby(drawn.column("level").to_pylist())]
        assert levels == pytest.approx([100, 112, 100], abs=1.5)
        assert one.chart is not None
        assert len(panels(one.chart, view(drawn))) == 1


def test_steps_up_and_down_are_found_apart(evidence, random):
    at = np.arange(400)
    y = 100 + random.normal(0, 5, 400) + 12 * ((at >= 120) & (at < 280))
    found = sorted((int(c.at), float(np.sign(c.size))) for c in changes(evidence(daily(y)).series[0]) if c.p_value < 0.001)
    assert [size for _, size in found] == [1, -1]
    assert [at for at, _ in found] == pytest.approx([120, 280], abs=4)


def test_a_wandering_series_has_no_steps(evidence, random):
    claims = sum(
        any(c.p_value < LEVEL / 10 for c in ChangePoint().tests(evidence(daily(random.normal(size=300).cumsum())))) for _ in range(40)
    )
    assert claims <= 1


def test_noise_that_remembers_has_no_steps(evidence, random):
    claims = sum(any(c.p_value < 0.01 for c in ChangePoint().tests(evidence(daily(autoregressive(random, 300, 0.6))))) for _ in range(60))
    assert claims <= 4


def test_a_line_is_no_step(evidence, random):
    y = 100 + 0.1 * np.arange(300) + random.normal(0, 4, 300)
    assert [f.kind for f in scan(evidence(daily(y)).relation)] == ["trend"]


def test_the_search_for_a_place_is_paid_for():
    assert searched(1e-4, 0.05) > 10e-4
    assert searched(0.5, 0.05) == 1.0
    assert searched(1e-12, 0.05) < 1e-9


def test_the_best_split_of_two_levels():
    gain, at = split(np.r_[np.zeros(30), np.ones(20)], 0, 50, 5)
    assert at == 30
    assert gain == pytest.approx(12.0)
    assert split(np.zeros(8), 0, 8, 5) == (0.0, 0)
