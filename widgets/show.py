"""Put a card under the running cell; a terminal shows its text."""

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
    from aiser_jupyter.widgets.answer_card import AnswerCard, in_notebook, still_bundle

    view = view_of(what, sql=sql, question=question)
    if not (live and in_notebook()):
        publish(still_bundle(view), extra)
        return None
    shown = AnswerCard(view, answer=chosen_from(what))
    publish(shown.bundle(), extra)
    return shown


class Progress:
    """A card that runs while its question is being answered and then becomes the answer's; nothing is shown outside a notebook before that."""

    def __init__(self, question: str, *, on_stop: Callable[[], None] | None = None) -> None:
        self.question = question
        self._card: AnswerCard | None = None
        self._handle: Any = None
        from aiser_jupyter.widgets.answer_card import AnswerCard, in_notebook
        from aiser_jupyter.widgets.views import under_way

        if in_notebook():
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
        self._card.answer = chosen_from(what)
        self._card.view = view_of(what, sql=sql, question=self.question)
        self._handle.update({**self._card.bundle(), **(extra or {})}, raw=True)

    def stopped(self) -> None:
        """Say that the reader stopped it."""
        from aiser_jupyter.widgets.view import Run

        self.done(CardView("error", question=self.question, headline=(Run("Stopped."),), detail=("Nothing was changed.",)))


def chosen_from(what: Answer | AiserError | CardView) -> Answer | None:
    """What a reader can choose another reading of."""
    from aiser_jupyter.answer.answer import Answer

    return what if isinstance(what, Answer) else None


def view_of(what: Answer | AiserError | CardView, *, sql: str = "", question: str = "") -> CardView:
    """The view of whatever can be shown as a card."""
    from aiser_jupyter.errors import AiserError
    from aiser_jupyter.widgets.views import of_answer, of_error

    if isinstance(what, CardView):
        return what
    return of_error(what, sql=sql, question=question) if isinstance(what, AiserError) else of_answer(what)


def publish(forms: Mapping[str, object], extra: Mapping[str, object] | None, **options: Any) -> Any:
    """Send one output with all its forms to the notebook; plain Python prints its text."""
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(forms["text/plain"])  # noqa: T201 - there is no other display
        return None
    return display({**forms, **(extra or {})}, raw=True, **options)
