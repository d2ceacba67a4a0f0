"""Text of blocks as safe HTML: facts as ``<data>``, Markdown without raw HTML, nothing fetched."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING

import mistune
from markupsafe import Markup, escape

from aiser_jupyter.errors import ReportError
from aiser_jupyter.report import refs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.facts import Fact

BOLD = re.compile(r"\*\*(.+?)\*\*")
LINKS = ("https://", "http://", "mailto:", "#")
LOOSE = "The author's own number: no query here yields it"


def value_of(fact: Fact) -> str:
    """A fact's exact value as an attribute has it."""
    value = fact.value
    return value.isoformat() if isinstance(value, date | datetime) else "" if value is None else str(value)


def number(fact: Fact, *, focus: bool = True) -> Markup:
    """A number that shows its query when asked."""
    reach = Markup(' tabindex="0"') if focus else Markup("")
    return Markup('<data class="n" data-fact="{}" value="{}"{}>{}</data>').format(fact.id, value_of(fact), reach, fact.text)


def inline(text: str, facts: Mapping[str, Fact], *, focus: bool = True, strict: bool = True) -> Markup:
    """One line: references become numbers, ``**words**`` bold, all else is text.

    Raises :class:`ReportError` where ``strict`` and a number in it is neither a reference nor a date.
    """
    if strict:
        check(text, facts)
    bold = BOLD.sub(r"<b>\1</b>", str(escape(text)))
    return Markup(refs.fill(bold, facts, lambda fact: str(number(fact, focus=focus))))  # noqa: S704  # escaped above, and each number by Markup.format


def filled(text: str, facts: Mapping[str, Fact]) -> str:
    """Text with its facts' words."""
    return refs.fill(text, facts, lambda fact: fact.text)


def plain(text: str, facts: Mapping[str, Fact]) -> str:
    """One line as plain text, for a title bar, a label or the contents."""
    return BOLD.sub(r"\1", filled(text, facts))


def check(text: str, facts: Mapping[str, Fact]) -> None:
    """Raise :class:`ReportError` for a number that no fact states."""
    loose = refs.untraced(text, facts.values())
    if loose:
        raise ReportError(
            f"A text states {loose[0]}, and no query yields it.",
            where=f"In: {text[:120]}",
            hint="Refer to a fact as [[id]], or mark the text as authored.",
        )


class Safe(mistune.HTMLRenderer):
    """Markdown as HTML: raw HTML stays text, links go where a reader expects, images are words; a loose number is marked."""

    def __init__(self) -> None:
        super().__init__(escape=True)

    def text(self, text: str) -> str:
        """Text with its loose numbers marked."""
        loose = set(refs.digits(text))
        if not loose:
            return str(escape(text))
        found = re.compile("|".join(rf"(?<![\w.,]){re.escape(word)}(?!\w)" for word in sorted(loose, key=lambda w: (-len(w), w))))
        parts: list[Markup] = []
        at = 0
        for match in found.finditer(text):
            parts += [escape(text[at : match.start()]), Markup('<span class="loose" title="{}">{}</span>').format(LOOSE, match[0])]
            at = match.end()
        return str(Markup("").join([*parts, escape(text[at:])]))

    def link(self, text: str, url: str, title: str | None = None) -> str:  # noqa: ARG002  # the base class's signature
        """A link to the web, a mailbox or a place in the page; of any other kind only its words stay."""
        return str(Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(url, Markup(text))) if url.startswith(LINKS) else text  # noqa: S704  # text is rendered already

    def image(self, text: str, url: str, title: str | None = None) -> str:  # noqa: ARG002  # the base class's signature
        """The words of an image: a page fetches nothing."""
        return text

    def heading(self, text: str, level: int, **_: object) -> str:
        """A heading within a section, never above its own."""
        return f"<h{max(level, 3)}>{text}</h{max(level, 3)}>\n"


MARKDOWN = mistune.create_markdown(renderer=Safe(), plugins=["table", "strikethrough"])


def markdown(text: str, facts: Mapping[str, Fact], *, authored: bool) -> Markup:
    """Markdown as HTML; raises :class:`ReportError` for a number without a fact in text that is not a person's own."""
    if not authored:
        check(text, facts)
    return Markup(refs.fill(str(MARKDOWN(text)), facts, lambda fact: str(number(fact))))  # noqa: S704  # Safe escapes all text
