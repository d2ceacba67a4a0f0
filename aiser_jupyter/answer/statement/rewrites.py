"""Other forms of a query that should give the same rows for less work. Whether they do is for the proof to say, never for the rule."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from sqlglot import exp
from sqlglot.errors import SqlglotError

from aiser_jupyter.answer.statement import forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.answer.statement.forms import Rule
    from aiser_jupyter.catalog import Catalog

# What cannot be compared between two runs.
VOLATILE = (exp.Rand, exp.Uuid, exp.TableSample)
VOLATILE_NAMES = frozenset({"random", "rand", "uuid", "newid", "gen_random_uuid", "clock_timestamp", "nextval", "generateuuidv4"})
# How sqlglot's passes call what they make.
MADE_UP = re.compile(r"_(u|col)_(\d+)")
BROKEN = (SqlglotError, ValueError, KeyError, AttributeError, TypeError, IndexError, RecursionError)
SEVERAL = ("unnest_subqueries", "pushdown_predicates", "merge_subqueries", "pushdown_projections", "eliminate_joins", "eliminate_ctes")


@dataclass(frozen=True)
class Rewrite:
    """Another form: what was changed, in words, and its SQL."""

    name: str
    sql: str


def volatile(tree: exp.Query) -> str:
    """Why two runs of the query cannot be compared; empty where they can."""
    if tree.find(*VOLATILE) is not None or any(call.name.casefold() in VOLATILE_NAMES for call in tree.find_all(exp.Anonymous)):
        return "it has a part that is another at each run"
    for select in tree.find_all(exp.Select):
        if select.args.get("limit") is not None and select.args.get("order") is None and select.args.get("from_") is not None:
            return "it has a LIMIT without ORDER BY, so that which rows come is up to the engine"
    return ""


def rewrites(tree: exp.Query, catalog: Catalog) -> Iterator[Rewrite]:
    """The other forms, each once: all changes of ours together, each alone, then what sqlglot's optimizer makes of the query and of ours."""
    start = qualified(tree, catalog)
    if start is None:
        return
    shown = [e.alias_or_name for e in start.selects]
    told = {start.sql(dialect=catalog.dialect), tree.sql(dialect=catalog.dialect)}
    ours, names, single = start.copy(), list[str](), list[tuple[str, exp.Query]]()
    for name, rule in forms.OWN:
        changed = applied(rule, start.copy(), catalog)
        together = applied(rule, ours.copy(), catalog)
        ours, names = (together, [*names, name]) if together is not None else (ours, names)
        single += [(name, changed)] if changed is not None else []
    passes = [(name, changed) for name, rule in LIBRARY if (changed := applied(rule, start.copy(), catalog)) is not None]
    both = [
        ("; ".join((*names, name)), changed)
        for name, rule in LIBRARY
        if names and (changed := applied(rule, ours.copy(), catalog)) is not None
    ]
    for name, form in ([("; ".join(names), ours)] if names else []) + single + passes + both:
        text = tidy(form).sql(dialect=catalog.dialect)
        if text not in told and [e.alias_or_name for e in form.selects] == shown:
            told.add(text)
            yield Rewrite(name, text)


def tidy(tree: exp.Query) -> exp.Query:
    """The query without conditions that say nothing, and with names that can be read where a pass made some up."""
    for where in list(tree.find_all(exp.Where)):
        if isinstance(where.this, exp.Boolean) and where.this.this:
            where.pop()
    taken = {name.name for name in tree.find_all(exp.Identifier)}
    for name in tree.find_all(exp.Identifier):
        found = MADE_UP.fullmatch(name.name)
        better = f"{'part' if found[1] == 'u' else 'value'}_{int(found[2]) + 1}" if found else ""
        if better and better not in taken:
            name.set("this", better)
    return tree


def applied(rule: Rule, tree: exp.Query, catalog: Catalog) -> exp.Query | None:
    """The tree after a rule; None where it does not apply or fails."""
    try:
        return rule(tree, catalog)
    except BROKEN:
        return None


def qualified(tree: exp.Query, catalog: Catalog) -> exp.Query | None:
    """The query with each column under its table and ``*`` written out; None where a name in it is not known."""
    from sqlglot.optimizer.qualify import qualify

    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    try:
        found = qualify(tree.copy(), dialect=catalog.dialect, schema=mapping(catalog), quote_identifiers=False)
    except BROKEN:
        return None
    return found if isinstance(found, exp.Query) else None


def mapping(catalog: Catalog) -> dict[str, object]:
    """The catalog's tables as sqlglot wants them."""
    return {table.name: {c.name: c.db_type or "TEXT" for c in table.columns} for table in catalog.tables if table.columns}


def library(name: str) -> Rule:
    """A pass of sqlglot's optimizer as a rule; None where it changes nothing."""

    def rule(tree: exp.Query, catalog: Catalog) -> exp.Query | None:
        before = tree.sql()
        made = getattr(import_module(f"sqlglot.optimizer.{name}"), name)
        more = {"schema": mapping(catalog), "dialect": catalog.dialect} if name == "pushdown_projections" else {}
        changed = made(tree, **more)
        return changed if changed.sql() != before else None

    return rule


def several(tree: exp.Query, catalog: Catalog) -> exp.Query | None:
    """The passes one after the other."""
    before = tree.sql()
    for name in SEVERAL:
        tree = applied(library(name), tree.copy(), catalog) or tree
    return tree if tree.sql() != before else None


LIBRARY: tuple[tuple[str, Rule], ...] = (
    ("queries within conditions are joined once instead of run for each row", library("unnest_subqueries")),
    ("conditions are moved down to the tables", library("pushdown_predicates")),
    ("queries within queries are merged", library("merge_subqueries")),
    ("columns that nobody reads are left out", library("pushdown_projections")),
    ("joins that change nothing are left out", library("eliminate_joins")),
    ("all passes of sqlglot's optimizer", several),
)
