"""Whether a PostgreSQL server holds what the policy says: who may read or write what there, and what goes around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.query import native
from aiser_jupyter.query.native import PREFIX, PUBLIC, Native, quoted, role_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aiser_jupyter.catalog import Table
    from aiser_jupyter.policy import Policy
    from aiser_jupyter.sources.source import Source

_ROLES = """
SELECT r.rolname AS role, m.rolname AS member, m.rolsuper AS super, m.rolbypassrls AS bypass
FROM pg_roles r JOIN pg_roles m ON m.oid = r.oid OR (m.rolcanlogin AND EXISTS (
  WITH RECURSIVE held AS (SELECT a.roleid, a.member FROM pg_auth_members a WHERE a.member = m.oid
    UNION SELECT a.roleid, h.member FROM pg_auth_members a JOIN held h ON a.member = h.roleid) SELECT 1 FROM held WHERE roleid = r.oid))
WHERE r.rolname LIKE 'aiser\\_%'
"""
_ME = "SELECT rolname AS name, rolsuper AS super, rolbypassrls AS bypass FROM pg_roles WHERE rolname = current_user"
_READS = """
SELECT r.rolname AS role, n.nspname AS schema, c.relname AS name, a.attname AS column,
       has_column_privilege(r.oid, c.oid, a.attnum, 'SELECT') AND has_schema_privilege(r.oid, n.oid, 'USAGE') AS reads
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
CROSS JOIN pg_roles r
WHERE r.rolname LIKE 'aiser\\_%' AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
"""
_WRITES = """
SELECT DISTINCT r.rolname AS role, n.nspname AS schema, c.relname AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN pg_roles r
WHERE r.rolname LIKE 'aiser\\_%' AND c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
"""
_SECURED = (
    "SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relrowsecurity"
)
_POLICIES = """
SELECT n.nspname AS schema, c.relname AS name, p.polname AS policy, p.polpermissive AS permissive, md5(pg_get_expr(p.polqual, p.polrelid)) AS made,
       coalesce(obj_description(p.oid, 'pg_policy'), '') AS told,
       r.rolname AS role
FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_roles r ON r.rolname LIKE 'aiser\\_%' AND (0 = ANY(p.polroles) OR EXISTS (SELECT 1 FROM unnest(p.polroles) x WHERE x <> 0 AND pg_has_role(r.oid, x, 'USAGE')))
WHERE p.polcmd IN ('r', '*')
"""
_VIEWS = """
SELECT n.nspname AS schema, c.relname AS name, md5(pg_get_viewdef(c.oid)) AS made, coalesce(obj_description(c.oid, 'pg_class'), '') AS told
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'v' AND n.nspname LIKE 'aiser\\_%'
"""


@dataclass(frozen=True)
class Difference:
    """Something that the server holds otherwise than the policy, for a role and a table; both empty where it is of the login that looked."""

    role: str
    table: str
    what: str


def differences(policy: Policy, source: Source) -> list[Difference]:
    """What a PostgreSQL server holds otherwise than the policy, in the order of the roles; nothing is changed."""
    tables = native.governed(source.tables())
    server = _Server(source)
    found = list(_login(server))
    made = native.rules(policy, tables)
    for role in policy.roles:
        if role_name(role.name) not in server.roles:
            found.append(Difference(role.name, "", f"there is no role {role_name(role.name)}: run what `aiser policy generate` prints."))
            continue
        found += _members(role.name, server)
        mine = {(one.table.schema, one.table.name): one for one in made if one.role == role.name}
        for table in tables:
            place = (table.schema or PUBLIC, table.name)
            found += _table(role.name, table, mine.get(place), place, server)
            if place in server.writes.get(role_name(role.name), ()) and not role.write:
                found.append(Difference(role.name, table.name, "it may be written."))
    return found


class _Server:
    """What the server's own books say."""

    def __init__(self, source: Source) -> None:
        self.me = _rows(source, _ME)[0]
        self.roles: dict[str, list[dict[str, Any]]] = {}
        for row in _rows(source, _ROLES):
            self.roles.setdefault(row["role"], []).append(row)
        self.reads: dict[tuple[str, str, str], set[str]] = {}
        for row in _rows(source, _READS):
            if row["reads"]:
                self.reads.setdefault((row["role"], row["schema"], row["name"]), set()).add(row["column"])
        self.writes: dict[str, set[tuple[str, str]]] = {}
        for row in _rows(source, _WRITES):
            self.writes.setdefault(row["role"], set()).add((row["schema"], row["name"]))
        self.secured = {(row["schema"], row["name"]) for row in _rows(source, _SECURED)}
        self.policies: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        for row in _rows(source, _POLICIES):
            self.policies.setdefault((row["role"], row["schema"], row["name"]), []).append(row)
        self.views = {(row["schema"], row["name"]): row for row in _rows(source, _VIEWS)}


def _rows(source: Source, sql: str) -> list[dict[str, Any]]:
    cursor = source.cursor()
    try:
        return cursor.run(sql, {}).read_all().to_pylist()
    finally:
        cursor.close()


def _login(server: _Server) -> Iterator[Difference]:
    name = server.me["name"]
    if server.me["super"]:
        yield Difference("", "", f"the login {name} is a superuser: the server holds nothing back from it.")
    elif server.me["bypass"]:
        yield Difference("", "", f"the login {name} goes around row-level security (BYPASSRLS).")


def _members(role: str, server: _Server) -> Iterator[Difference]:
    for row in server.roles[role_name(role)]:
        if row["super"]:
            yield Difference(role, "", f"{row['member']} is a superuser: nothing is held back from it.")
        elif row["bypass"]:
            yield Difference(role, "", f"{row['member']} goes around row-level security (BYPASSRLS).")


def _table(role: str, table: Table, wanted: Native | None, place: tuple[str, str], server: _Server) -> Iterator[Difference]:
    readable = server.reads.get((role_name(role), *place), set())
    allowed = set(wanted.columns) if wanted is not None else set()
    if more := sorted(readable - allowed):
        what = "it may be read, and must not" if not allowed else f"{', '.join(more)} may be read, and must not"
        yield Difference(role, table.name, f"{what}{_of_the_view(wanted)}.")
    if wanted is None:
        return
    if less := sorted(allowed - readable):
        yield Difference(role, table.name, "it cannot be read." if set(less) == allowed else f"{', '.join(less)} cannot be read.")
    if wanted.form == "view":
        yield from _view(wanted, server)
    elif wanted.form == "rows" and readable:
        yield from _secured(wanted, place, server)


def _of_the_view(wanted: Native | None) -> str:
    return f" but through {quoted(role_name(wanted.role), wanted.table.name)}" if wanted is not None and wanted.form == "view" else ""


def _view(wanted: Native, server: _Server) -> Iterator[Difference]:
    place = (role_name(wanted.role), wanted.table.name)
    found = server.views.get(place)
    if found is None:
        yield Difference(wanted.role, wanted.table.name, f"there is no view {quoted(*place)}.")
    elif found["told"] != f"aiser:{wanted.digest}:{found['made']}":
        yield Difference(wanted.role, wanted.table.name, f"{quoted(*place)} is another view than the policy's: generate it again.")


def _secured(wanted: Native, place: tuple[str, str], server: _Server) -> Iterator[Difference]:
    if place not in server.secured:
        yield Difference(wanted.role, wanted.table.name, "row-level security is off: all its rows may be read.")
        return
    found = {row["policy"]: row for row in server.policies.get((role_name(wanted.role), *place), ())}
    own = found.pop(wanted.policy, None)
    found.pop(f"{PREFIX}others", None)
    if own is None:
        yield Difference(wanted.role, wanted.table.name, f"there is no row policy {wanted.policy}.")
    elif own["told"] != f"aiser:{wanted.digest}:{own['made']}":
        yield Difference(
            wanted.role, wanted.table.name, f"the row policy {wanted.policy} has another condition than the policy: generate it again."
        )
    for name, row in found.items():
        if row["permissive"]:
            yield Difference(wanted.role, wanted.table.name, f"the row policy {name} shows it further rows.")


def summary(found: Sequence[Difference]) -> list[tuple[str, str, str]]:
    """Differences as rows of a table."""
    return [(one.role or "(this login)", one.table or "(all)", one.what) for one in found]
