"""Put a card under the running cell, or its text into a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiser_jupyter.widgets.view import CardView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.errors import AiserError
    from aiser_jupyter.widgets.answer_card import AnswerCard
    from aiser_jupyter.widgets.view import Stage


def show(
    what: Answer | AiserError | CardView,
    *,
    sql: str = "",
    question: str = "",
    extra: Mapping[str, object] | None = None,
    live: bool = True,
) -> AnswerCard | None:
    """Display an answer, an error or a view as a card.

    ``sql`` and ``question`` are what an error is about. ``extra`` holds more MIME types for the same output, such as ``application/vnd.aiser+json``.
    Returns the widget, or None where only the still form was shown: with ``live`` off, or outside a notebook.
    """
    view = view_of(what, sql=sql, question=question)
    if not in_notebook():
        from aiser_jupyter.widgets.still import still_text

        print(still_text(view))  # noqa: T201  # a terminal has no other display
        return None
    if not live:
        publish(still_bundle(view), extra)
        return None
    from aiser_jupyter.widgets.answer_card import AnswerCard

    shown = AnswerCard(view)
    publish(shown.bundle(), extra)
    return shown


class Progress:
    """A card that runs while its question is being answered and then becomes the answer's; nothing is shown outside a notebook before that."""

    def __init__(self, question: str, *, on_stop: Callable[[], None] | None = None) -> None:
        self.question = question
        self._card: AnswerCard | None = None
        self._handle: Any = None
        if in_notebook():
            from aiser_jupyter.widgets.answer_card import AnswerCard
            from aiser_jupyter.widgets.views import under_way

            self._card = AnswerCard(under_way(question), on_stop=on_stop)
            self._handle = publish(self._card.bundle(), None, display_id=True)

    def step(self, stages: Sequence[Stage], *, restated: str = "", sql: str = "", share_done: float | None = None) -> None:
        """Show how far it is."""
        if self._card is not None:
            from aiser_jupyter.widgets.views import under_way

            self._card.view = under_way(self.question, stages, restated=restated, sql=sql, share_done=share_done)

    def done(self, what: Answer | AiserError | CardView, *, sql: str = "", extra: Mapping[str, object] | None = None) -> None:
        """Become the card of the answer or the error, in the page and in the saved notebook."""
        if self._card is None or self._handle is None:
            show(what, sql=sql, question=self.question, extra=extra)
            return
        self._card.view = view_of(what, sql=sql, question=self.question)
        self._handle.update({**self._card.bundle(), **(extra or {})}, raw=True)


def view_of(what: Answer | AiserError | CardView, *, sql: str = "", question: str = "") -> CardView:
    """The view of whatever can be shown as a card."""
    from aiser_jupyter.errors import AiserError
    from aiser_jupyter.widgets.views import of_answer, of_error

    if isinstance(what, CardView):
        return what
    return of_error(what, sql=sql, question=question) if isinstance(what, AiserError) else of_answer(what)


def still_bundle(view: CardView) -> dict[str, Any]:
    """The forms of a card that need no kernel and no script."""
    from aiser_jupyter.widgets.still import still_html, still_text

    return {"text/html": still_html(view), "text/plain": still_text(view)}


def publish(forms: Mapping[str, object], extra: Mapping[str, object] | None, **options: Any) -> Any:
    """Send one output with all its forms to the notebook."""
    from IPython.display import display

    return display({**forms, **(extra or {})}, raw=True, **options)


def in_notebook() -> bool:
    """Whether a kernel runs this, so that there is a page to draw on."""
    from IPython.core.getipython import get_ipython

    return getattr(get_ipython(), "kernel", None) is not None
