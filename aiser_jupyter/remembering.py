"""`ws.memory`: what is remembered, as lists to look at, and how it is taught and forgotten."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter import memory
from aiser_jupyter.errors import FileFormatError, RefusedError, UsageError
from aiser_jupyter.format.listing import Listing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.context import Context
    from aiser_jupyter.memory.entry import Entry

COLUMNS = ("No.", "Kind", "What", "Connection", "Since", "Used")
VERSION = 1


@dataclass(frozen=True)
class Forgotten:
    """How many entries were forgotten; ``left`` says why bytes of them may still be readable on disk, empty where they are not."""

    entries: int
    left: str = ""

    def __repr__(self) -> str:
        gone = f"Forgot {self.entries} {'entry' if self.entries == 1 else 'entries'}."
        return f"{gone} On disk they may be readable until it is done again: {self.left}." if self.left else gone


@dataclass(frozen=True)
class Remembering:
    """The memory of a workspace, as its user sees it."""

    context: Context

    @property
    def _memory(self) -> memory.Memory:
        return memory.of(self.context)

    @property
    def last(self) -> Answer | None:
        """The last answer of this session that a follow-up can build on."""
        return next((turn for turn in reversed(self._memory.session.turns) if turn.answered and turn.reading is not None), None)

    @property
    def turns(self) -> tuple[Answer, ...]:
        """The last answers of this session, oldest first."""
        return tuple(self._memory.session.turns)

    def heard(self, answer: Answer) -> None:
        """Take an answer into short-term memory, and as an episode into long-term memory where that may be."""
        kept = self._memory
        kept.session.turns.append(answer)
        if answer.answered and answer.sql and answer.reading is not None:
            told = (answer.question, answer.restated, answer.sql, answer.dialect, answer.source)
            kept.quietly(lambda: kept.remember(*told), None)

    def show(self, on: str | None = None) -> Listing:
        """All that is remembered, of one connection or of all, and what waits for a word."""
        kept = self._memory
        entries = kept.entries(on) if on else kept.everything()
        waiting = [(f"keep {number}", e.kind, e.summary, e.connection, "", None) for number, e in kept.session.proposals.items()]
        return Listing("Memory" if kept.enabled else "Memory (switched off)", COLUMNS, [*map(_row, entries), *waiting])

    def search(self, words: str, on: str | None = None) -> Listing:
        """What is nearest to ``words``, nearest first."""
        return Listing(f"Memory of “{words}”", COLUMNS, [_row(entry) for entry in self._memory.search(words, on)])

    def entries(self, on: str | None = None) -> Sequence[Entry]:
        """All that is remembered, as data."""
        return self._memory.entries(on) if on else self._memory.everything()

    def teach(
        self, phrase: str, *, means: str | None = None, sql: str | None = None, on: str | None = None, everyone: bool = False
    ) -> Entry:
        """Keep that a phrase ``means`` something, or that a question is answered by ``sql``."""
        if (means is None) == (sql is None):
            raise UsageError(
                "Say what the phrase means, or which SQL answers the question.", hint='Write ws.teach("turnover", means="revenue").'
            )
        kept = self._memory
        if means is not None:
            if len(phrase.split()) > 5 or not means.strip():
                raise UsageError("A taught word has at most five words, and means something.", where=phrase)
            return kept.learn(kept.lesson("synonym", phrase, {"means": " ".join(means.split())}, on, everyone=everyone))
        return kept.learn(
            kept.lesson("verified", phrase, {"question": phrase, "sql": self._checked(str(sql), on), "on": on or ""}, on, everyone=everyone)
        )

    def prefer(self, wish: str, *, on: str | None = None) -> Entry:
        """Keep a wish in plain words, which a model is told; the built-in engine does not read it."""
        kept = self._memory
        return kept.learn(kept.lesson("preference", wish, {"value": " ".join(wish.split())}, on))

    def _checked(self, sql: str, on: str | None) -> str:
        """The SQL, where it only reads."""
        from aiser_jupyter.query.guard import check

        verdict = check(sql, self.context.sources.get(on).dialect)
        if not verdict.allowed:
            raise RefusedError(verdict.reason, where=sql[:80], hint="A verified query is one statement that reads.")
        return sql

    def keep(self, number: int) -> Entry:
        """Keep what was proposed under that number."""
        return self._memory.keep(number)

    def forget(self, what: int | str | None = None, *, everything: bool = False) -> Forgotten:
        """Forget an entry by number, all that holds a phrase, or ``everything``."""
        kept = self._memory
        phrases = [what] if isinstance(what, str) else [e.text for e in kept.everything() if e.id == what]
        done = Forgotten(*kept.forget(what, everything=everything))
        turns = kept.session.turns
        for turn in [t for t in turns if any(p and p.casefold() in t.question.casefold() for p in phrases)]:
            turns.remove(turn)
        return done

    def export(self, path: str | Path | None = None) -> dict[str, object]:
        """Everything as plain data, also written to the JSON file ``path`` where one is given."""
        told: dict[str, object] = {"v": VERSION, "entries": self._memory.export()}
        if path is not None:
            target = Path(path)
            target.touch(mode=0o600)
            target.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        return told

    def load(self, path: str | Path) -> int:
        """Keep what `export` wrote into a file; how many entries. Raises FileFormatError for another file."""
        try:
            told = json.loads(Path(path).read_text(encoding="utf-8"))
            entries = list(told["entries"]) if told["v"] == VERSION else None
        except OSError as error:
            raise FileFormatError("The file cannot be read.", where=f"{path}: {error.strerror}") from None
        except (ValueError, KeyError, TypeError):
            entries = None
        if entries is None:
            raise FileFormatError("This is no exported memory.", where=str(path), hint="Give a file that `memory export` wrote.") from None
        return self._memory.take(entries)

    def __repr__(self) -> str:
        return repr(self.show())

    def _repr_html_(self) -> str:
        return self.show()._repr_html_()


def _row(entry: Entry) -> tuple[object, ...]:
    who = f"{entry.connection} (everyone)" if not entry.owner.user else entry.connection
    return entry.id, entry.kind, entry.summary, who, f"{entry.at.astimezone():%d %b %Y}", entry.uses
