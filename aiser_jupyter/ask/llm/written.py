"""Names, notes and tables of a database as lines of a prompt: data that cannot leave its fence."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from aiser_jupyter.ask.llm.relevance import Ranked
    from aiser_jupyter.ask.schema import Schema, TableView
    from aiser_jupyter.catalog import Column, Key

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,62}")
TAG = re.compile(r"<(?![\s=>])")  # in SQL, a comparison has a blank after it
LONGEST_NOTE = 160
MOST_COLUMNS = 40
TOKEN_CHARS = 3  # English has about four characters a token, SQL and names about three


def tokens(text: str) -> int:
    """About how many tokens ``text`` is, rather too many than too few."""
    return -(-len(text) // TOKEN_CHARS)


def text(value: str, longest: int = LONGEST_NOTE) -> str:
    """``value`` as a JSON string, cut where it is longer than ``longest`` letters."""
    return plain(value if len(value) <= longest else value[: longest - 1] + "…")


def plain(value: object) -> str:
    """``value`` as JSON on one line, in ASCII, in which nothing looks like a tag or the mark of a speaker."""
    return TAG.sub("\\\\u003c", json.dumps(value))


def name(value: str) -> str:
    """A name as it stands where it is a plain identifier, else as a JSON string."""
    return value if PLAIN.fullmatch(value) else text(value, 300)


def tables(schema: Schema, ranked: Ranked, notes: Mapping[str, str], budget: int) -> tuple[list[str], str]:
    """The most relevant tables that fit ``budget`` tokens, a line each, and a sentence on what was left out.

    A table that does not fit whole is shown with its keys and the columns that the question is about.
    """
    points = _keys(schema)
    lines: list[str] = []
    shown: list[str] = []
    narrow: list[str] = []
    spent = 0
    for table in ranked.tables:
        view = schema.table(table)
        for most in (MOST_COLUMNS, 8):
            chosen = _chosen(schema, view, ranked.columns, points, most)
            line = _line(schema, view, chosen, points, notes)
            if spent + tokens(line) + 1 <= budget:
                lines.append(line)
                shown.append(table)
                spent += tokens(line) + 1
                if len(chosen) < len(view.columns):
                    narrow.append(table)
                break
        else:
            # What comes after is less relevant still; one small table more would not make the whole clearer.
            break
    left = len(schema.tables) - len(shown)
    said = [f"{left:,} of {len(schema.tables):,} tables are not shown"] if left else []
    said += [f"of {', '.join(map(name, narrow[:5]))}{' and others' if len(narrow) > 5 else ''} not all columns are shown"] if narrow else []
    return lines, "; ".join(said)


def _line(schema: Schema, view: TableView, chosen: Sequence[int], points: Mapping[tuple[str, str], Key], notes: Mapping[str, str]) -> str:
    table = schema.catalog.table(view.name)
    assert table is not None
    parts = []
    for i in chosen:
        ref = schema.columns[i].ref
        column = table.column(ref.column)
        assert column is not None
        parts.append(_column(column, points.get((ref.table, ref.column)), notes.get(f"{ref.table}.{ref.column}", "")))
    left = len(view.columns) - len(chosen)
    more = f", and {left} more columns" if left else ""
    owner = f"{name(table.schema)}." if table.schema else ""
    note = notes.get(view.name) or table.comment
    return f"{owner}{name(view.name)}({', '.join(parts)}{more}){f' note {text(note)}' if note else ''}"


def _column(column: Column, key: Key | None, note: str) -> str:
    words = [name(column.name), column.type]
    if column.primary:
        words.append("key")
    if key is not None:
        words.append(f"-> {name(key.ref_table)}.{name(key.ref_columns[0])}")
    if column.stored:
        words.append(f"stored as {column.stored}")
    if note or column.comment:
        words.append(f"note {text(note or column.comment)}")
    return " ".join(words)


def _chosen(schema: Schema, view: TableView, scores: Sequence[float], points: Collection[tuple[str, str]], most: int) -> list[int]:
    """The places of at most ``most`` columns, in the table's order: keys first, then those the question is about."""

    def worth(i: int) -> tuple[float, int]:
        ref = schema.columns[i].ref
        key = schema.columns[i].primary or (ref.table, ref.column) in points
        return (-(scores[i] + key), i)

    return sorted(sorted(view.columns, key=worth)[:most])


def _keys(schema: Schema) -> dict[tuple[str, str], Key]:
    """For each column that points elsewhere its key; keys of several columns are left to the program."""
    return {(key.table, key.columns[0]): key for key in schema.catalog.keys if len(key.columns) == 1}
