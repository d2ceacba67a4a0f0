"""What an assistant is, what it is asked, and how a model may put what it says into other words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from aiser_jupyter.answer.answer import Answer, Part
from aiser_jupyter.answer.intent import classify
from aiser_jupyter.answer.step import Step
from aiser_jupyter.facts import check

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.context import Context

DEEPEST = 2  # assistants that may ask one another in turn


@dataclass(frozen=True)
class Request:
    """A question to an assistant; ``follows`` is the answer before it, ``asked_by`` are the assistants it came through, the first one first."""

    question: str
    on: str | None = None
    today: date | None = None
    follows: Answer | None = None
    engine: str = "auto"
    asked_by: tuple[str, ...] = ()

    @property
    def blank(self) -> Answer:
        """An answer to fill in."""
        return Answer(self.question, answered=False, intent=classify(self.question))


class Assistant(Protocol):
    """Someone to ask: ``reply`` gives an answer with everything to check it, or None where the question is one for the plain engine."""

    @property
    def name(self) -> str:
        """The word it is chosen by."""
        ...

    @property
    def description(self) -> str:
        """What it is for, in a sentence."""
        ...

    def reply(self, context: Context, request: Request) -> Answer | None:
        """The answer."""
        ...


class Wording(Protocol):
    """What puts an answer into other words, such as a model: one text for the sentence, from the answer alone."""

    def sentence(self, context: Context, answer: Answer) -> str:
        """The sentence anew; empty to keep it."""
        ...


def worded(context: Context, answer: Answer, wording: Wording | None) -> Answer:
    """``answer`` in the words of ``wording``, if every number in them is one of its facts; else as it was, and a step says so."""
    if wording is None or not answer.answered:
        return answer
    said = " ".join(wording.sentence(context, answer).split())
    if not said or said == answer.sentence:
        return answer
    facts = [*answer.facts, *(fact for exhibit in answer.exhibits for fact in exhibit.facts)]
    # Names and dates that the first sentence held may stand again.
    names = [part.text for part in answer.sentence_parts if part.fact is None]
    wrong = check(said, facts, names)
    if wrong:
        texts = ", ".join(number.text for number in wrong[:5])
        return replace(
            answer, steps=(*answer.steps, Step(f"Kept the checked sentence: another wording had numbers without a query ({texts})"))
        )
    return replace(answer, sentence=said, sentence_parts=(Part(said),), facts=tuple(dict.fromkeys(facts)))
