"""Prefixes that every column of a table carries: ``wo_no`` and ``wo_opened`` of work orders are their number and what they were opened on."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.catalog.table import Table

LEAST, MOSTLY, LONGEST = 3, 0.8, 4  # columns, the share of them that carry a prefix, and its letters
BEGUN = 3  # letters from which on a prefix may be the beginning of a word
IDENTITY = frozenset({"id", "no", "nr", "num", "number", "nbr", "code", "cd", "key", "name", "nm"})
LAYER = re.compile(r"^(?:tbl|dim|fct|fact|stg|t)_", re.IGNORECASE)
# What stands before names of columns and tells something of each.
TELLING = frozenset(
    {"is", "has", "min", "max", "avg", "sum", "cnt", "num", "no", "net", "tax", "pct", "unit", "home", "ship", "bill", "due", "last"}
)


def prefix(table: Table) -> str:
    """The few letters that begin the columns of ``table`` and say whose they are, in lower case; empty where there are none."""
    return _prefix(table.name, tuple(column.name for column in table.columns))


@cache
def _prefix(table: str, columns: tuple[str, ...]) -> str:
    heads = [name.lower().split("_", 1)[0] for name in columns if "_" in name.strip("_")]
    if len(heads) < LEAST:
        return ""
    head = max(dict.fromkeys(heads), key=heads.count)
    own = LAYER.sub("", table).lower()
    if not 1 < len(head) <= LONGEST or heads.count(head) < MOSTLY * len(columns) or head in TELLING or not head.isalpha():
        return ""
    # A whole word for the table is read as it is.
    return "" if own in (head, f"{head}s", f"{head}es") else head


def _begins(head: str, own: str) -> bool:
    return len(head) >= BEGUN and own.lower().startswith(head)


def plain(tables: Sequence[Table]) -> dict[tuple[str, str], str]:
    """For each column of a table with a prefix, and each that carries that of another, the name as it is meant; others are left out.

    A prefix that is the beginning of the table's own name is read as that: ``emp_salary`` is the salary of an employee.
    """
    owners = {head: own for table in tables if (head := prefix(table)) and not _begins(head, own := LAYER.sub("", table.name))}
    found = {}
    for table in tables if owners else ():
        own = head if (head := prefix(table)) in owners else ""
        for column in table.columns:
            parts = column.name.split("_")
            rest = parts[1:] if own and len(parts) > 1 and parts[0].lower() == own else parts
            rest = [owners.get(part.lower(), part) if part.lower() != own else part for part in rest]
            if own and rest == parts[1:] and len(rest) == 1 and rest[0].lower() in IDENTITY - {"name", "nm"}:
                rest = [owners[own], *rest]
            if rest != parts:
                found[table.name, column.name] = "_".join(rest)
    return found
