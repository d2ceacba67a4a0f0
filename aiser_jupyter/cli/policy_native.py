"""`aiser policy generate` and `check --on`: the policy in a server's own words, and whether the server holds it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from aiser_jupyter.cli.output import print_json, print_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.policy import Policy
    from aiser_jupyter.sources.source import Source

_NO_OTHER = (
    "Other engines have no words that we generate: DuckDB and SQLite know no users, and for MySQL, SQL Server, Oracle, Snowflake and BigQuery "
    "a broker is the way (docs/governed.md)."
)


@click.command("generate")
@click.option("--dialect", default="postgres", show_default=True, help="The engine; postgres is the only one so far.")
@click.option("--on", required=True, help="The server whose tables are meant; it is read, not changed.")
def generate(dialect: str, on: str) -> int:
    """Print the policy as roles, grants, row-level security and views of a PostgreSQL server; nothing runs."""
    from aiser_jupyter import settings
    from aiser_jupyter.query import native
    from aiser_jupyter.sources import policy_table

    _only_postgres(dialect)
    found = policy_table.load(settings.find_root())
    with _opened(on) as source:
        click.echo(native.generate(found, source.tables()).text(), nl=False)
    return 0


def compared(policy: Policy, on: str, *, as_json: bool) -> int:
    """Print what a server holds otherwise than the policy; the exit status is 1 where there is anything."""
    from aiser_jupyter.query import native_check

    with _opened(on) as source:
        found = native_check.differences(policy, source)
    if as_json:
        print_json({"v": 1, "differences": [{"role": one.role, "table": one.table, "what": one.what} for one in found]})
    else:
        note = "" if found else "The server holds what the policy says."
        print_table(("Role", "Table", "What differs"), native_check.summary(found), note=note)
    return int(bool(found))


@contextmanager
def _opened(on: str) -> Iterator[Source]:
    """The server itself, not as a role sees it: by its address, or as a connection of this workspace."""
    from aiser_jupyter.query.governed import own
    from aiser_jupyter.workspaces import Workspace

    ws = Workspace()
    try:
        if on not in ws.context.sources.known():
            ws.connect(on, name="data")
        source = own(ws.context.sources.get(on if on in ws.context.sources.known() else "data"))
        _only_postgres(source.dialect)
        yield source
    finally:
        ws.close()


def _only_postgres(dialect: str) -> None:
    from aiser_jupyter.errors import UsageError

    if dialect != "postgres":
        raise UsageError(f"The policy can be put into words of PostgreSQL alone, not of {dialect}.", hint=_NO_OTHER)
