"""What a scan found, best first, or why there is nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    import pyarrow as pa

    from aiser_jupyter.discover.finding import Finding

# A reader takes in about so many; the rest stand behind them.
SHOWN = 6


@dataclass(frozen=True, repr=False)
class Findings(Sequence["Finding"]):
    """A sequence of findings; ``tested`` counts the tests they had to stand against, ``reason`` says in a sentence what came out.

    ``ask`` runs a finding's SQL where it was found, which is how its chart is drawn.
    """

    found: tuple[Finding, ...]
    tested: int
    reason: str
    table: str = ""
    ask: Callable[[str], pa.Table] | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.found)

    @overload
    def __getitem__(self, index: int) -> Finding: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, index: int | slice) -> Finding | tuple[Finding, ...]:
        return self.found[index]

    def __repr__(self) -> str:
        lines = [f"{i}. {finding.statement}" for i, finding in enumerate(self.found[:SHOWN], 1)]
        more = [f"{self.more}: findings[{SHOWN}:]"] if self.more else []
        return "\n".join((self.reason, *lines, *more))

    @property
    def more(self) -> str:
        """How many stand behind those shown: ``18 more``; empty where there are none."""
        return f"{len(self.found) - SHOWN} more" if len(self.found) > SHOWN else ""

    def _repr_html_(self) -> str:
        items = "".join(
            f"<li><strong>{escape(f.title)}</strong><br>{escape(f.statement)}<br><small>{escape(f.recommendation)}</small>"
            f"<details><summary>SQL</summary><pre><code>{escape(f.sql)}</code></pre></details></li>"
            for f in self.found[:SHOWN]
        )
        rest = "".join(f"<li>{escape(f.statement)}</li>" for f in self.found[SHOWN:])
        more = f'<details><summary>{self.more}</summary><ol start="{SHOWN + 1}">{rest}</ol></details>' if rest else ""
        return f'<div class="aiser aiser-findings"><p>{escape(self.reason)}</p>{f"<ol>{items}</ol>" if items else ""}{more}</div>'
