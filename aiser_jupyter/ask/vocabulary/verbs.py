"""What a verb says of time: bookings made, invoices issued, accounts that signed up, people who were hired; each has its own date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import ColumnView

# What is said, and the words of the columns that date it.
TABLE = """
sign signed signup signing subscribed|signup registered registration created joined start started since enrolled reg
register registered registering|registered registration signup created joined reg
join joined joining|joined join hire signup registered created start since member
enroll enrolled enrol enrolled|enrolled enrollment enrolment registered created start
create created added onboarded|created added registered signup
hire hired employed recruited|hire hired joined start employment
book booked booking reserved|booked booking reservation reserved
arrive arrived arrival arriving|arrival arrived check_in checkin delivered
depart departed departure left leaving leave quit|departure departed check_out checkout left termination terminated exit end
issue issued billed invoiced dated raised|issued issue billed bill invoice invoiced
pay paid paying settle settled received|paid payment settled
ship shipped shipping sent dispatched send|shipped ship shipping dispatched sent dispatch
deliver delivered delivering|delivered delivery arrival
order ordered placed|order ordered placed purchase
open opened opening raised reported submitted logged filed|opened open filed created reported submitted raised
file filed|filed file submitted
close closed closing|closed close resolved completed
resolve resolved solved fixed|resolved resolution closed
cancel cancelled canceled cancelling churn churned cancellation cancellations|cancelled canceled cancellation churned churn ended end terminated termination
terminate terminated terminations end ended expired lapsed|terminated termination ended end expiry expired
activate activated activation activations|activated activation act
start started began begun beginning starting|started start began begin opened
finish finished complete completed|finished completed end ended
return returned returning|returned return
release released launched published|released release launch launched published
born|birth born
use used using|used use usage
login logged|login logged seen
due|due
renew renewed|renewed renewal
review reviewed rated|review reviewed rating
prescribe prescribed|prescribed prescription
admit admitted|admitted admission
discharge discharged|discharged discharge
decide decided decision|decided decision
diagnosed|diagnosed diagnosis
charged|charged charge
visit visited seen|visit appointment
no-show|check_in checkin arrival appointment start
stay stays stayed staying|check_in checkin arrival
claim claimed|claimed filed claim
donate donated gave given|donated donation gift
serviced maintained|serviced service maintenance
built manufactured made|built manufactured
"""
# By what is said to be done, or not: the words of the columns that date it, the likeliest first.
# In the name of the day on which something was over.
ENDED = (
    "ended",
    "end",
    "cancelled",
    "canceled",
    "cancellation",
    "churned",
    "churn",
    "terminated",
    "termination",
    "closed",
    "left",
    "leaving",
    "exit",
    "exited",
    "resigned",
    "retired",
    "departed",
    "decommissioned",
    "deactivated",
    "withdrawn",
    "scrapped",
    "disposed",
    "expired",
)
DONE: dict[str, tuple[str, ...]] = {
    "paid": ("paid", "payment", "settled", "settlement"),
    "settled": ("settled", "paid", "payment"),
    "shipped": ("shipped", "shipping", "ship", "dispatched", "dispatch", "sent"),
    "dispatched": ("dispatched", "dispatch", "shipped", "shipping"),
    "sent": ("sent", "shipped", "dispatched"),
    "delivered": ("delivered", "delivery", "arrived", "arrival", "received"),
    "arrived": ("arrived", "arrival", "delivered"),
    "resolved": ("resolved", "resolution", "closed", "solved", "completed", "fixed"),
    "solved": ("resolved", "solved", "closed"),
    "closed": ("closed", "closing", "resolved", "completed", "ended"),
    "answered": ("answered", "responded", "response"),
    "completed": ("completed", "completion", "finished", "closed", "ended"),
    "finished": ("finished", "completed", "ended", "end"),
    "returned": ("returned", "return"),
    "cancelled": ("cancelled", "canceled", "cancellation", "terminated", "ended", "end"),
    "canceled": ("canceled", "cancelled", "cancellation", "terminated", "ended"),
    "terminated": ("terminated", "termination", "ended", "cancelled"),
    "approved": ("approved", "approval"),
    "refunded": ("refunded", "refund"),
    "login": ("login", "logged", "seen", "active"),
    "assigned": ("assigned", "assignment"),
    "fulfilled": ("fulfilled", "shipped", "delivered"),
    "processed": ("processed", "completed"),
    "serviced": ("serviced", "service", "maintenance"),
}
DATED: dict[str, tuple[str, ...]] = {}
for _line in TABLE.strip().splitlines():
    _said, _columns = _line.split("|")
    for _word in _said.split():
        DATED.setdefault(_word, tuple(stem(part) for part in " ".join(_columns.split()).split()))
PLAIN = frozenset(map(stem, ("date", "time", "day", "at", "on", "dt", "year", "key", "month")))
LIGHT = frozenset({"up", "out", "in", "off"})
# What the day is called on which something was over.
OVER = frozenset(
    map(
        stem,
        bag(
            "left leave cancel cancelled canceled end ended closed close cls terminated termination quit exit departed departure until resigned"
            " exited retired decommissioned deactivated withdrawn scrapped disposed"
        ),
    )
)


def told(view: ColumnView, lower: tuple[str, ...], before: int) -> tuple[int, int, str] | None:
    """The word that says what a date is the date of: its place (-1 after ``before``), how near the date is to it, and the word; None for none.

    Of two such words the one nearest before the period counts: of paid invoices issued in May the issue date is meant.
    """
    words = set(view.stems) - PLAIN
    joined = "_".join(one for one in view.stems if one not in PLAIN)
    found = []
    for i, word in enumerate(lower):
        for rank, one in enumerate(DATED.get(word, ())):
            if one in words or one == joined or (len(words) == 2 and joined == "check_in" and one == "checkin"):
                found.append((i if i < before else -1, -rank, word))
                break
    if not found:
        return None
    place, rank, word = max(found)
    return place, -rank, word
