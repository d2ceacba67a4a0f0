"""Whatever a query is made of, under a role it gives what it gives on a copy without the rest, or is refused: made at random, on two engines."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_policy_corpus import CLAIMS, POLICY, SALT, WHO, fill, outcome, script, seen_by

from aiser_jupyter import Workspace

COLUMNS = {
    "customers": ["id", "name", "ssn", "email", "phone", "region"],
    "orders": ["id", "customer_id", "total"],
    "staff": ["id", "dept", "salary"],
    "secrets": ["id", "label"],
}
# Names for a WITH: new ones, those of tables, and such as some fold to those of tables.
GIVEN = ["t", "customers", "orders", "secrets", "Customers", "SECRETS", "cu\u017ftomers", "\u017fecrets", "order\u017f"]
TABLES = [*COLUMNS, "main.customers", "main.orders", "Customers", "ORDERS"]


@st.composite
def values(draw, name):
    """An expression over a table called ``name``, whichever that is."""
    column = draw(st.sampled_from([column for columns in COLUMNS.values() for column in columns]))
    form = draw(
        st.sampled_from(
            [
                "{c}",
                "{c}",
                "{n}.{c}",
                "{n}.{c}",
                "count({c})",
                "max({n}.{c})",
                "coalesce({c}, {c})",
                "CASE WHEN {c} IS NULL THEN 0 ELSE 1 END",
            ]
        )
    )
    return form.format(c=column, n=name)


@st.composite
def selects(draw, depth=2, names=()):
    """A query of one or two tables, of queries in their place, with conditions and sets."""
    sources, aliases = [], []
    for number in range(draw(st.integers(1, 2))):
        place = draw(st.integers(0, 5))
        alias = draw(st.sampled_from([f"a{number}", f"a{number}", "customers", "secrets"]))
        if place == 0 and depth:
            text = f"({draw(statements(depth - 1))})"
        else:
            text = draw(st.sampled_from([*TABLES, *(f'"{name}"' for name in names)]))
        sources.append(f"{text} AS {alias}")
        aliases.append(alias)
    on = f"{aliases[0]}.id = {aliases[-1]}.id"
    joined = draw(st.sampled_from([f" JOIN {{}} ON {on}", f" LEFT JOIN {{}} ON {on}", " NATURAL JOIN {}", " JOIN {} USING (id)"]))
    origin = sources[0] if len(sources) == 1 else sources[0] + joined.format(sources[1])
    items = draw(st.sampled_from(["*", "count(*) AS n", f"{aliases[0]}.*", ""])) or ", ".join(
        draw(st.lists(values(aliases[0]), min_size=1, max_size=2))
    )
    where = ""
    if draw(st.booleans()):
        where = (
            " WHERE "
            + draw(values(aliases[0]))
            + draw(st.sampled_from([" IS NOT NULL", " = 'S'", " > 's5'", " = 3", f" IN (SELECT id FROM {draw(st.sampled_from(TABLES))})"]))
        )
    made = f"SELECT {items} FROM {origin}{where}"
    if depth and draw(st.integers(0, 5)) == 0:
        made += draw(st.sampled_from([" UNION ALL ", " EXCEPT ", " INTERSECT "])) + draw(selects(depth=0, names=names))
    return made


@st.composite
def statements(draw, depth=2):
    """A query with names given before it."""
    names = draw(st.lists(st.sampled_from(GIVEN), max_size=2, unique=True))
    if not names:
        return draw(selects(depth=depth))
    parts = []
    for number, name in enumerate(names):
        inside = draw(
            st.one_of(
                selects(depth=0, names=names[:number]), st.just("SELECT 2 AS id, 2 AS customer_id, 'N' AS region, 'x' AS name, 1 AS total")
            )
        )
        parts.append(f'"{name}" AS ({inside})')
    return f"WITH {draw(st.sampled_from(['', '', 'RECURSIVE ']))}{', '.join(parts)} {draw(selects(depth=depth, names=names))}"


@pytest.fixture(scope="module", params=[("duckdb", "north"), ("duckdb", "clerk"), ("sqlite", "north")], ids="-".join)
def both(request, tmp_path_factory):
    """The whole data under the policy, and the copy that the role would have without one."""
    engine, role = request.param
    folder, hashed = tmp_path_factory.mktemp("oracle"), engine == "duckdb"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"MASK_SALT": SALT, "AISER_CLAIMS": json.dumps(CLAIMS), **WHO[role]}.items():
            patch.setenv(name, value)
        (folder / "policed" / ".aiser").mkdir(parents=True)
        (folder / "policed" / ".aiser" / "policy.toml").write_text(
            POLICY.format(hash='"hash"' if hashed else '"null"', text="VARCHAR"), encoding="utf-8"
        )
        (folder / "copied").mkdir()
        policed, copied = Workspace(folder / "policed"), Workspace(folder / "copied")
        policed.connect(fill(engine, folder, "whole", script(seen_by("boss", hashed=hashed), engine, view=False)), "shop")
        copied.connect(fill(engine, folder, "copy", script(seen_by(role, hashed=hashed), engine, view=False)), "shop")
        yield policed, copied
        policed.close()
        copied.close()


ran = {"same": 0, "refused": 0}


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(sql=statements())
def test_a_query_gives_what_the_copy_gives_or_is_refused(both, sql):
    policed, copied = both
    got, _ = outcome(policed, sql)
    if isinstance(got, str):
        ran["refused"] += 1
        return
    wanted, why = outcome(copied, sql)
    assert got == wanted, (sql, why)
    ran["same"] += 1


def test_enough_of_them_ran(both):
    assert ran["same"] > 20
