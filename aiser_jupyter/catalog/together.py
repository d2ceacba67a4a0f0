"""Names written together in one run of small letters: ``sbcustname`` is cust, name, and ``unitprice`` is unit, price."""

from __future__ import annotations

import re
from functools import lru_cache

from aiser_jupyter.catalog.shortened import ABBREVIATIONS

# Words that names of tables and columns are made of; with the abbreviations they are all that a run is taken apart into.
NAMED = """
absence accepted access account action active actor actual address adviser advisor agent agreement aircraft airline airplane airport album allergy
allowance altitude amount animal annual apartment applicant application apply appointment approved archive area arrival arrive article artist
assessment asset athlete attempt attendance attrition audit author automobile average backup balance bank barcode base baseline basic basket batch
beer begin beneficiary bill billed billing birth birthdate datetime birthday blackout blood body bonus book booking born boss bottom branch brand breed broker
browser budget building business buyer cafe calendar campaign cancel cancelled candidate capacity card cardholder cargo carrier case cash category
cause center central certificate chair chairperson channel chapter charge charges check checkin checkout chief child childbirth children church churn
citizen city claim class classroom clerk client clinic clinician close closed club coach code cohort colleague college color colour comment commission
company compensation complaint completed condition consignment constructor consultation consumed consumer consumption contact container contract
contribution coordinate copy corporation cost count counter counterpart country county coupon courier course coverage create created credit crop
currency cust customer daily date daughter day dealer death debit deduction degree delay deleted deliver delivered delivery depart department
departure dependents deposit depot depth description desk destination detail device diagnose diagnosis director discontinued discount dispatch
distance distributor district division doctor donation donor dose draw drink driver drug due duration dwelling earn earnings east eatery edition
education electric email employee encounter end ended energy engine enrollment enrolment entry epoch equipment error event exam exchange expense extra
factory faculty fail failed family farm fastest father fax feature feedback file film fine finish firm first flag fleet flight floor food forwarder
fraction freight from frontier fuel gain game garden gate gender genre gift global goal going good grade gratuity gross group guardian guest haulier
headcount headed header heading headquarters heavy heavyweight height helper high hire history holder holiday home hometown homework hospital host
hotel hour hourly hours house household husband icon id image inactive incident income ingredient inhabitant inspection instructor insurance insured
insurer interest internet interruption interview invalid inventory invoice issue issued item join joined joint journey key keynote kind language large
last latest latitude launch league learner leave leaver lecturer length lessee lesson letter level library licence license limit line lines link list
listing load loan local location logged login logo longest longitude loss low machine mail maintenance major mall manager margin marital market marketplace markup
marriage married match material maximum meantime measure media median medication medicine medium member membership menu merchandise message meter
method middle middlesex middleweight milestone millisecond minimum minor minute minutes mobile mode model modified month monthly mother movie multiple
museum music musician name nation nationality net network new newborn newmarket newsletter north northeast northwest note notebook notes number nurse
occupation office officer old online open opened opening operator order organization origin outage outlet owner pack package page paid pallet
paperless parcel parent part participant partner parts passed password path patient patron pay payer payload payment payout penalty people per percent
person personnel phase phone photo physician picture piece place plan plane planet planned plant plate platform player playlist point policy
policyholder population port position postal postcode power powerhouse powertrain practitioner premium prescription price priority private procedure
proceeds prod product profession professor profit project promo promotion property prospect prospective protection provider province publication
publisher pupil purchase purchaser quality quantity quarter query queue quit quiz quota rate rating ratio reading reason rebate receipt received
recipe record reduction reference refund region register registration rejected release remark renter reorder repair reply reported representative request
required requisition reseller reservation resident residential resolution resolve resolved resource response restaurant result retailer returned
revenue review ride role room round route runtime salary sale sales salesman salesperson satisfaction schedule school score season seat second seconds
security seeker segment seller semester send senior sent serial server service session settlement severity sex share shareholder shelf shift ship
shipment shipped shipper shipping shop shopper short sick sign signin signup since singer site size skill solve song songwriter source south southeast
southwest specialty species speed spending spouse sprint squad stadium staff standings star start started state station status stay stock stop store
streaming street string student style subject submitted subscriber subscription supervisor supplier support supporter survey symbol system table
tablet tail takings tall target tariff task tax taxpayer teacher team tech telephone temperature temporary tenant tenure term terminate termination
territory test text textbook theater theatre ticker ticket tier time timeline timetable title token tongue total town township track train trainee
trainer training transaction transport traveller treatment trend trip truck turnover tutor type unit units university until updated url usage used user
vacancy valid value vehicle vendor venue version village visit visitor volume volunteer voucher wage waiter waitress ward ware warehouse water website
week weekday weekend weekly weight west width wife wine withdrawal word work worker workplace works workshop worth writer year yearbook yearly years
zip zone
"""
WORDS = frozenset(NAMED.split())
# Abbreviations that are a piece wherever they stand, and what may only end a name, or stand between two words.
SHORTENED = frozenset({"cust", "prod", "emp", "dept", "acct", "addr", "qty", "amt", "num", "nbr", "avg", "pct", "min", "max", "img", "loc", "lang", "mgr", "ref"})  # fmt: skip
LAST, BETWEEN = frozenset({"id", "no", "nm", "dt", "cd", "ts", "ms", "str"}), frozenset({"in", "on"})
LONGEST = max(map(len, WORDS))
LEAST = 6  # letters from which on a run may be several words
# What a schema writes before its names: of no meaning, no syllable, and not what English words begin with.
PREFIX = re.compile(r"(?!(?:b[lr]|c[hlr]|dr|f[lr]|g[lr]|ph|p[lr]|s[chklmnpqtw]|t[hrw]|w[hr])[a-z]?)[bcdfghjklmnpqrstvwxz]{2,4}")
COST = 2.2  # of a prefix; a word costs 1
TOLD = 3  # letters that a piece must have to be a word
WHOLE = ("ship", "ments")  # ends of words that only look like a word written on to another: partnership


def apart(word: str) -> tuple[str, ...]:
    """The words that a run of small letters is made of, without a prefix that has no vowel; the run alone where it is one word or unknown."""
    return _apart(word) if len(word) >= LEAST and word.isascii() and word.isalpha() and word.islower() else (word,)


@lru_cache(maxsize=16384)
def _apart(word: str) -> tuple[str, ...]:
    if _known(word) or word.endswith(WHOLE):
        return (word,)
    best: list[tuple[float, tuple[str, ...]] | None] = [(0.0, ()), *[None] * len(word)]
    for end in range(1, len(word) + 1):
        options: list[tuple[float, tuple[str, ...]]] = [(COST + 0.2 * end, (word[:end],))] if PREFIX.fullmatch(word[:end]) else []
        for start in range(max(0, end - LONGEST), end):
            before, piece = best[start], word[start:end]
            cost = _cost(piece, first=start == 0, last=end == len(word)) if before else None
            if before and cost is not None:
                options.append((before[0] + cost, (*before[1], piece)))
        best[end] = min(options, default=None)
    found: tuple[str, ...] = best[-1][1] if best[-1] else ()
    if len(found) < 2 or not any(len(piece) > TOLD or len(found[0]) >= TOLD for piece in found[1:]):
        return (word,)
    return found[1:] if PREFIX.fullmatch(found[0]) else found


def _known(word: str) -> bool:
    return word in WORDS or word in ABBREVIATIONS or _single(word) in WORDS


def _single(word: str) -> str:
    return word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")


def _cost(piece: str, *, first: bool, last: bool) -> float | None:
    """What a piece costs: whole words least, abbreviations more; None for what is no piece."""
    if piece in LAST:
        return 1.0 if last else 1.6 if piece == "id" else None
    if piece in BETWEEN:
        return None if first or last else 1.6
    if piece in WORDS or (len(piece) > TOLD + 1 and _single(piece) in WORDS):
        return 1.0 + 0.3 * (len(piece) == TOLD)
    return 1.4 if piece in SHORTENED else None
