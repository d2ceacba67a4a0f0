"""What the notebook shows: the answer card in its live, still and text forms, and the start page."""

from aiser_jupyter.widgets.show import Progress, show, view_of
from aiser_jupyter.widgets.still import still_html, still_text
from aiser_jupyter.widgets.view import CardView

__all__ = ["CardView", "Progress", "show", "still_html", "still_text", "view_of"]
