"""What a policy means for the user who asks: their role, what they see, and what becomes of a statement."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from aiser_jupyter.errors import RefusedError
from aiser_jupyter.format.listing import Listing
from aiser_jupyter.query import guard, parameters
from aiser_jupyter.query.governed import GovernedSource, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.catalog import Table
    from aiser_jupyter.context import Context


@dataclass(frozen=True)
class Explained:
    """What becomes of a statement: whether it may run, why not, what is changed and what runs."""

    connection: str
    role: str
    allowed: bool
    reason: str = ""
    changes: tuple[tuple[str, str], ...] = ()
    sql: str = ""

    def as_json(self) -> dict[str, object]:
        """The object of ``aiser policy explain --json``."""
        changes = [{"table": table, "what": what} for table, what in self.changes]
        return {
            "v": 1,
            "connection": self.connection,
            "role": self.role,
            "allowed": self.allowed,
            "reason": self.reason,
            "changes": changes,
            "sql": self.sql,
        }

    def listing(self) -> Listing:
        """The changes to look at."""
        if not self.role:
            return Listing(f"{self.connection} is not governed: the statement runs as it is.", ("Table", "What is changed"), [])
        if not self.allowed:
            return Listing(f"It does not run for the role {self.role}: {self.reason}", ("Table", "What is changed"), [])
        title = f"What is changed for the role {self.role}, and the statement that runs"
        return Listing(title, ("Table", "What is changed"), list(self.changes) or [("", "nothing")])

    def __repr__(self) -> str:
        return f"{self.listing()!r}\n\n{self.sql}".rstrip()

    def _repr_html_(self) -> str:
        shown = f'<pre style="white-space:pre-wrap;max-width:72em">{escape(self.sql)}</pre>' if self.sql else ""
        return self.listing()._repr_html_() + shown


def explain(context: Context, sql: str, on: str | None = None) -> Explained:
    """What a policy makes of ``sql`` on a connection; nothing runs. Raises RefusedError from the guard."""
    source = context.sources.get(on)
    if not isinstance(source, GovernedSource):
        return Explained(source.name, "", allowed=True, sql=sql)
    verdict = guard.check(parameters.to_engine(sql, source.dialect), source.dialect, files=False)
    if not verdict.allowed:
        raise RefusedError(verdict.reason)
    try:
        made = source.enforced(verdict.sql)
    except RefusedError as error:
        return Explained(source.name, source.grant.role.name, allowed=False, reason=error.message)
    changes = tuple((change.table, change.what) for change in made.changes)
    return Explained(source.name, source.grant.role.name, allowed=True, changes=changes, sql=made.sql)


def seen(context: Context) -> Listing:
    """Who asks, in which role, under which policy, and what they see of each governed connection."""
    policy, identity = context.policy, context.identity
    if not policy.active:
        return Listing("Nothing is governed: there is no policy (docs/policy.md).", ("Connection", "Table", "Columns", "Rows"), [])
    role = policy.role(identity, context.settings.policy_role)
    groups = f" of {', '.join(identity.groups)}" if identity.groups else ""
    kept = "sealed: you cannot change it" if policy.sealed else "not sealed: whoever runs this kernel could change it"
    if policy.sealed and not identity.sealed:
        kept += "; your name and groups are not sealed"
    told_by = f"{identity.told_by}, sealed" if identity.sealed else identity.told_by
    title = f"{identity.user}{groups} (by {told_by}) asks as {role.name}, under {policy.place} ({kept})"
    rows = [row for name in context.sources.names() for row in _of(context, name)]
    return Listing(title, ("Connection", "Table", "Columns", "Rows"), rows)


def _of(context: Context, name: str) -> Iterator[tuple[object, ...]]:
    source = context.sources.get(name)
    if not isinstance(source, GovernedSource):
        yield name, "all", "all", "all"
        return
    for table in source.inner.tables():
        if visible(table, source.grant) is not None:
            yield name, table.name, _columns(table, source), _rows(table, source)


def _columns(table: Table, source: GovernedSource) -> str:
    rule = source.grant.role.rule(table.schema, table.name)
    said: list[str] = []
    for column in table.columns if rule else ():
        mask = rule.mask(column.name) if rule else None
        if rule and rule.shows(column.name):
            note = f" ({mask.kind})" if mask else " (in aggregates)" if rule.only_aggregated(column.name) else ""
            said.append(column.name + note)
    return ", ".join(said)


def _rows(table: Table, source: GovernedSource) -> str:
    rule = source.grant.role.rule(table.schema, table.name)
    return rule.rows if rule and rule.rows else "all"
