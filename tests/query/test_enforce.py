"""Hidden tables are out of reach by every name and from every place."""

import pytest

from aiser_jupyter.errors import RefusedError
from aiser_jupyter.policy import Policy
from aiser_jupyter.query.enforce import enforce
from aiser_jupyter.query.guard import check

POLICY = Policy(hidden_tables=frozenset({"customers", "hr.pay"}))


@pytest.mark.parametrize(
    "sql",
    [
        "select * from customers", "select * from Customers", 'select * from "CUSTOMERS"', "select * from main.customers", "select * from shop.main.customers c", "select 1 from orders join customers using (id)",
        "select (select max(ssn) from customers)", "select * from orders where exists (from customers)", "with customers as (select * from main.customers) select * from customers",
        "with customers as (select * from customers) select * from customers", "with a as (from customers) from a", "select customers from customers", "select * from orders natural join customers", "select * from hr.pay",
        "select * from orders union all select * from customers", "summarize customers", "describe customers", "explain from customers", "pivot customers on a using sum(b)", "show customers", "pragma table_info('customers')",
        "select * from orders o, lateral (select * from customers c where c.id = o.id)",
    ],
)  # fmt: skip
def test_a_hidden_table_is_refused(sql):
    verdict = check(sql, "duckdb")
    assert verdict.allowed
    with pytest.raises(RefusedError, match="There is no table"):
        enforce(verdict, POLICY)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from orders",
        "select * from pay",
        "select 'customers'",
        "select customers from orders",
        "with customers as (select 1) select * from customers",
        "select * from customers2",
    ],
)
def test_other_tables_are_not(sql):
    verdict = check(sql, "duckdb")
    assert enforce(verdict, POLICY) == verdict
    assert enforce(verdict, Policy()) == verdict
