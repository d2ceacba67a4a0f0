from __future__ import annotations

import pytest

from aiser_jupyter.report.sparkline import HEIGHT, INSET, WIDTH, line


def test_a_line_fills_its_box_from_first_to_last():
    drawn = line((1.0, 3.0, 2.0), base_at=1)
    assert drawn is not None
    assert [tuple(map(float, point.split(","))) for point in drawn.path[1:].split(" L")] == [
        (INSET, HEIGHT - INSET),
        (WIDTH / 2, INSET),
        (WIDTH - INSET, HEIGHT / 2),
    ]
    assert drawn.last == (WIDTH - INSET, HEIGHT / 2)
    assert drawn.base == (WIDTH / 2, INSET)


def test_a_flat_line_lies_in_the_middle():
    drawn = line((5.0, 5.0))
    assert drawn is not None
    assert drawn.last == (WIDTH - INSET, HEIGHT / 2)


@pytest.mark.parametrize("values", [(), (1.0,)])
def test_one_point_is_no_line(values):
    assert line(values) is None


def test_a_base_outside_is_no_ring():
    drawn = line((1.0, 2.0), base_at=7)
    assert drawn is not None
    assert drawn.base is None
