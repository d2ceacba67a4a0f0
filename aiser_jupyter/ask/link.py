"""Linking: which words of a question name which column, table or stored value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.question import STOP
from aiser_jupyter.ask.semantic.definitions import Spoken
from aiser_jupyter.ask.vocabulary import codes, countries
from aiser_jupyter.ask.vocabulary.lexicon import DEMONYMS, SYNONYMS, learned
from aiser_jupyter.ask.words import near, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.learned.encoder import Foretold
    from aiser_jupyter.ask.learned.nodes import Nearness
    from aiser_jupyter.ask.question import Question
    from aiser_jupyter.ask.schema import Schema

COUNTING = frozenset({("how", "many"), ("number", "of")})
ANY = frozenset({"do", "does", "is", "are", "any"})
FEWEST = 4  # letters of a country's other name; a shorter one may be anything
EXACT, SLIP, PREFIX, SYNONYM = 1.0, 0.85, 0.7, 0.6


@dataclass(frozen=True)
class Match:
    """The words that name an element: ``positions`` of tokens, and the share of the element's stems they cover by strength."""

    positions: tuple[int, ...] = ()
    cover: float = 0.0
    exact: float = 0.0

    @property
    def start(self) -> int:
        """The first matched token, -1 for none."""
        return self.positions[0] if self.positions else -1


@dataclass(frozen=True)
class Mention:
    """Words that may be a literal: tokens ``start`` to ``end``, and for each column that holds it the stored spelling."""

    start: int
    end: int
    kind: str
    value: int | float | str
    stored: tuple[tuple[ColumnRef, str], ...] = ()

    @property
    def width(self) -> int:
        """How many tokens it spans."""
        return self.end - self.start


class Linked:
    """A question against a schema."""

    def __init__(self, question: Question, schema: Schema, lexicon: dict[str, dict[str, float]] | None = None) -> None:
        self.question, self.schema = question, schema
        self.lexicon = learned() if lexicon is None else lexicon
        self.foretold: Foretold | None = None
        self._strengths: dict[str, list[tuple[int, float]]] = {}

    @cached_property
    def columns(self) -> list[Match]:
        """For each column the words that name it."""
        return [self._called(view.stems, view.ref, self.schema.tables[view.table].stems) for view in self.schema.columns]

    @cached_property
    def tables(self) -> list[Match]:
        """For each table the words that name it."""
        return [self._called(view.stems, view.name) for view in self.schema.tables]

    @cached_property
    def spoken(self) -> Spoken:
        """What the question says of the semantic model."""
        return self.schema.definitions.said(self.question) if self.schema.definitions else Spoken()

    def _called(self, stems: tuple[str, ...], element: ColumnRef | str, owner: tuple[str, ...] = ()) -> Match:
        """The words that name an element by its own name or, where they cover more, by another that the semantic model gives it."""
        own = self._match(stems, owner)
        others = [self._match(also, owner) for also in self.schema.also(element)]
        return max((own, *others), key=lambda match: (match.cover, match.exact)) if others else own

    def strengths(self, wanted: str) -> list[tuple[int, float]]:
        """The tokens that may stand for the schema stem ``wanted``, with strengths."""
        if wanted not in self._strengths:
            found = []
            synonyms = SYNONYMS.get(wanted, frozenset())
            for i, token in enumerate(self.question.tokens):
                if token.kind in ("word", "number"):
                    strength = self._strength(token.stem, token.text.lower(), wanted, synonyms)
                    if strength:
                        found.append((i, strength))
            self._strengths[wanted] = found
        return self._strengths[wanted]

    def named_by(self, places: list[int]) -> set[str]:
        """The stems of the schema for which any of the tokens at ``places`` may stand."""
        return {word for place in places for word in self._standing.get(place, ())}

    @cached_property
    def _standing(self) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for word in (*self.schema.columns_with, *self.schema.tables_with):
            for place, _ in self.strengths(word):
                found.setdefault(place, []).append(word)
        return found

    @cached_property
    def whole(self) -> tuple[int, ...]:
        """The columns whose whole names are said."""
        return tuple(i for i, m in enumerate(self.columns) if m.exact == 1.0 and len(m.positions) == len(self.schema.columns[i].stems))

    @cached_property
    def strong(self) -> frozenset[str]:
        """The tables whose whole names are said."""
        return frozenset(view.name for view, match in zip(self.schema.tables, self.tables, strict=True) if match.exact == 1.0)

    def _strength(self, asked: str, text: str, wanted: str, synonyms: frozenset[str]) -> float:
        if wanted in (asked, text):
            return EXACT
        if asked in synonyms:
            return SYNONYM
        if text in STOP or len(asked) < 3:
            return 0.0
        if (
            len(asked) >= 3
            and len(wanted) >= 3
            and (asked.startswith(wanted) or wanted.startswith(asked))
            and min(len(asked), len(wanted)) >= 3
        ):
            return PREFIX if min(len(asked), len(wanted)) >= 4 else 0.4
        if len(wanted) > 4 and asked not in self.schema.vocabulary and near(asked, wanted):
            return SLIP
        return 0.0

    def _match(self, stems: tuple[str, ...], owner: tuple[str, ...] = ()) -> Match:
        places = {word: self.strengths(word) for word in dict.fromkeys(stems)}
        anchors = sorted({i for found in places.values() for i, _ in found})
        if not anchors:
            return Match()
        near_owner = [i for word in owner for i, s in self.strengths(word) if s == EXACT]
        best, best_key = Match(), (-1.0, 0.0, 0, 0)
        for anchor in anchors:
            taken: dict[int, float] = {}
            exact = 0
            for word in stems:
                options = [(abs(i - anchor), i, s) for i, s in places[word] if i not in taken and abs(i - anchor) <= 4]
                if options:
                    _, i, s = min(options, key=lambda o: (-o[2], o[0], o[1]))
                    taken[i] = s
                    exact += s == EXACT
            if not taken:
                continue
            positions = tuple(sorted(taken))
            cover = sum(taken.values()) / len(stems)
            width = positions[-1] - positions[0] + 1 - len(positions)
            apart = min((abs(i - positions[0]) for i in near_owner), default=9)
            key = (round(cover - 0.05 * width, 3), exact / len(stems), -apart, -anchor)
            if key > best_key:
                best, best_key = Match(positions, cover, exact / len(stems)), key
        return best

    @cached_property
    def nearness(self) -> Nearness:
        """How near the question's words are in meaning to the schema's."""
        from aiser_jupyter.ask.learned.nodes import nearness

        return nearness(self)

    @cached_property
    def synonym_scores(self) -> tuple[list[float], list[int]]:
        """For each column the strongest learned association with a word of the question, and that word's position (-1 for none)."""
        heard = [(i, self.lexicon[token.stem]) for i, token in enumerate(self.question.tokens) if token.stem in self.lexicon]
        scores, places = [], []
        for view in self.schema.columns:
            best, place = 0.0, -1
            for i, pairs in heard:
                for word in view.stems:
                    if pairs.get(word, 0.0) > best:
                        best, place = pairs[word], i
            scores.append(best)
            places.append(place)
        return scores, places

    @cached_property
    def mentions(self) -> list[Mention]:
        """Literals in the question: stored values first, then quoted text, numbers and names."""
        tokens, found = self.question.tokens, []
        covered: set[int] = set()
        for width in range(min(8, len(tokens)), 0, -1):
            for start in range(len(tokens) - width + 1):
                span = range(start, start + width)
                if any(i in covered for i in span) and width < 3:
                    continue
                mention = self._stored(start, start + width)
                if mention and not (covered & set(span)):
                    found.append(mention)
                    covered |= set(span) if width > 1 or mention.kind == "quoted" else set()
        for i, token in enumerate(tokens):
            if token.kind == "quoted" and i not in covered:
                found.append(Mention(i, i + 1, "quoted", str(token.value)))
            elif token.kind == "number" and i not in covered:
                found.append(Mention(i, i + 1, "number", token.value if isinstance(token.value, (int, float)) else 0))
        found += self._names({i for m in found for i in range(m.start, m.end)})
        return sorted(found, key=lambda m: (m.start, -m.end, m.kind))

    def _stored(self, start: int, end: int) -> Mention | None:
        tokens = self.question.tokens[start:end]
        if tokens[0].kind == "quoted" and len(tokens) == 1:
            text = str(tokens[0].value)
            hits = self.schema.values.get(
                tuple(stem(w) for w in text.casefold().replace("-", " ").replace(".", " ").replace("'", " ").split()), []
            )
            hits = hits or list(self.schema.catalog.values.find(text))
            return Mention(start, end, "quoted", text, _places(hits, text)) if hits else None
        if (
            any(token.kind not in ("word", "number") for token in tokens if token.text not in "-&.,'/")
            or tokens[0].kind == "mark"
            or tokens[-1].kind == "mark"
        ):
            return None
        text = self.question.text[tokens[0].start : tokens[-1].end]
        if len(tokens) == 1 and (
            (text.lower() in STOP and text not in countries.CODES) or (tokens[0].kind == "number" and not text.isdigit())
        ):
            return None
        words = tuple(
            stem(w)
            for w in text.casefold()
            .replace("-", " ")
            .replace(".", " ")
            .replace("'", " ")
            .replace(",", " ")
            .replace("/", " ")
            .replace("&", " ")
            .split()
        )
        hits = list(self.schema.values.get(words, ()))
        for other in () if hits else (*countries.called(text), *DEMONYMS.get(text.lower(), "").split()):
            hits += self.schema.values.get(tuple(stem(w) for w in other.casefold().replace(".", " ").split()), ())
        hits = hits or codes.meant(self.schema, text)
        if hits and len(words) == 1 and (missed := self._elsewhere(start, end, text)) is not None:
            return self._own(missed, _places(hits, text))
        return Mention(start, end, "value", text, _places(hits, text)) if hits else self._elsewhere(start, end, text)

    def _own(self, missed: Mention, stored: tuple[tuple[ColumnRef, str], ...]) -> Mention:
        """The value where it is stored, unless the one thing that is asked about has a country of its own and none there: suppliers from Mexico."""
        named = {view.name for view, match in zip(self.schema.tables, self.tables, strict=True) if match.exact == 1.0}
        own = tuple(place for place in missed.stored if place[0].table in named)
        kept = own if own and not {ref.table for ref, _ in stored} & named else stored
        return replace(missed, stored=kept)

    def _elsewhere(self, start: int, end: int, text: str) -> Mention | None:
        """A country that nobody in the data is from, where it is asked how many are, or whether any is: there are none."""
        asked = self.question.lower[:3]
        if not (asked[:2] in COUNTING or set(asked[:1]) & ANY) or not text[:1].isupper() or not (name := countries.plain(text)):
            return None
        if len(text) < FEWEST or not self.schema.homelands:
            return None
        return Mention(start, end, "value", text, tuple((ref, name) for ref in self.schema.homelands))

    def _names(self, covered: set[int]) -> list[Mention]:
        found, i = [], 0
        capitals = self.question.capitals
        while i < len(self.question.tokens):
            j = i
            while j in capitals and j not in covered:
                j += 1
            if j > i:
                text = self.question.text[self.question.tokens[i].start : self.question.tokens[j - 1].end]
                found.append(Mention(i, j, "name", text))
            i = max(j, i + 1)
        return found


def _places(hits: list, text: str) -> tuple[tuple[ColumnRef, str], ...]:
    best: dict[ColumnRef, str] = {}
    for hit in hits:
        ref = ColumnRef(hit.table, hit.column)
        if ref not in best or hit.value == text:
            best[ref] = hit.value
    return tuple(sorted(best.items()))
