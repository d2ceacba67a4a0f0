"""What people say around a question: greetings, thanks, what it is for, and a tail that asks for the figure that is shown anyway."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.plan import Formula
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import Schema

TELL = r"(?:tell|show|give|send|get|fetch|find|pull|check|calculate|compute|work out|figure out|look up|dig up|let me know|list)(?: (?:me|us|for me))?(?: quickly| please| out| up)*"
OPENERS = (
    re.compile(
        r"^\W*(?:hi|hey|hello|hiya|howdy|dear|good (?:morning|afternoon|evening)|morning)(?: (?:there|all|team|everyone|folks|guys))?(?:\s*[,!.:–-]+\s*| (?=(?:can|could|would|will|do|i|we|tell|please|pls|how|what|which|who)\b))",
        re.IGNORECASE,
    ),
    re.compile(
        r"^\W*(?:ok(?:ay)?|well|so|right|sorry|please|pls|plz|thanks|quick(?:ly)?(?: one| question| check)?|(?:one|a|another|small|stupid|simple) (?:quick )?question|question|just (?:curious|wondering|checking|out of curiosity)|out of curiosity|curious|fyi|btw|by the way|remind me|tell me|for context)\s*[,:;!–-]+\s*",
        re.IGNORECASE,
    ),
    re.compile(
        r"^\W*(?:for|in) (?:the|my|our|a|tomorrow's|today's|next week's) (?:\w+ )?(?:board|meeting|report|deck|slides?|presentation|boss|manager|newsletter|audit|call|review|update|summary|budget)(?: meeting| report| deck| call| review)?\s*[,:;–-]+\s*",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^\W*(?:(?:can|could|would|will) (?:you|u|someone|anybody|anyone)(?: please| pls| maybe| quickly| just| kindly)* {TELL}|(?:please |pls |kindly )?(?:tell|remind|let) (?:me|us)(?: know)?|do (?:you|we) know|(?:do you have )?any idea|any chance you (?:know|can tell me)|i (?:was |am |'m )?(?:just )?(?:wonder(?:ing)?|curious|like to know|need to know|want to know)|(?:i|we)(?: just| really| also)?(?:'d| would)?(?: just| really| also)? (?:need|want|like|love|have)(?: to (?:know|find out|understand|learn))|(?:i'm|i am|we are|we're) (?:wondering|curious|interested in(?: knowing)?|trying to find out))(?:,)? (?=how |what |which |who |when |where |the number |if |whether )(?:(?:if|whether) )?",
        re.IGNORECASE,
    ),
    re.compile(
        r"^\W*(?:(?:i|we)(?: just| really| also)?(?:'d| would)?(?: just| really| also)? (?:need|want|like|love)(?: to (?:see|get|have))?|(?:i'm|i am|we are|we're|i was|am) (?:looking for|after|interested in))(?: (?:a|an|the))?(?: (?:quick )?(?:list|overview|breakdown|table|view|look at)(?: of| at)?)? (?=\w)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^\W*(?:can|could|would|will) (?:you|u|i|we)(?: please| pls| maybe| quickly| just| kindly)* (?:{TELL}|see|get|have)(?: (?:a|an|the))?(?: (?:quick )?(?:list|overview|breakdown|table)(?: of)?)? (?=\w)",
        re.IGNORECASE,
    ),
)  # fmt: skip
CLOSERS = (
    re.compile(
        r"\s*[,.!?;:–-]*\s*\b(?:please|pls|plz|thanks?(?: you)?(?: (?:a lot|so much|in advance))?|thx|ty|cheers|many thanks|asap|if possible|if you can|for me|would be (?:great|nice|good))\s*[.!)]*\?*\s*[.!]*$",
        re.IGNORECASE,
    ),
    re.compile(
        r"\s*[,;–-]+\s*(?:just )?(?:so (?:that )?(?:i|we) (?:can|know|could)|to (?:see|check|understand|know|find out) (?:w?h?ich|what|how|if|whether|where|who|when)|because|since (?:i|we) (?:need|want|have)|i (?:need|want) (?:it|this|that)|it's for|that's for|we need (?:it|this|that)) .*$",
        re.IGNORECASE,
    ),
    re.compile(
        r"\s*[,;–-]*\s*\bfor (?:the|my|our|a|tomorrow's) (?:board|meeting|(?:\w+ )?report|(?:\w+ )?deck|slides?|(?:\w+ )?presentation|boss|newsletter|audit)\?*\.?$",
        re.IGNORECASE,
    ),
)  # fmt: skip
RANKING = re.compile(
    r"\b(?:top|bottom|best|worst|most|least|fewest|highest|lowest|largest|smallest|biggest|greatest|longest|shortest|busiest|quietest|strongest|weakest|number one|max(?:imum)?|min(?:imum)?)\b",
    re.IGNORECASE,
)
IT = r"(?:it|that|they|he|she|those|this|each(?: of them)?|each one|them)"
TAIL = re.compile(
    rf"\s*[,;–-]*\s*\b(?:and|with|plus|along with|together with|including|incl\.?)\s+(?:by |for |worth )?(?:how (?:many|much|big|large|high|often)(?: money| in total| exactly| (?:is|are|was|were) (?:{IT}|there)| (?:{IT}|there) (?:is|are|was|were|has|have|had)| (?:did|do|does|has|have|had) {IT}(?: (?:bring in|make|sell|have|get|earn|spend|generate|place|order|handle|serve|cover|do|had|sold|made))?)*|(?:the|its|their|his|her|this|that|what(?: is| was| are)?(?: the| its| their)?) (?:exact |actual |total |corresponding )?(?P<noun>\w+)(?: (?:is|was|each|in question|itself|for each))?)\s*(?P<end>\?*)\s*\.?$",
    re.IGNORECASE,
)
WORTH = re.compile(r"\b(?:money|worth)\b", re.IGNORECASE)  # the ranking may be by pieces
FIGURES = bag("amount total value number count figure figures rate percentage sum numbers counts totals amounts values rates percentages")
# What a verb of business brings with it, and a query needs no word of.
PHRASES = (
    (re.compile(r"\b(sends?|sent|ships?|shipped|went|goes|go|mail(?:ed)?|hand(?:ed)?|g[ai]ven?|print(?:ed)?) out\b(?! (?:of|after|later)\b)", re.IGNORECASE), r"\1"),
    (re.compile(r"\b(?:takes? care of|looks? after|(?:is|are) (?:responsible for|in charge of)|(?:is|was|are|were) behind|deals? with)(?= (?:the )?(?:most|fewest|largest|highest|smallest|least))", re.IGNORECASE), "has"),
    (re.compile(r"\b(?:who |that |which |have |has )?(?:signed up|registered|joined(?: us)?|opened an account|created an account|exists?|(?:is|are) (?:registered|listed|on file)),? but (?:(?:have |has |had |did |do )?(never|not|no)|(?:haven|hasn|hadn|didn|don)['’]?t)\b(?: (?:yet|ever))?", re.IGNORECASE), "that never"),
    (re.compile(r"\b(never|not|n't) (\w+)(?: (?:in|on|for|from|to|with|at|by))? (?:anything|anywhere|any one|one|any|something)(?: at all)?(?=\s*[?.,]|\s*$)", re.IGNORECASE), r"\1 \2"),
    (re.compile(r"\bbut nothing(?: at all)? (?=in |since |during |after |this |last )", re.IGNORECASE), "but not "),
    (re.compile(r"\b(?:do|does|did|have|has|had|is|are|was|were|wo|ca|could|would|should)nt\b", re.IGNORECASE), lambda match: f"{match.group()[:-2]}n't"),
    (re.compile(r"\b(?:nr|no)\.? of (?=[a-z])", re.IGNORECASE), "number of "),
    (re.compile(r"#(?= ?of\b)", re.IGNORECASE), "number "),
    (re.compile(r"\bwhats\b", re.IGNORECASE), "what is"),
    (re.compile(r"\bwhos\b", re.IGNORECASE), "who is"),
    (re.compile(r"^\W*(?:out )?of (?:all |all of )?(?:the |our |those )*([^,?]{3,60}), (what (?:share|percentage|percent|proportion|portion|fraction)|how many) (?!of\b)", re.IGNORECASE), r"\2 of \1 "),
    (re.compile(r"^\W*(?!.*\b(?:nobody|not|never|no|without|none)\b)([^:?]{3,60}?) ?[:–-] ?how many(?: (?:are|were) (?:there|they|those))?,? and (?:for |worth )?how much(?: (?:in total|money|altogether|is it|are they worth))*\W*$", re.IGNORECASE), r"number of \1 and their total amount"),
    (re.compile(r"^\W*(?!.*\b(?:nobody|not|never|no|without|none)\b)([^:?]{3,60}?) ?[:–-] ?how many(?: (?:are|were) (?:there|they|those))?,? and (?:(?:what|which|the|their) )*((?:total|average|median|combined) [^?]+?)\W*$", re.IGNORECASE), r"number of \1 and \2"),
    (re.compile(r"^\W*for how many ([^,?]+?) (?:was|were|is|are|did|has|have) (?:each|every) ([^,?]+?) (?:given|used|chosen|picked|mentioned|recorded|cited|selected|ordered|bought|apply|occur|appear)\W*$", re.IGNORECASE), r"number of \1 by \2"),
    (re.compile(r"\bportion of\b", re.IGNORECASE), "share of"),
)  # fmt: skip
DISCOUNTED = re.compile(
    r"[,;–-]?\s*\(?\b(?:net of|after|less|minus|after deducting|with) (?:any |all |the |their )?discounts?(?: deducted| taken off| applied)?\b\)?",
    re.IGNORECASE,
)


def unwrapped(text: str, schema: Schema) -> str:
    """``text`` without what is said around the question, and with verbs of business in plain words."""
    given, text = text, text.strip()
    for _ in range(3):
        before = text
        for opener in OPENERS:
            text = _kept(opener.sub("", text, count=1), text)
        for closer in CLOSERS:
            text = _kept(closer.sub(lambda match: "?" if "?" in match.group() else "", text), text)
        if text == before:
            break
    for phrase, plain in PHRASES:
        text = phrase.sub(plain, text)
    if DISCOUNTED.search(text) and _discounted(schema):
        text = DISCOUNTED.sub("", text)
    text = _untailed(text)
    return given if text == given.strip() else text


def _kept(shorter: str, text: str) -> str:
    """The shorter text, where it still asks something."""
    return shorter.strip() if sum(word.isalnum() for word in shorter.split()) >= 2 else text


def _discounted(schema: Schema) -> bool:
    """Whether revenue is worked out with a discount already."""
    line = measures.line_revenue(schema)
    return line is not None and isinstance(line.expression, Formula) and line.expression.discount is not None


def _untailed(text: str) -> str:
    """``text`` without a tail that asks for what a ranking shows anyway: the amount, how many that is, the rate that it is ranked by."""
    tail = TAIL.search(text)
    return f"{text[: tail.start()]}{tail['end']}" if tail is not None and _of_ranking(text, tail) else text


def tailed(text: str) -> bool:
    """Whether a ranking is asked for together with its figure."""
    tail = TAIL.search(CLOSERS[0].sub("", text))
    return tail is not None and _of_ranking(text, tail)


def _of_ranking(text: str, tail: re.Match[str]) -> bool:
    """Whether a tail asks for what the things before it are ranked by."""
    before, noun = text[: tail.start()], tail["noun"]
    if not RANKING.search(before) or WORTH.search(tail.group()):
        return False
    return noun is None or noun.lower() in FIGURES or stem(noun.lower()) in {stem(w) for w in re.findall(r"[a-z]+", before.lower())}
