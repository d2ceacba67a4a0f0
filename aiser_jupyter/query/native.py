"""A policy in PostgreSQL's own words: roles, grants, row-level security and views that mask, so that the server holds what the kernel holds.

A rule becomes a grant (and a row policy) on the table itself where that says it all; where columns are masked, or the condition reads other tables, a view of the
role's own schema, whose owner reads the table. Who asks is told by `aiser.people`, which an administrator fills: a login could set any variable of its session.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from sqlglot import exp

from aiser_jupyter.policy.role import TableRule
from aiser_jupyter.query import masks, syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aiser_jupyter.catalog import Table
    from aiser_jupyter.policy import Policy, Role

DIALECT, PREFIX, GATEWAY = "postgres", "aiser_", "aiser_gateway"
PUBLIC = "public"  # what a listing leaves out
PLAIN = TableRule()
_TEXTUAL = ("text", "char", "name", "citext", "")
Form = Literal["table", "rows", "view"]
SETUP = f"""
CREATE SCHEMA IF NOT EXISTS aiser;
DO $$ BEGIN CREATE ROLE {GATEWAY} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
-- Who each login is: claims by name ('user', 'groups', 'region'), one row for each value. Only an administrator writes it.
CREATE TABLE IF NOT EXISTS aiser.people (login name NOT NULL, claim text NOT NULL, value text NOT NULL, PRIMARY KEY (login, claim, value));
CREATE TABLE IF NOT EXISTS aiser.salt (value text NOT NULL);
REVOKE ALL ON aiser.people, aiser.salt FROM PUBLIC;
-- What a session sets itself, current_setting('aiser.claim_…'), counts only for logins in {GATEWAY}: a server that knows who its users are.
CREATE OR REPLACE FUNCTION aiser.claims(wanted text) RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT value FROM aiser.people WHERE login = session_user AND claim = wanted
  UNION
  SELECT unnest(string_to_array(nullif(current_setting('aiser.claim_' || wanted, true), ''), ','))
  WHERE EXISTS (SELECT 1 FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member JOIN pg_roles g ON g.oid = m.roleid
                WHERE g.rolname = '{GATEWAY}' AND r.rolname = session_user)
$$;
-- One value, or nothing where there is none or more than one: then no row fits.
CREATE OR REPLACE FUNCTION aiser.claim(wanted text) RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce((SELECT min(c) FROM aiser.claims(wanted) c HAVING count(*) = 1), CASE WHEN wanted = 'user' THEN session_user::text END)
$$;
""".strip()  # noqa: S608  # names are quoted, and an administrator reads it before it runs


@dataclass(frozen=True)
class Native:
    """What a role sees of one table, natively: by a grant on the ``table``, with ``rows`` of it, or by a ``view``; ``columns`` are those it may name on the table itself."""

    role: str
    table: Table
    form: Form
    columns: tuple[str, ...]
    condition: str = ""
    query: str = ""
    left_out: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What tells this rule from another one for the same table."""
        return hashlib.sha256(f"{self.form}|{self.columns}|{self.condition}|{self.query}".encode()).hexdigest()[:16]

    @property
    def policy(self) -> str:
        """The name of its row policy."""
        return f"{PREFIX}{self.role}"


@dataclass
class Script:
    """Statements, and what a server cannot hold, in words."""

    lines: list[str] = field(default_factory=list)
    cannot: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The script, with what it leaves to the kernel or a broker before it."""
        said = [f"-- Not held by the server: {line}" for line in self.cannot]
        return "\n".join([*said, "BEGIN;", SETUP, *self.lines, "COMMIT;"]) + "\n"


def role_name(role: str) -> str:
    """The server's role for a role of the policy."""
    return PREFIX + role


def quoted(*parts: str) -> str:
    """Names as an identifier of PostgreSQL."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts if part)


def governed(tables: Sequence[Table]) -> tuple[Table, ...]:
    """The tables that are not of our own making."""
    return tuple(table for table in tables if table.schema != "aiser" and not table.schema.startswith(PREFIX))


def rules(policy: Policy, tables: Sequence[Table]) -> list[Native]:
    """What each role sees of each table it sees, in the order of the policy."""
    found = []
    tables = [replace(table, schema=table.schema or PUBLIC) for table in tables]
    for role in policy.roles:
        restricts = bool(role.deny) or any(rule != PLAIN for _, rule in role.tables)
        for table in tables:
            rule = role.rule(table.schema, table.name)
            if rule is not None and not (
                table.kind != "table" and rule == PLAIN and restricts and not role.ruled(table.schema, table.name)
            ):
                made = _native(role, table, rule, tables)
                found += [made] if made.columns or made.query else []
    return found


def generate(policy: Policy, tables: Sequence[Table]) -> Script:
    """The script that makes a PostgreSQL server hold the policy for the tables it has now."""
    tables = governed(tables)
    made, script = rules(policy, tables), Script()
    secured = sorted({(one.table.schema, one.table.name) for one in made if one.form == "rows"})
    for role in policy.roles:
        script.lines += [
            "",
            f"-- {role.name}: {', '.join(sorted(role.members))}",
            *_role(role, {table.schema or PUBLIC for table in tables}),
        ]
        script.cannot += _cannot(role)
        for one in (one for one in made if one.role == role.name):
            script.lines += _grant(one, secured=(one.table.schema, one.table.name) in secured)
            script.cannot += [f"{role.name}: {column} of {one.table.name}, in aggregates alone; it is left out." for column in one.left_out]
    for place in secured:
        script.lines += _secured(place, [role.name for role in policy.roles])
    for role in policy.roles:
        script.lines += _logins(role)
    if any("aiser.salt" in one.query.replace('"', "") for one in made):
        script.lines.append(f"-- Masks by hash stay NULL until the secret behind {policy.salt} is in: INSERT INTO aiser.salt VALUES (…);")  # noqa: S608  # names are quoted, and an administrator reads it before it runs
    script.cannot.append("which tables there are (pg_catalog tells every login), and tables made after this: run it again then.")
    return script


def _native(role: Role, table: Table, rule: TableRule, tables: Sequence[Table]) -> Native:
    columns = [column for column in table.columns if rule.shows(column.name) and not rule.only_aggregated(column.name)]
    left = tuple(column.name for column in table.columns if rule.shows(column.name) and rule.only_aggregated(column.name))
    condition, reads = _condition(rule.rows, role, table, tables)
    shown = tuple(column.name for column in columns)
    if rule.masks or reads or (rule.rows and table.kind != "table"):
        parts = []
        for column in columns:
            mask = rule.mask(column.name)
            what = exp.column(exp.to_identifier(column.name, quoted=True)) if mask is None else masks.masked(column, mask, DIALECT)
            parts.append(exp.alias_(what, column.name, quoted=True))
        query = exp.Select(expressions=parts).from_(exp.table_(table.name, db=table.schema or None, quoted=True))
        for salt in list(query.find_all(exp.Placeholder)):
            salt.replace(exp.Subquery(this=exp.select("value").from_("aiser.salt")))
        text = syntax.render(query, DIALECT) + (f" WHERE {condition}" if condition else "")
        return Native(role.name, table, "view", (), "", text, left)
    cut = len(columns) < len(table.columns)
    view = f"SELECT {', '.join(map(quoted, shown))} FROM {quoted(table.schema, table.name)}" if cut and shown else ""  # noqa: S608  # names are quoted, and an administrator reads it before it runs
    return Native(role.name, table, "rows" if rule.rows else "table", shown, condition, view, left)


def _condition(rows: str, role: Role, table: Table, tables: Sequence[Table]) -> tuple[str, bool]:
    """A condition on rows in the server's own words, and whether it reads other tables."""
    if not rows:
        return "", False
    text = f"SELECT 1 WHERE {rows}"  # the administrator's own
    (tree,) = syntax.parse(syntax.tokens(text, DIALECT), text, DIALECT)
    where = tree.args["where"].this
    inner = list(where.find_all(exp.Table))
    known = {one.name.casefold(): one for one in tables}
    for node in inner:
        if not node.db and (found := known.get(node.name.casefold())) is not None:
            node.set("db", exp.to_identifier(found.schema, quoted=True))
    types = {
        column.name.casefold(): column.db_type
        for one in (*(known[n.name.casefold()] for n in inner if n.name.casefold() in known), table)
        for column in one.columns
    }
    for variable in list(tree.find_all(exp.Placeholder)):
        _told(variable, role, types)
    return f"({syntax.render(tree.args['where'].this, DIALECT)})", bool(inner)


def _told(variable: exp.Placeholder, role: Role, types: dict[str, str]) -> None:
    """Put in a variable's place what the server knows of who asks, as of the type it is compared with."""
    name = variable.name
    holder = variable.find_ancestor(exp.In, exp.Select)
    listed = isinstance(holder, exp.In) and not any(variable is node for node in holder.this.walk())
    other = holder.this if listed and isinstance(holder, exp.In) else _other(variable)
    kind = types.get(other.name.casefold(), "") if isinstance(other, exp.Column) else ""
    value: exp.Expr = (
        exp.Column(this=exp.to_identifier("c")) if listed else exp.Anonymous(this="aiser.claim", expressions=[exp.Literal.string(name)])
    )
    fixed = role.name if name == "role" else role.tenant if name == "tenant" else ""
    if fixed:
        variable.replace(exp.Literal.string(fixed))
        return
    if not any(word in kind.lower() for word in _TEXTUAL if word) and kind:
        value = exp.Cast(this=value, to=exp.DataType.build(kind, dialect=DIALECT))
    if listed and isinstance(holder, exp.In):
        # Of one value or of a list: a set of what is claimed.
        call = exp.Table(
            this=exp.Anonymous(this="aiser.claims", expressions=[exp.Literal.string(name)]),
            alias=exp.TableAlias(this=exp.to_identifier("c")),
        )
        query = exp.Select(expressions=[value]).from_(call)
        holder.set("expressions", [])
        holder.set("query", exp.Subquery(this=query))
    else:
        # As a query of its own it is worked out once a statement, not once a row.
        variable.replace(exp.Subquery(this=exp.Select(expressions=[value])))


def _other(variable: exp.Placeholder) -> exp.Expr | None:
    parent = variable.parent
    if not isinstance(parent, exp.Binary):
        return None
    return parent.expression if parent.this is variable else parent.this


def _role(role: Role, schemas: Iterable[str]) -> list[str]:
    name = quoted(role_name(role.name))
    return [
        f"DO $$ BEGIN CREATE ROLE {name} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;",
        f"DROP SCHEMA IF EXISTS {name} CASCADE;",
        f"CREATE SCHEMA {name};",
        f"GRANT USAGE ON SCHEMA {name}, aiser TO {name};",
        f"GRANT EXECUTE ON FUNCTION aiser.claims(text), aiser.claim(text) TO {name};",
        *(line for schema in sorted(schemas) for line in (f"REVOKE ALL ON ALL TABLES IN SCHEMA {quoted(schema)} FROM {name};", f"GRANT USAGE ON SCHEMA {quoted(schema)} TO {name};")),
    ]  # fmt: skip


def _grant(one: Native, *, secured: bool) -> list[str]:
    role, place, view = quoted(role_name(one.role)), quoted(one.table.schema, one.table.name), quoted(role_name(one.role), one.table.name)
    if one.form == "view":
        return [
            f"CREATE VIEW {view} WITH (security_barrier) AS {one.query};",
            f"GRANT SELECT ON {view} TO {role};",
            _marked("VIEW", view, one),
        ]
    columns = f" ({', '.join(map(quoted, one.columns))})" if one.query else ""
    lines = [f"GRANT SELECT{columns} ON {place} TO {role};"]
    if secured:
        lines += [
            f"DROP POLICY IF EXISTS {quoted(one.policy)} ON {place};",
            f"CREATE POLICY {quoted(one.policy)} ON {place} FOR SELECT TO {role} USING {one.condition or '(true)'};",
            _marked("POLICY", f"{quoted(one.policy)} ON {place}", one),
        ]
    if one.query:
        lines += [f"CREATE VIEW {view} WITH (security_invoker) AS {one.query};", f"GRANT SELECT ON {view} TO {role};"]
    return lines


def _marked(kind: str, name: str, one: Native) -> str:
    """A comment by which a later check knows the rule, and what the server made of it, again."""
    made = (
        f"pg_get_viewdef('{_in_text(quoted(role_name(one.role), one.table.name))}'::regclass)"
        if kind == "VIEW"
        else f"(SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = '{_in_text(one.policy)}' AND polrelid = '{_in_text(quoted(one.table.schema, one.table.name))}'::regclass)"  # noqa: S608  # names are quoted, and an administrator reads it before it runs
    )
    return f"DO $$ BEGIN EXECUTE format('COMMENT ON {kind} {_in_text(name)} IS %L', 'aiser:{one.digest}:' || md5({made})); END $$;"


def _in_text(name: str) -> str:
    return name.replace("'", "''").replace("%", "%%")


def _secured(place: tuple[str, str], roles: Sequence[str]) -> list[str]:
    name = quoted(*place)
    governed = " OR ".join(f"pg_has_role(current_user, '{_in_text(role_name(role))}', 'MEMBER')" for role in roles)
    return [
        "",
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;",
        "-- Other logins keep what they had.",
        f"DROP POLICY IF EXISTS {PREFIX}others ON {name};",
        f"CREATE POLICY {PREFIX}others ON {name} TO PUBLIC USING (NOT ({governed}));",
    ]


def _logins(role: Role) -> list[str]:
    """How a person gets the role, as comments: logins and their passwords are the administrator's."""
    name, lines = quoted(role_name(role.name)), []
    for member in sorted(member for member in role.members if ":" not in member and member != "*"):
        login = quoted(member)
        lines.append(f"-- CREATE ROLE {login} LOGIN IN ROLE {name}; ALTER ROLE {login} SET search_path = {name}, public;")
    return lines


def _cannot(role: Role) -> list[str]:
    odd = sorted(member for member in role.members if ":" in member or member == "*")
    lines = [f"{role.name}: {', '.join(odd)} as members; grant {role_name(role.name)} to their logins."] if odd else []
    if any((role.quota.rows, role.quota.seconds, role.quota.concurrent, role.quota.per_minute)):
        lines.append(f"{role.name}: its quota (but see ALTER ROLE … CONNECTION LIMIT, statement_timeout).")
    if role.write:
        lines.append(f"{role.name}: writing; only SELECT is granted here.")
    return lines
