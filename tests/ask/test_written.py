"""Amounts that a file keeps as text: what is added up, compared, ranked and shown, and what stays text."""

from datetime import date

import pytest

from aiser_jupyter.ask.engine import read, schema_of
from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.query.profile import profile

TODAY = date(2025, 6, 15)
POLICIES = """
CREATE TABLE policies (policy_id VARCHAR, branch VARCHAR, paid_premium VARCHAR, zip VARCHAR, remark VARCHAR, lapsed BOOLEAN);
INSERT INTO policies SELECT 'P' || i, CASE WHEN i % 2 = 0 THEN 'North' ELSE 'South' END, CASE WHEN i % 100 = 0 THEN ' ' ELSE CAST(i + 0.25 AS VARCHAR) END,
  CAST(10000 + i AS VARCHAR), CASE WHEN i % 3 = 0 THEN 'note ' || i ELSE CAST(i AS VARCHAR) END, i % 10 = 0 FROM range(1, 1201) t(i);
"""
ASKED = [
    ("total paid premium by branch", "SELECT branch, sum(try_cast(paid_premium AS DOUBLE)) FROM policies GROUP BY 1"),
    ("average paid premium of lapsed policies", "SELECT avg(try_cast(paid_premium AS DOUBLE)) FROM policies WHERE lapsed"),
    ("how many policies have a paid premium over 1000", "SELECT count(*) FROM policies WHERE try_cast(paid_premium AS DOUBLE) > 1000"),
    ("median paid premium per branch", "SELECT branch, median(try_cast(paid_premium AS DOUBLE)) FROM policies GROUP BY 1"),
    ("how many policies have no paid premium", "SELECT 12"),
]


@pytest.fixture(scope="module")
def workspace(opened):
    return opened(policies=POLICIES)


def rows(workspace, sql):
    found = [tuple(row.values()) for row in workspace.sql(sql, on="policies").rows()]
    return sorted(tuple(round(v, 6) if isinstance(v, float) else v for v in row) for row in found)


@pytest.mark.parametrize(("question", "gold"), ASKED, ids=[q for q, _ in ASKED])
def test_a_number_that_is_kept_as_text_is_reckoned_with(workspace, question, gold):
    reading = read(workspace.context, question, on="policies", today=TODAY)
    assert reading.answered, (reading.reason, reading.alternatives[:2])
    assert rows(workspace, reading.sql) == rows(workspace, gold)


def test_codes_and_remarks_stay_text(workspace):
    schema = schema_of(profile(workspace.context, "policies"))
    assert schema.graph.numbers == {ColumnRef("policies", "paid_premium")}
    view = schema.view(ColumnRef("policies", "paid_premium"))
    assert (view.type, view.low, view.high) == ("number", 1.25, 1199.25)
    assert {v.ref.column for v in schema.columns if v.type == "text"} == {"policy_id", "branch", "zip", "remark"}


def test_it_is_shown_as_it_is_kept(workspace):
    reading = read(workspace.context, "what is the paid premium of policy 'P7'", on="policies", today=TODAY)
    assert reading.answered
    assert "7.25" in {str(value) for row in rows(workspace, reading.sql) for value in row}
