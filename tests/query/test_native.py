"""On a real PostgreSQL a login of a role sees by plain psycopg what the kernel's rewriting shows it, and what differs from the policy is listed."""

import json
from pathlib import Path

import pytest
from servers import postgres
from test_policy_corpus import CLAIMS, CUSTOMERS, ORDERS, POLICY, ROLES, SALT, queries, script, seen_by

from aiser_jupyter.policy import file
from aiser_jupyter.query import native, native_check
from aiser_jupyter.sources.open import open_source

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
LOGINS = {"north": "north", "finance": "fay", "clerk": "carl", "boss": "boss"}
WHOLE = seen_by("boss", hashed=True)
# Its books and the types of its rows tell every login which tables and columns there are, and where rows lie is nothing that a grant hides.
TELLING = ("information_schema", "pg_", "ctid", "xmin", "tableoid", "SHOW", "DESCRIBE", "reg", "(NULL::")
# What a view has not: samples, and the name of the table itself.
ONLY_TABLES = ("TABLESAMPLE", "public.customers")
QUERIES = [sql for sql in queries("postgres") if not any(word in sql for word in TELLING)]
MORE = """
[roles.region]
members = ["rita"]
[roles.region.tables.customers]
rows = "region = :region AND id > 0"
[roles.region.tables.orders]
rows = "customer_id = :desk OR customer_id IN (:shops)"
[roles.few]
members = ["fred"]
[roles.few.tables.staff]
aggregate = { columns = ["salary"], at_least = 3, of = "id" }
"""


@pytest.fixture(scope="module")
def policy():
    return file.read((POLICY.format(hash='"hash"', text="VARCHAR") + MORE).encode(), Path("policy.toml"))


@pytest.fixture(scope="module")
def server(policy):
    if reason := postgres.missing():
        pytest.skip(reason)
    made = postgres.Postgres()
    made.execute(";\n".join(script(WHOLE, "postgres", view=True)) + ";")
    made.execute("CREATE ROLE app LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO app;")
    source = open_source(made.url, "shop")
    text = native.generate(policy, source.tables()).text()
    source.close()
    made.execute(text)
    made.execute(text)  # again, as after each change
    people = [
        ("north", "region", "N"),
        ("rita", "region", "N"),
        ("rita", "desk", "4"),
        *((who, "shops", shop) for who in ("carl", "rita") for shop in CLAIMS["shops"]),
    ]
    values = ", ".join(f"('{login}', '{claim}', '{value}')" for login, claim, value in people)
    made.execute(f"INSERT INTO aiser.salt VALUES ('{SALT}'); INSERT INTO aiser.people VALUES {values};")
    for role, login in {**LOGINS, "region": "rita", "few": "fred"}.items():
        made.execute(f"CREATE ROLE {login} LOGIN IN ROLE aiser_{role}; ALTER ROLE {login} SET search_path = aiser_{role}, public;")
    for role in ROLES:
        made.execute(f"CREATE DATABASE copy_{role}")
        made.execute(f"\\c copy_{role}\n" + ";\n".join(script(seen_by(role, hashed=True), "postgres", view=role == "boss")) + ";")
    yield made
    made.remove()


def connected(server, login, database="postgres"):
    return psycopg.connect(server.url.replace("test@", f"{login}@").replace("/postgres", f"/{database}"), autocommit=True)


def outcome(connection, sql):
    try:
        rows = connection.execute(sql).fetchall()
    except psycopg.Error as error:
        return type(error).__name__
    return sorted(repr([float(v) if isinstance(v, int | float) or type(v).__name__ == "Decimal" else v for v in row]) for row in rows)


@pytest.mark.parametrize("role", ROLES)
def test_the_type_of_a_hidden_table_tells_a_name_and_no_value(server, role):
    """Grants hide rows: that there is a column of this name is all that a login without the table can have."""
    with connected(server, LOGINS[role]) as theirs:
        assert outcome(theirs, "SELECT (NULL::secrets).label") == ["[None]"]
        seen = outcome(theirs, "SELECT label FROM secrets")
    assert isinstance(seen, list) if role == "boss" else seen == "InsufficientPrivilege"


@pytest.mark.parametrize("role", ROLES)
def test_a_login_sees_what_a_copy_without_the_rest_would_show(server, role):
    assert len(QUERIES) > 80
    leaks, wrong, needless, equal = [], [], [], 0
    with connected(server, LOGINS[role]) as theirs, connected(server, "test", f"copy_{role}") as copy:
        for sql in QUERIES:
            got, wanted = outcome(theirs, sql), outcome(copy, sql)
            equal += got == wanted
            if isinstance(got, str) and not isinstance(wanted, str) and not any(word in sql for word in ONLY_TABLES):
                needless.append((sql, got))
            elif isinstance(wanted, str) and not isinstance(got, str):
                leaks.append((sql, wanted, got[:2]))
            elif got != wanted and not isinstance(got, str):
                wrong.append((sql, got[:2], wanted[:2]))
    assert (leaks, wrong, needless) == ([], [], [])
    assert equal > 60


@pytest.mark.parametrize("login", ["north", "carl", "fay", "fred"])
def test_what_is_not_theirs_is_refused_whichever_way_it_is_named(server, login):
    with connected(server, login) as theirs:
        for sql in (
            "SELECT ssn FROM public.customers",
            "SELECT email FROM public.customers",
            "SELECT * FROM secrets",
            "SELECT salary FROM public.staff" if login != "fay" else "SELECT * FROM public.secrets",
            "SELECT * FROM everyone",
            "SELECT * FROM aiser.people",
            "SELECT value FROM aiser.salt",
            "DELETE FROM public.orders",
            "INSERT INTO aiser.people VALUES (session_user, 'region', 'S')",
            "SET ROLE aiser_boss",
            "SET row_security = off; SELECT count(*) FROM public.secrets",
        ):
            assert outcome(theirs, sql) in ("InsufficientPrivilege", "UndefinedTable"), sql


def test_nobody_can_claim_for_themselves(server):
    with connected(server, "rita") as theirs:
        ours = sorted(row[0] for row in CUSTOMERS if row[5] == "N")
        assert [row[0] for row in theirs.execute("SELECT id FROM customers ORDER BY id")] == ours
        theirs.execute("SET aiser.claim_region = 'S'")
        theirs.execute("SET aiser.claim_desk = '9'")
        assert [row[0] for row in theirs.execute("SELECT id FROM customers ORDER BY id")] == ours
        wanted = sorted(row[0] for row in ORDERS if row[1] in (4, 2, 3, 5))
        assert [row[0] for row in theirs.execute("SELECT id FROM orders ORDER BY id")] == wanted
    server.execute("CREATE ROLE gate LOGIN IN ROLE aiser_region, aiser_gateway; ALTER ROLE gate SET search_path = aiser_region, public;")
    with connected(server, "gate") as theirs:
        assert theirs.execute("SELECT count(*) FROM customers").fetchone() == (0,)
        theirs.execute("SET aiser.claim_region = 'S'")
        assert theirs.execute("SELECT count(*) FROM customers").fetchone() == (sum(row[5] == "S" for row in CUSTOMERS),)
    server.execute("DROP ROLE gate")


def test_other_logins_keep_what_they_had(server):
    with connected(server, "app") as theirs:
        assert theirs.execute("SELECT count(*) FROM customers").fetchone() == (len(CUSTOMERS),)


def test_what_cannot_be_held_is_said(policy, server):
    source = open_source(server.url, "shop")
    text = native.generate(policy, source.tables()).text()
    source.close()
    assert "few: salary of staff, in aggregates alone; it is left out." in text
    assert "finance: group:finance as members" in text
    assert SALT not in text
    assert "secret behind env:MASK_SALT" in text


TROUBLE = [
    ("GRANT SELECT ON secrets TO aiser_north", "REVOKE SELECT ON secrets FROM aiser_north", ("north", "secrets", "may be read")),
    ("GRANT SELECT ON secrets TO PUBLIC", "REVOKE SELECT ON secrets FROM PUBLIC", ("clerk", "secrets", "may be read")),
    ("GRANT SELECT (ssn) ON customers TO aiser_clerk", "REVOKE SELECT (ssn) ON customers FROM aiser_clerk", ("clerk", "customers", "ssn may be read")),
    ("ALTER TABLE customers DISABLE ROW LEVEL SECURITY", "ALTER TABLE customers ENABLE ROW LEVEL SECURITY", ("clerk", "customers", "row-level security is off")),
    ("CREATE POLICY wide ON customers TO PUBLIC USING (true)", "DROP POLICY wide ON customers", ("clerk", "customers", "wide")),
    ("ALTER POLICY aiser_clerk ON customers USING (true)", None, ("clerk", "customers", "another condition")),
    ("ALTER ROLE fay BYPASSRLS", "ALTER ROLE fay NOBYPASSRLS", ("finance", "", "fay goes around row-level security")),
    ("ALTER ROLE boss SUPERUSER", "ALTER ROLE boss NOSUPERUSER", ("boss", "", "boss is a superuser")),
    ("GRANT UPDATE ON orders TO aiser_boss", "REVOKE UPDATE ON orders FROM aiser_boss", ("boss", "orders", "may be written")),
    ("REVOKE SELECT ON staff FROM aiser_boss", "GRANT SELECT ON staff TO aiser_boss", ("boss", "staff", "cannot be read")),
    ("CREATE OR REPLACE VIEW aiser_north.orders AS SELECT * FROM orders", None, ("north", "orders", "another view")),
]  # fmt: skip


@pytest.mark.parametrize(("make", "undo", "wanted"), TROUBLE, ids=[one[0] for one in TROUBLE])
def test_what_the_server_holds_otherwise_is_listed(server, policy, make, undo, wanted):
    source = open_source(server.url, "shop")
    try:
        before = found(policy, source)
        server.execute(make)
        after = found(policy, source)
        role, table, words = wanted
        assert [one for one in after if (one.role, one.table) == (role, table) and words in one.what], after
        assert not [one for one in before if (one.role, one.table) == (role, table) and words in one.what]
        server.execute(undo or native.generate(policy, source.tables()).text())
        assert found(policy, source) == before
    finally:
        source.close()


def found(policy, source):
    source.forget_tables()
    return native_check.differences(policy, source)


def test_nothing_is_listed_but_the_login_that_looked(server, policy):
    source = open_source(server.url, "shop")
    assert [(one.role, one.table) for one in found(policy, source)] == [("", "")]
    assert "is a superuser" in found(policy, source)[0].what
    source.close()


def test_the_commands(server, tmp_path, monkeypatch, capsys):
    from aiser_jupyter.cli.app import run

    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "policy.toml").write_text(POLICY.format(hash='"hash"', text="VARCHAR"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHOP_URL", server.url)
    assert run(["policy", "generate", "--dialect", "postgres", "--on", "env:SHOP_URL"]) == 0
    assert 'CREATE POLICY "aiser_clerk" ON "public"."customers" FOR SELECT' in capsys.readouterr().out
    assert run(["policy", "check", "--on", "env:SHOP_URL", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [one["what"] for one in told["differences"] if not one["role"]] == [
        "the login test is a superuser: the server holds nothing back from it."
    ]
    assert run(["policy", "generate", "--dialect", "mysql", "--on", "env:SHOP_URL"]) == 2
    assert "PostgreSQL alone" in capsys.readouterr().err
