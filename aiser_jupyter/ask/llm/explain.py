"""An answer in a model's words, sentence by sentence: one that states a number without a fact is not shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiser_jupyter.ask.llm import prompts, written
from aiser_jupyter.ask.llm.call import Message, Request
from aiser_jupyter.facts import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from aiser_jupyter.ask.llm.call import Caller
    from aiser_jupyter.ask.llm.deadline import Deadline
    from aiser_jupyter.facts import Fact

MOST = 3
LONGEST = 400
# The end of a sentence: a stop that no digit or letter follows at once, then a blank.
_END = re.compile(r"(?<=[.!?])[\"”’)]?\s+")


@dataclass
class Explanation:
    """The sentences that hold, in order, and those that were refused with the numbers nobody computed."""

    sentences: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The sentences that hold."""
        return " ".join(self.sentences)


class Reader:
    """Puts pieces of a stream together to sentences and checks each when it is whole; ``say`` is told those that hold, as they come."""

    def __init__(self, facts: Iterable[Fact], names: Iterable[str], say: Callable[[str], None] | None = None) -> None:
        self.found = Explanation()
        self._facts, self._names = list(facts), list(names)
        self._say = say
        self._rest = ""

    def hear(self, piece: str) -> None:
        """The next piece of the stream."""
        self._rest += piece
        while end := _END.search(self._rest):
            sentence, self._rest = self._rest[: end.end()], self._rest[end.end() :]
            self._judge(sentence)

    def end(self) -> Explanation:
        """What came, once no more comes."""
        self._judge(self._rest)
        self._rest = ""
        return self.found

    def _judge(self, sentence: str) -> None:
        said = " ".join("".join(c if c.isprintable() else " " for c in sentence).split())
        if not said or len(self.found.sentences) == MOST:
            return
        unfounded = check(said, self._facts, self._names)
        if unfounded or len(said) > LONGEST:
            self.found.refused.append((said, unfounded[0].text if unfounded else ""))
            return
        self.found.sentences.append(said)
        if self._say is not None:
            self._say(said)


def explain(
    caller: Caller,
    deadline: Deadline,
    *,
    question: str,
    restated: str,
    sentence: str,
    figures: Sequence[str],
    facts: Iterable[Fact],
    names: Iterable[str] = (),
    audience: str = "an analyst",
    say: Callable[[str], None] | None = None,
) -> Explanation:
    """At most three sentences on an answer. ``figures`` are what the model is told, ``facts`` what it may state, ``names`` texts whose digits are no claim.

    Raises `ModelError` where the model does not reply; what was said before that stays said.
    """
    prompt = prompts.fill(
        "explain",
        audience=audience,
        question=written.text(question, 1000),
        restated=written.text(restated, 600),
        sentence=written.text(sentence, 600),
        figures=[written.text(line, 300) for line in figures],
    )
    reader = Reader(facts, names, say)
    caller.complete(Request(prompt.version, (Message("user", prompt.text),)), deadline, reader.hear)
    return reader.end()
