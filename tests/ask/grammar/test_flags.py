"""Who left and who stayed, told by verbs, on a flat table of contracts."""

import duckdb
import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contracts")
    with duckdb.connect(str(folder / "contracts.duckdb")) as made:
        made.execute(
            "CREATE TABLE contracts AS SELECT 'c' || i AS customerID, i % 4 = 0 AS Churn, 10.0 + i % 7 AS MonthlyCharges, "
            "CASE i % 3 WHEN 0 THEN 'Cheque' WHEN 1 THEN 'Card' ELSE 'Transfer' END AS PaymentMethod, i % 5 AS tenure, "
            "CASE WHEN i % 2 = 0 THEN 'Male' ELSE 'Female' END AS gender FROM range(1200) t(i)"
        )
    workspace = aiser.Workspace(str(folder))
    workspace.connect(str(folder / "contracts.duckdb"), name="contracts")
    return workspace


@pytest.mark.parametrize(
    ("question", "gold"),
    [
        ("Sum of monthly charges over the customers still with us", "SELECT sum(MonthlyCharges) FROM contracts WHERE NOT Churn"),
        ("how many customers left", "SELECT count(*) FROM contracts WHERE Churn"),
        ("Average monthly charge of churned vs. retained customers", "SELECT Churn, avg(MonthlyCharges) FROM contracts GROUP BY 1"),
        ("churn rate by payment type", "SELECT PaymentMethod, 100.0 * avg(Churn::INT) FROM contracts GROUP BY 1"),
        ("payment methods as share of all customers", "SELECT PaymentMethod, 100.0 * count(*) / 1200 FROM contracts GROUP BY 1"),
        (
            "men vs women: number of customers, average tenure and churn rate",
            "SELECT gender, count(*), avg(tenure), 100.0 * avg(Churn::INT) FROM contracts GROUP BY 1",
        ),
        (
            "what part of male customers pays by card",
            "SELECT 100.0 * avg((PaymentMethod = 'Card')::INT) FROM contracts WHERE gender = 'Male'",
        ),
    ],
)
def test_the_figures_are_those_of_sql_written_by_hand(workspace, question, gold):
    reading = read(workspace.context, question, on="contracts")
    if not reading.answered:
        pytest.fail(f"{reading.reason} {reading.missing}")
    found, wanted = (
        sorted([str(round(v, 4)) if isinstance(v, float) else str(v) for v in row.values()] for row in workspace.sql(sql).rows())
        for sql in (reading.sql, gold)
    )
    assert found == wanted
