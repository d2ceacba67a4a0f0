"""What words stand for: cue words of clauses, demonyms, synonyms as training knew them, and what it learned."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from aiser_jupyter.ask.vocabulary.thesaurus import SYNONYM_GROUPS, grouped

CUES = {
    "avg": "average mean typical", "sum": "total sum overall altogether combined", "count": "number many count volume",
    "max": "most highest largest maximum biggest longest oldest top best greatest latest max richest tallest heaviest newest highest-paid strongest recent last popular fastest leading",
    "min": "least lowest smallest minimum fewest youngest shortest cheapest earliest min poorest lightest worst slowest first less",
    "order": "order ordered sort sorted alphabetical alphabetically alphabetic ascending descending ranked rank increasing decreasing lexicographic lexicographical chronological",
    "descending": "descending decreasing reverse desc high largest most highest oldest",
    "group": "each per by every grouped group", "distinct": "distinct different unique", "more": "more greater above over after older higher larger longer exceed exceeds exceeding heavier later least larger bigger since",
    "less": "less below under before younger lower smaller shorter fewer earlier cheaper lighter until most within", "between": "between range",
    "not": "not no never without none n't neither nor except excluding didn't don't doesn't isn't aren't cannot nobody lack lacking outside unused",
    "both": "both and also as", "or": "or either", "all": "all everything information details every", "like": "contain contains containing include includes including start starts starting begin begins beginning end ends ending letter substring string word prefix suffix keyword has",
    "where": "with whose where that who which in from named called for at on of have has is are",
}  # fmt: skip
CUE_WORDS = {cue: frozenset(words.split()) for cue, words in CUES.items()}
DEMONYMS = {
    "female": "f woman women w", "male": "m man men", "females": "f female", "males": "m male", "women": "f female w", "men": "m male", "girls": "f female", "boys": "m male",
    "woman": "f female", "man": "m male",
}  # fmt: skip


SYNONYMS = grouped(*SYNONYM_GROUPS)


@cache
def learned() -> dict[str, dict[str, float]]:
    """For a question stem the schema stems it stood for in training, with strengths between 0 and 1."""
    place = files("aiser_jupyter.ask").joinpath("weights", "lexicon.json")
    return json.loads(place.read_text(encoding="utf-8"))["pairs"] if place.is_file() else {}
