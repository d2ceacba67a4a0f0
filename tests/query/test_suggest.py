"""The nearest names come first, in the same order in every process."""

import pytest

from aiser_jupyter.query.suggest import did_you_mean, nearest

NAMES = ("orders", "order_lines", "customers", "products", "Total")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ordrs", ("orders",)),
        ("ORDERS", ("orders",)),
        ("total", ("Total",)),
        ("custmers", ("customers",)),
        ("ord", ("orders", "order_lines")),
        ("zzz", ()),
        ("", ()),
    ],
)
def test_nearest(name, expected):
    assert nearest(name, NAMES) == expected


def test_at_most_n_names_are_given():
    assert len(nearest("col", [f"col{number}" for number in range(10)], n=2)) == 2


@pytest.mark.parametrize(
    ("name", "expected"), [("ordrs", " Did you mean orders?"), ("ord", " Did you mean orders or order_lines?"), ("zzz", "")]
)
def test_did_you_mean(name, expected):
    assert did_you_mean(name, NAMES) == expected
