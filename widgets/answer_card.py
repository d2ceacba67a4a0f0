"""The live card: one widget that draws the tree of a view, with its still forms in the same output."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from aiser_jupyter.widgets.card import card
from aiser_jupyter.widgets.node import plain
from aiser_jupyter.widgets.still import still_html, still_text
from aiser_jupyter.widgets.style import STATIC, style
from aiser_jupyter.widgets.views import of_answer, of_error, under_way

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.errors import AiserError
    from aiser_jupyter.widgets.view import CardView


class AnswerCard(anywidget.AnyWidget):
    """A card on the page. Assigning ``view`` redraws it; ``on_stop`` is called when the reader presses Stop.

    ``answer`` is what a reader who chooses another of its readings chooses from; the card then shows the answer that gives, in ``answer`` too.
    """

    _esm = STATIC / "answer_card.js"
    _css = style()
    tree = traitlets.List().tag(sync=True)

    def __init__(self, view: CardView, *, on_stop: Callable[[], None] | None = None, answer: Answer | None = None) -> None:
        super().__init__(tree=plain(card(view)))
        self._view = view
        self._on_stop = on_stop
        self.answer = answer
        self.on_msg(self._heard)

    @property
    def view(self) -> CardView:
        """What the card shows."""
        return self._view

    @view.setter
    def view(self, view: CardView) -> None:
        self._view = view
        self.tree = plain(card(view))

    def _heard(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, dict):
            return
        if content.get("do") == "stop" and self._on_stop is not None:
            self._on_stop()
        elif content.get("do") == "choose" and isinstance(content.get("which"), int):
            self.choose(content["which"])
        elif content.get("do") == "remember":
            self.remember()

    def choose(self, number: int) -> None:
        """Become the card of the answer that another reading gives."""
        from aiser_jupyter.errors import AiserError

        before = self.answer
        if before is None:
            return
        self.view = under_way(before.question)
        try:
            self.answer = before.choose(number)
            self.view = of_answer(self.answer)
        except AiserError as error:
            self.view = of_error(error, question=before.question)

    def remember(self) -> None:
        """Keep the reading that was chosen, and say so."""
        if self.answer is not None and self.answer.remember is not None:
            self.answer.remember()
            self.view = replace(self.view, remember="", badge="Remembered: this question is read so from now on")

    def bundle(self) -> dict[str, Any]:
        """The card in every form that a notebook may keep: the widget, and HTML and text where there is none."""
        live = self._repr_mimebundle_()
        forms = live[0] if isinstance(live, tuple) else live
        return {**(forms or {}), **still_bundle(self._view)}


def bundle(answer: Answer, *, extra: Mapping[str, object] | None = None) -> dict[str, Any]:
    """An answer as one output: the live card where a kernel runs, its still forms always, and the MIME types of ``extra``."""
    view = of_answer(answer)
    return {**(AnswerCard(view, answer=answer).bundle() if in_notebook() else still_bundle(view)), **(extra or {})}


def error_bundle(error: AiserError, *, sql: str = "") -> dict[str, Any]:
    """An error as one output; it is still, for there is nothing in it to sort or unfold."""
    return still_bundle(of_error(error, sql=sql))


def still_bundle(view: CardView) -> dict[str, Any]:
    """The forms of a card that need no kernel and no script."""
    return {"text/html": still_html(view), "text/plain": still_text(view)}


def in_notebook() -> bool:
    """Whether a kernel runs this, so that there is a page to draw on."""
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None
