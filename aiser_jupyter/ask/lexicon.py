"""What words stand for: curated business synonyms, cue words of clauses, demonyms, and what training learned."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from aiser_jupyter.ask.words import stem

SYNONYM_GROUPS = (
    "revenue sales turnover income proceeds", "customer client buyer shopper purchaser consumer", "employee staff worker personnel",
    "product item article good merchandise", "supplier vendor provider", "song track tune", "album record", "musician artist singer band",
    "price cost charge fee rate", "amount total value", "category type kind class genre sort", "order purchase", "invoice bill",
    "quantity unit volume count", "country nation nationality", "city town", "state province", "phone telephone number", "email mail",
    "salary wage pay income compensation", "department division unit", "manager boss supervisor head", "date day time when", "year when",
    "birthday birthdate born age", "name title who", "description detail", "location place where address site", "shipping shipment freight delivery ship",
    "shipper carrier", "movie film", "student pupil", "teacher instructor professor faculty lecturer", "course class subject", "school college university",
    "car vehicle automobile", "flight plane aircraft airplane", "airline carrier", "airport hub", "pet animal", "doctor physician", "patient sick",
    "hospital clinic", "book publication", "author writer", "length duration long runtime millisecond", "weight heavy", "height tall", "size big large",
    "population inhabitant resident people live citizen", "rating score star grade", "review rating feedback", "discount reduction rebate",
    "stock inventory", "store shop outlet branch", "team club squad", "player athlete", "game match", "stadium venue arena", "gender sex",
    "language tongue", "job position role occupation title", "company firm business organization corporation", "expense spending cost",
    "profit margin", "start begin open launch", "end finish close", "tenure service", "churn attrition leave cancel", "subscriber customer member",
    "contract agreement", "line detail", "rep representative employee", "payment pay transaction", "region territory area", "segment group cohort tier",
)  # fmt: skip
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


def _groups() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group in SYNONYM_GROUPS:
        stems = {stem(word) for word in group.split()}
        for word in stems:
            found.setdefault(word, set()).update(stems - {word})
    return {word: frozenset(others) for word, others in found.items()}


SYNONYMS = _groups()


@cache
def learned() -> dict[str, dict[str, float]]:
    """For a question stem the schema stems it stood for in training, with strengths between 0 and 1."""
    place = files("aiser_jupyter.ask").joinpath("weights", "lexicon.json")
    return json.loads(place.read_text(encoding="utf-8"))["pairs"] if place.is_file() else {}
