"""A role and its rules: tables, columns, rows, masks, what a model may see, what may be taken out, how much."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from aiser_jupyter.identity import Identity

MaskKind = Literal["null", "hash", "partial", "bucket", "generalise", "constant"]
ModelAccess = Literal["none", "schema", "values"]
Default = Literal["deny", "allow"]


@dataclass(frozen=True)
class Mask:
    """What is shown in a column's place.

    ``null``: nothing; ``hash``: a salted fingerprint, the same for the same value; ``partial``: the last ``size`` characters; ``generalise``: the
    first ``size``; ``bucket``: numbers cut to steps of ``size``, dates to the start of their ``unit``; ``constant``: always ``text``.
    """

    kind: MaskKind
    size: float = 0
    unit: str = ""
    text: str = ""


@dataclass(frozen=True)
class Aggregated:
    """Columns that show only in aggregates over at least ``at_least`` different values of the column ``of``: so many people, say."""

    columns: frozenset[str]
    at_least: int
    of: str


@dataclass(frozen=True)
class TableRule:
    """What a role sees of one table; names are in lower case.

    ``columns`` are all it sees (None: all there are) but those of ``hide``; ``rows`` is a condition in SQL in which ``:user``, ``:groups``, ``:tenant``,
    ``:role`` and ``:CLAIM`` stand for who asks; ``aggregated`` are columns that show in aggregates alone.
    """

    columns: frozenset[str] | None = None
    hide: frozenset[str] = frozenset()
    rows: str = ""
    masks: tuple[tuple[str, Mask], ...] = ()
    aggregated: Aggregated | None = None

    def shows(self, column: str) -> bool:
        """Whether the column is there at all for the role."""
        name = column.casefold()
        return name not in self.hide and (self.columns is None or name in self.columns)

    def mask(self, column: str) -> Mask | None:
        """What is shown in the column's place, None for its own values."""
        return dict(self.masks).get(column.casefold())

    def only_aggregated(self, column: str) -> bool:
        """Whether the column shows in aggregates alone."""
        return self.aggregated is not None and column.casefold() in self.aggregated.columns


@dataclass(frozen=True)
class Quota:
    """Bounds of one user: rows of a result, seconds of a query, queries at once and a minute, US dollars a day for models, model calls a minute; 0 is no bound."""

    rows: int = 0
    seconds: float = 0
    concurrent: int = 0
    per_minute: int = 0
    model_cost: float = 0
    model_per_minute: int = 0


@dataclass(frozen=True)
class Role:
    """A role: whose it is, and its rules for tables by name (``table`` or ``schema.table``, in lower case).

    ``members`` are users, ``group:NAME``, ``claim:NAME=VALUE`` or ``*``. ``default`` is what holds for a table without a rule; those of ``deny`` are never
    seen. ``export`` are the formats that may be written (None: any), ``recipients`` who may be sent a report (addresses, ``@domain``, ``*``).
    An ``auditor`` sees what every user ran; the others see their own runs of governed connections.
    """

    name: str
    members: frozenset[str] = frozenset()
    default: Default = "deny"
    tables: tuple[tuple[str, TableRule], ...] = ()
    deny: frozenset[str] = frozenset()
    tenant: str = ""
    write: bool = False
    model: ModelAccess = "none"
    export: frozenset[str] | None = None
    recipients: frozenset[str] | None = None
    quota: Quota = field(default_factory=Quota)
    auditor: bool = False

    def has(self, identity: Identity) -> bool:
        """Whether the role is that user's."""
        return any(_is(member, identity) for member in self.members)

    def rule(self, schema: str, table: str) -> TableRule | None:
        """What it sees of a table; None where it sees nothing of it. The rule for ``schema.table`` goes before the one for ``table``."""
        names = (f"{schema}.{table}".casefold(), table.casefold())
        if self.deny & set(names):
            return None
        rules = dict(self.tables)
        found = next((rules[name] for name in names if name in rules), None)
        return found or (TableRule() if self.default == "allow" else None)

    def ruled(self, schema: str, table: str) -> bool:
        """Whether the role has a rule of its own for the table."""
        return bool({f"{schema}.{table}".casefold(), table.casefold()} & {name for name, _ in self.tables})


def _is(member: str, identity: Identity) -> bool:
    kind, _, rest = member.partition(":")
    if kind == "group" and rest:
        return rest in identity.groups
    if kind == "claim" and rest:
        name, _, value = rest.partition("=")
        held = identity.claim(name)
        return value in held if isinstance(held, tuple) else held is not None and _text(held) == value
    return member in ("*", identity.user)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
