"""The proof of a rewrite: both forms run on the data, their rows are compared, and their times are measured in pairs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from aiser_jupyter.answer.statement.same import difference, order_of
from aiser_jupyter.errors import AiserError, CancelledError, DeadlineError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa
    from sqlglot import exp

    from aiser_jupyter.answer.statement.rewrites import Rewrite
    from aiser_jupyter.context import Context

MOST_ROWS = 200_000  # rows that are compared one by one
MOST_FORMS = 12
PAIRS, FEWEST = 7, 3
BUDGET_S = 20.0  # for all runs of one question; a pair that was begun is finished
QUICK_MS = 500.0  # of a query that can be measured against several forms
GAIN = 0.2  # of the time; less is not worth another form
LEAST_MS = 1.0  # below this a clock and a busy machine say anything


@dataclass(frozen=True)
class Proof:
    """What the runs of two forms said.

    ``same`` where every row of one is a row of the other, as often, and in the order that was asked for. ``faster`` where the second form took at least a
    fifth less in the middle, more than thrice the spread of the first form's own times, and less in all pairs but at most one. Times are the engine's
    milliseconds, medians over ``pairs`` runs of each form taken in turns.
    """

    rewrite: Rewrite
    same: bool
    faster: bool = False
    before_ms: float = 0.0
    after_ms: float = 0.0
    pairs: int = 0
    why: str = ""


@dataclass(frozen=True)
class Outcome:
    """The best proved rewrite, if any; how many forms were tried, and how many gave the same rows. ``why`` says why nothing could be tried."""

    best: Proof | None
    tried: int = 0
    same: int = 0
    table: pa.Table | None = None
    why: str = ""


def best(context: Context, tree: exp.Query, sql: str, forms: Iterable[Rewrite], on: str) -> Outcome:
    """The fastest of ``forms`` that gives the rows of ``sql`` and is measurably faster; every run is a read through the road."""
    started = time.monotonic()
    first = timed(context, sql, on)
    if first is None:
        return Outcome(None, why=f"it gives more than {MOST_ROWS:,} rows, too many to compare one by one")
    table, first_ms = first
    order = order_of(tree)
    proofs: list[Proof] = []
    for place, form in enumerate(forms):
        if place >= MOST_FORMS or time.monotonic() - started > BUDGET_S / 2:
            break
        proofs.append(compared(context, table, order, first_ms, form, on))
    alike = [proof for proof in proofs if proof.same]
    # The quickest at first sight are measured; a form that took half as long again is not.
    hopeful = sorted((proof for proof in alike if proof.after_ms < 1.5 * first_ms), key=lambda proof: proof.after_ms)[
        : 3 if first_ms < QUICK_MS else 1
    ]
    measured = [paired(context, sql, proof, on, started) for proof in hopeful]
    good = [proof for proof in measured if proof.faster]
    return Outcome(min(good, key=lambda proof: proof.after_ms / proof.before_ms, default=None), len(proofs), len(alike), table)


def timed(context: Context, sql: str, on: str) -> tuple[pa.Table, float] | None:
    """All rows of a statement and the engine's milliseconds; None where there are too many to compare."""
    from aiser_jupyter.query import run

    result = run(context, sql, on=on, origin="ask", fresh=True)
    if result.head(MOST_ROWS + 1).num_rows > MOST_ROWS:
        result.close()
        return None
    return result.arrow(), result.elapsed_ms


def compared(context: Context, table: pa.Table, order: tuple[int, ...] | bool | None, first_ms: float, form: Rewrite, on: str) -> Proof:
    """Whether a form gives the same rows; one that the guard or the engine does not take is no form of it."""
    try:
        found = timed(context, form.sql, on)
    except (CancelledError, DeadlineError):
        raise
    except AiserError as error:
        return Proof(form, same=False, why=error.message)
    if found is None:
        return Proof(form, same=False, why="it gives more rows")
    why = difference(table, found[0], order)
    return Proof(form, same=not why, before_ms=first_ms, after_ms=found[1], why=why)


def paired(context: Context, sql: str, proof: Proof, on: str, started: float) -> Proof:
    """The proof with the times of both forms, run in turns: what else the machine does falls on both."""
    before: list[float] = []
    after: list[float] = []
    for turn in range(PAIRS):
        if turn >= FEWEST and time.monotonic() - started > BUDGET_S:
            break
        forms = [(sql, before), (proof.rewrite.sql, after)]
        for text, times in forms if turn % 2 == 0 else reversed(forms):
            found = timed(context, text, on)
            if found is not None:
                times.append(found[1])
    if len(before) != len(after) or len(before) < FEWEST:
        return proof
    return judged(proof, before, after)


def judged(proof: Proof, before: list[float], after: list[float]) -> Proof:
    """The proof with what the times say."""
    middle, now = median(before), median(after)
    # The spread of the first form's own times is what chance makes of one query.
    spread = median(abs(one - middle) for one in before) / middle if middle else 1.0
    wins = sum(old > new for old, new in zip(before, after, strict=True))
    enough = wins >= len(before) - (len(before) > 4)
    faster = enough and middle - now >= LEAST_MS and now <= middle * (1 - max(GAIN, min(3 * spread, 0.8)))
    return Proof(proof.rewrite, same=True, faster=faster, before_ms=middle, after_ms=now, pairs=len(before))
