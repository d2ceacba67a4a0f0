"""The forms of an edit in words, in the order they are tried; `edit_grammar` says what each does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.follow import edit_grammar as to
from aiser_jupyter.ask.follow import edit_levels as levels
from aiser_jupyter.ask.follow import edit_rows as rows
from aiser_jupyter.ask.follow import edit_such as suches
from aiser_jupyter.ask.follow import edit_turns as turns
from aiser_jupyter.ask.follow import edit_words as wordings
from aiser_jupyter.ask.follow.edit_grammar import FIRSTS, NUMBER, WINDOW_WORDS
from aiser_jupyter.ask.grammar.frame import COMPARISONS
from aiser_jupyter.ask.grammar.periods import MONTH, QUARTER

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.ask.follow.edit_grammar import Turn
    from aiser_jupyter.ask.plan import Plan


def _p(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"^(?:{pattern})$", re.IGNORECASE)


OPEN = r"(?:(?:as|in|show|an?|the|its|their|it|them|that|me|make|turn|into|back|and|now|to|give) )*"
SORT = r"(?:sort|order|rank|arrange)(?:ed)?"
OBJECT = r"(?: (?:them|it|this|these|that|those|the (?:list|rows|result|results|table)))?"
COMPARISON = "|".join(sorted((re.escape(" ".join(words)) for words, _ in COMPARISONS), key=len, reverse=True))
AGAIN = r"(?:(?:and|but|so|now|ok|what about|how about|the same for|same for)(?: then)? )*"
THEY = r"(?:and |so )?(?:which|who|what)(?: ones?)?(?: of (?:them|those|these))?"
FORMS: tuple[tuple[re.Pattern[str], Callable[[Turn, re.Match[str]], Plan]], ...] = (
    # Turns that say nothing alone
    (_p(rf"{AGAIN}(?:(?:for|in|during) )?(?P<what>{MONTH}|{QUARTER})\.?"), turns.in_part),
    (
        _p(rf"{AGAIN}(?:(?:for|in) )?(?:this|the current) (?P<unit>year|quarter|month),? (?:so far|to date|until now|up to now)"),
        turns.so_far,
    ),
    (
        _p(rf"{AGAIN}(?:the money|in money|in terms of money|how much money(?: (?:is|was) (?:that|it))?|the money side|the sums involved)"),
        turns.worth,
    ),
    (_p(rf"{THEY} (?:has|have|had|got|gets?) (?P<who>(?!))?(?P<op>{COMPARISON}) (?P<n>{NUMBER[1:-1]})(?: (?P<what>[\w ]+))?"), turns.above),
    (
        _p(
            r"(?:and |now )*(?:the )?same (?:comparison|thing|question|breakdown|split|chart|list|figures?|table|again)?,? ?but (?:(?:with|for|as|now|the) )*(?P<what>.+?)(?: instead)?"
        ),
        turns.same_but,
    ),
    (
        _p(
            rf"{THEY} (?:have|has|are|were|had)(?: already)?(?: been)?(?: still)? (?P<state>open|pending|waiting|active|outstanding|unresolved|running|ongoing|live|unpaid|unanswered)(?: for)? (?P<how>more than|over|longer than|at least) (?P<count>\d+|a|one|two|three|four|five|six|seven|ten|twelve) (?P<unit>day|week|month|year)s?(?: now| already)?"
        ),
        turns.lasting,
    ),
    # All rows, all values
    (
        _p(
            r"(?:show |list |give me )?(?:all|everything|them all|all of (?:them|it)|every ?one|all rows|the rest|all results)|(?:no|without(?: the| any| a)?|remove the|drop the|lift the) (?:limit|cut-?off)"
        ),
        to.unlimited,
    ),
    (
        _p(r"(?:remove|drop|clear|without|no|reset) (?:all |the |any |all the )*(?:filters?|restrictions?|conditions?)|unfiltered"),
        to.everything,
    ),
    (_p(r"(?:for |in )?(?:everywhere|anywhere|all over|worldwide|globally)"), to.everywhere),
    (_p(r"(?:for |in |from |across |show |over |of )*(?:all|any|every)(?: the| of the)? (?P<what>[\w ]+)"), to.all_of),
    # Seen against the other rows
    (
        _p(
            r"(?:"
            + OPEN
            + r"?)(?:absolute|raw|plain|actual)(?: numbers?| values?| figures?| amounts?)?(?: again| instead)?|back to (?:the )?(?:numbers|counts|values|amounts|totals|figures)|not (?:as |in )?(?:an? )?(?:percent(?:ages?)?|shares?|cumulative|%)|(?:no|without|drop|remove)(?: the)? (?:percent(?:ages?)?|shares?|running totals?|growth)"
        ),
        to.seen_as(""),
    ),
    *((_p(rf"{OPEN}(?:the |an? )?(?:{words})(?: instead| please| too)?"), to.seen_as(window)) for window, words in WINDOW_WORDS),
    (
        _p(
            r"(?:and |now |what about |how about |make (?:it|that|this) |turn it into |show |as |use |on |take |give me |rather |switch to )*(?:the |an? )?(?P<agg>average|mean|avg|median|maximum|max|minimum|min|sum|total)(?: value)?(?: instead| please| now)?"
        ),
        to.summed_by,
    ),
    (
        _p(
            r"(?:just |only |show |give me |now )*(?:the )?(?:grand |overall )?total(?: only)?|(?:in total|overall|altogether|all together|in all|not broken down|without (?:the |any )?(?:breakdown|grouping|groups))"
        ),
        to.total,
    ),
    # Order and number of rows
    (
        _p(
            rf"{SORT}{OBJECT} alphabetically|(?:in )?alphabetical(?:ly)?(?: order)?|{SORT}{OBJECT} (?:in )?alphabetical(?:ly)?(?: order)?|a to z|a-z"
        ),
        rows.alphabetical,
    ),
    (_p(rf"(?:{SORT}{OBJECT} |in )?(?P<way>ascending|descending|increasing|decreasing)(?:ly)?(?: order)?(?: instead)?"), rows.directed),
    (
        _p(
            rf"(?:{SORT}{OBJECT} )?(?:with )?(?:the )?(?P<way>{FIRSTS[1:-1]})(?: ones?)? first|(?:{SORT}{OBJECT} )(?:from )?(?P<from>(?P<way2>low(?:est)?|high(?:est)?) to \w+)".replace(
                "(?P<way2>", "(?:"
            )
        ),
        rows.directed,
    ),
    (
        _p(
            r"(?:reverse|flip|invert|turn (?:round|around))(?: it| that| them| the (?:order|sorting|list|ranking))?(?: order)?|(?:in )?(?:the )?(?:reverse|opposite) order|(?:the )?other way (?:round|around)"
        ),
        rows.reversed_,
    ),
    (
        _p(
            rf"{SORT}{OBJECT} by (?:the )?(?P<what>.+?)(?:,? (?:in )?(?P<way>asc(?:ending)?|desc(?:ending)?|(?:high|low|larg|small|bigg|new|old)\w*)(?: (?:order|first|to \w+))?)?"
        ),
        rows.sorted_by,
    ),
    (
        _p(
            rf"(?:just |only |show |me |give me |list |limit (?:it|them|this) to )*(?:the )?(?:top|first|best|highest|largest|biggest|bottom|last|worst|lowest|smallest) (?P<n>{NUMBER[1:-1]})(?: of (?:them|those|these)| only| rows| results| instead| ones)*"
        ),
        rows.topped,
    ),
    (
        _p(
            rf"(?:just |only |show |me |give me |list )*(?:the )?(?P<n>{NUMBER[1:-1]}) (?:highest|largest|biggest|best|top|most|lowest|smallest|worst|bottom|fewest|least)(?: of (?:them|those|these)| only| rows| ones| instead)*"
        ),
        rows.topped,
    ),
    (
        _p(
            rf"(?:just |only |show |me |give me |list )*(?:the )?(?:top|first|best|highest|largest|biggest|bottom|last|worst|lowest|smallest) (?P<n>{NUMBER[1:-1]}) (?P<rest>(?:for|in|from|during|since|of) .+)"
        ),
        rows.topped_of,
    ),
    (
        _p(
            rf"(?:and )?(?:which|who|what)(?: one)?(?: is| was| has| had| are)(?: the)? (?P<way>{FIRSTS[1:-1]})(?: one| of (?:them|those|these|all))?|(?:just |only |show |me )*the (?P<way2>{FIRSTS[1:-1]})(?: one)".replace(
                "(?P<way2>", "(?:"
            )
        ),
        rows.first_of,
    ),
    (
        _p(
            rf"(?:and |so |then )*(?:which|who|what)(?: one)? of (?:those|these|the|them)(?: [\w-]+)? (?:is|was|are|were|has|had|have|did)(?: the)? (?P<way>{FIRSTS[1:-1]})(?: [\w]+)?"
        ),
        rows.first_of,
    ),
    (
        _p(
            r"(?:and |so |then )*(?:which|what) (?P<what>[\w -]+?) (?:has|have|had|is responsible for|accounts? for|got|saw|did)(?: the)? (?P<way>most|fewest|least|highest|lowest|largest|smallest|biggest)(?: (?:number|share|count))?(?: of (?:them|those|these|it))(?: all)?,?(?: and how many)?"
        ),
        suches.most_of,
    ),
    (wordings.NAMED_FIRST, rows.named_first),
    (wordings.SHARE_OF, suches.share_of),
    (wordings.SHARE_IN, suches.share_of),
    (
        _p(
            r"(?:and |then |so |now )*(?:the |what (?:is|was) (?:the )?|show )*(?:percent(?:age)? )?(?:growth|change|increase)(?: rate)? (?P<what>(?:from|between|in) .+)"
        ),
        suches.grown,
    ),
    # Tests on a figure
    (
        _p(
            rf"(?:just |only |and |show |keep |list )*(?:the )?(?P<who>(?!with |that |having |where |who |less |more |fewer |no |at )[\w ]+?)? ?(?:with |that (?:have|are|had|exceed) |having |where (?:it|that) is |who (?:have|had) )?(?:a |an )?(?P<op>{COMPARISON}) (?P<n>{NUMBER[1:-1]})(?: (?P<what>(?!only\b|please\b)[a-z][\w ]*?))?(?: only| please)?"
        ),
        rows.tested,
    ),
    # Time against time
    (
        _p(
            r"(?:and |now |what about |how about |for |in |then |show )*(?P<what>(?:the |that )?(?:same \w+ last|previous|preceding|prior|next|following|subsequent) (?:day|week|month|quarter|year)|(?:the |that )?(?:day|week|month|quarter|year) (?:before|after|earlier|later)(?: that| this| it)?)"
        ),
        to.shifted,
    ),
    (
        _p(
            r"(?:and |now )?(?:compare[ds]?|comparison|versus|vs\.?|against|how does (?:it|that|this) compare)(?: (?:it|that|this|them))?(?: (?:with|to|against|versus|vs\.?))? (?P<what>.+)"
        ),
        to.compared,
    ),
    # One thing for another
    (
        _p(
            r"instead of (?P<old>(?:the )?[\w]+(?: of \w+)?(?: \w+)??),? (?:show|use|take|give me|i want|by|with|let me see|do|list)(?: me)? (?:the )?(?P<new>.+)"
        ),
        to.instead,
    ),
    (_p(r"instead of (?P<old>(?:the |by )?\w+),? (?:the )?(?P<new>.+)"), to.instead),
    (_p(r"(?:replace|swap|exchange|substitute) (?:the )?(?P<old>.+?) (?:by|with|for) (?:the )?(?P<new>.+)"), to.instead),
    (
        _p(
            r"(?:show |use |take |give me |by |per |now |and |but |with )*(?:the )?(?P<new>.+?) (?:instead of|rather than|and not|in place of) (?:by |per |the )*(?P<old>.+)"
        ),
        to.instead,
    ),
    (
        _p(r"(?:not|no longer|no more) (?:by |per |the )*(?P<old>[\w ]+?)(?:,| but| rather) (?:by |per |the |just |for |in )*(?P<new>.+)"),
        to.instead,
    ),
    (
        _p(
            r"(?:show |use |take |give me |by |per |now |and |but |make it |do it |then |switch to )*(?:the )?(?P<new>.+?) (?:instead|rather)(?: please)?"
        ),
        to.instead,
    ),
    (_p(r"(?:make (?:it|that|this|them)|switch (?:it )?to|change (?:it|that) to|turn it into) (?:the |by |per )*(?P<new>.+)"), to.instead),
    # Taken away
    (
        _p(
            r"(?:drop|remove|without|leave out|leave off|take out|take away|take off|hide|omit|skip|ignore|no more|lose|get rid of|don't show|no|not by|not per|not split by|minus)(?: the| by| per| any| those (?:from|in|of)| column)* (?P<what>.+?)(?: column| again| please)?"
        ),
        to.removed,
    ),
    (
        _p(
            r"(?:and |but |now )*(?:exclud(?:e|ing)|except(?: for)?|not|other than|leaving out|apart from|excl\.?|but not)(?: the| for| in| from| those (?:from|in|of))* (?P<what>.+)"
        ),
        to.removed,
    ),
    (
        _p(
            r"(?:and |but |now |show |for )*(?:all|everything|everyone|everybody|any|every one|the rest)(?: of them)? (?:but|except(?: for)?|excluding|without|other than|apart from)(?: the| for| from| in)* (?P<what>.+)"
        ),
        to.removed,
    ),
    # Pronouns
    (
        _p(
            r"(?:and )?how many (?:(?:of (?:them|those|these|it) )?(?:are there|are they|are those|is (?:that|it)|in total|are left|in all)|of (?:them|those|these)|\w+ is that|are there in total)|count (?:them|those|these)|how many|(?:just )?the (?:count|number)"
        ),
        to.counting,
    ),
    (
        _p(
            r"(?:and )?how many (?:of (?:them|those|these)|of which) (?:are |were |is |live |lives |come |came |have |had |sit |belong |based |located )*(?P<what>.+)"
        ),
        to.counting_only,
    ),
    (
        _p(
            r"(?:and |so |then )*how many (?:of (?:them|those|these|which) )(?:(?:are|were|is|have been|has been|got|have|had|did|do) )*(?P<what>.+)"
        ),
        suches.counted_such,
    ),
    (
        _p(
            r"(?:and )?(?:who|which|what)(?: exactly)? (?:are|were) (?:they|these|those|them)(?: called| named)?|which(?: ones?)?(?: are (?:they|those|these|there))?|(?:list|name|show)(?: me)? (?:them|those|these|their names)|(?:and )?what are their names|(?:and )?who(?: exactly)?"
        ),
        to.listing,
    ),
    (
        _p(
            r"(?:and )?(?:which|who)(?: ones)?(?: of (?:them|those|these))? (?:are|were|live|lives|come|came|sit|belong) (?P<what>(?:in|from|at|of|to) .+)"
        ),
        to.listing_only,
    ),
    # Added
    (
        _p(
            r"(?:and |please )?(?:add|also|include|plus|as well as|also show|show also|additionally|along with|together with|with)(?: me| to (?:it|that))?(?: the| also| a| an| for)* (?P<what>.+?)(?: too| as well| also| please)?"
        ),
        to.added,
    ),
    (_p(r"(?:and |show |give me )*(?:the )?(?P<what>.+?) (?:too|as well|also|in addition)"), to.added),
    # Along a hierarchy, or along time
    (
        _p(r"(?:and |now |then )*(?:drill|zoom|dig)(?: down| deeper| further)* ?(?:into|on|in to) (?:the )?(?P<what>.+)"),
        levels.drilled,
    ),
    (
        _p(
            r"(?:and |now |then )*(?:drill|zoom|dig|go|step)(?: it| one| a| the| next)*(?: level)? ?(?:down|in|deeper)(?: one| a)?(?: level)?"
        ),
        levels.drilled,
    ),
    (_p(r"(?:and |now |then |show |to )*(?:the |one |a )*(?:next )?level (?:below|down|deeper)"), levels.drilled),
    (
        _p(
            r"(?:and |now |then )*(?:roll|drill|zoom)(?: it| that| this| them)? ?(?:up|out)(?: again)?(?: (?:to|by) (?:the )?(?P<what>.+?)(?: level)?)?"
        ),
        levels.rolled,
    ),
    (_p(r"(?:and |now |then |show |go |to )*(?:the |one |a )*(?:next )?level (?:above|up|higher)"), levels.rolled),
    (
        _p(
            r"(?:and |now |split |break (?:it |this |that )?down |group(?:ed)? |show (?:it |this |that )?)*(?:by|per) (?:the )?(?P<first>[\w ]+?),? (?:and )?then (?:by |per )?(?:the )?(?P<second>[\w ]+)"
        ),
        levels.both,
    ),
    # Grouping and grain
    (
        _p(
            r"(?:and |now |then |split|break|broken|grouped?|show|it|that|them|this|down|up|do|drill|the same|same|but|further|also| )*(?:by|per|for each|for every|across|each)(?: the)? (?P<what>.+)"
        ),
        to.by,
    ),
    (
        _p(
            r"(?:and |now |then |show |it |make |do |that |but |on an? )*(?P<what>daily|weekly|monthly|quarterly|yearly|annual|annually)(?: basis| view| please)?"
        ),
        to.grained,
    ),
)
ABOUT = _p(r"(?:and |but |ok |so )*(?:what|how) about(?: the| just)? (?P<what>.+)")
LEAD = r"(?:and |but |now |show |the same |same |keep |restrict (?:it|this|that) |limit (?:it|this|that) |narrow (?:it|this) down |filter (?:it |this |that )?)*"
PREPOSITION = r"(?:for|in|from|to|during|since|after|before|between|until|on|at|of|where|with)"
ONLY = _p(
    rf"(?:{LEAD}(?:just|only)(?: just| only| the| those| the ones| ones)* |{LEAD}(?={PREPOSITION}\b))(?P<what>.+?)(?: only| alone| please)?"
)
ONLY_GROUP = _p(r"(?:and |but |now |show |keep )*(?:just|only)(?: the| by| per)* (?P<what>.+)")
# Of the things themselves, in words of their own; tried after all others.
SUCH = _p(
    r"(?:and |but |now |show |the same |same )*(?:(?:just|only|what about|how about)(?: just| only)*(?: for| in| with| the| of)* )(?:(?:ones?|those) (?:that|who|which|with|from) (?:are |were |have |had )?|(?:ones?|those) )?(?P<what>.+?)(?: only| alone| ones)?(?: please)?"
)
MORE = _p(r"and(?: the)? (?P<what>.+)")
BARE = _p(r"(?P<what>.+?)(?: only| alone| please)?")
