"""The live card: one widget that draws the tree of a view, with its still forms in the same output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from aiser_jupyter.widgets.card import card
from aiser_jupyter.widgets.node import plain
from aiser_jupyter.widgets.still import STATIC, still_html, still_text, style

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.widgets.view import CardView


class AnswerCard(anywidget.AnyWidget):
    """A card on the page. Assigning ``view`` redraws it; ``on_stop`` is called when the reader presses Stop."""

    _esm = STATIC / "answer_card.js"
    _css = style()
    tree = traitlets.List().tag(sync=True)

    def __init__(self, view: CardView, *, on_stop: Callable[[], None] | None = None) -> None:
        super().__init__(tree=plain(card(view)))
        self._view = view
        self._on_stop = on_stop
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
        if isinstance(content, dict) and content.get("do") == "stop" and self._on_stop is not None:
            self._on_stop()

    def bundle(self) -> dict[str, Any]:
        """The card in every form that a notebook may keep: the widget, and HTML and text where there is none."""
        live = self._repr_mimebundle_()
        forms = live[0] if isinstance(live, tuple) else live
        return {**(forms or {}), "text/html": still_html(self._view), "text/plain": still_text(self._view)}
