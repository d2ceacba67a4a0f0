"""Verbs that only say how rows belong together: tenants who signed leases, contractors a job was sent to, money that came in.

The join of a query, or the table of what happened, is all that such a verb tells. Where the data has the word itself, as a stored value, a flag, a date
or a name, it says more than that: then it is no such verb. This is the one place for them; which of them say nothing of their own even without a join
is in ``LIGHT``.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar.measures import amount
from aiser_jupyter.ask.plan import ColumnRef, Formula, Item, Plan
from aiser_jupyter.ask.semantic.heed import parts
from aiser_jupyter.ask.sql.render import leaves, tables_of
from aiser_jupyter.ask.words import bag, kin, stem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.catalog import Key

# The plain form; then those that no ending makes.
VERBS = """
sign; book; give gave given; take took taken; handle; send sent; look; come came; attend; join; make made; place; have had has; get got gotten; do did done
go went gone; bring brought; see saw seen; treat; visit; teach taught; drive drove driven; fly flew flown; fix; repair; service; run ran; operate; manage
supply supplied supplies; provide; deliver; carry carried carries; own; hold held; keep kept; work; serve; cover; contain; include; involve; feature
belong; use; buy bought; sell sold; order; purchase; rent; lease; hire; borrow; lend lent; play; write wrote written; record; produce; publish
perform; conduct; organise; organize; host; lead led; oversee oversaw overseen; supervise; coach; train; look; care; support; represent; assist; help
prescribe; perform; administer; examine; inspect; check; test; assemble; build built; install; maintain; process; pack; load; ship; haul; transport
enroll enrol; register; subscribe; apply applied applies; submit; file; lodge; raise; report; request; log; open; issue; contribute; donate; pledge; spend spent
earn; collect; receive; bill; charge; invoice; generate; pay paid; bring; gain; win won; lose lost; owe; grant; award; offer; live; stay; base; locate; reside
assign; allot; allocate; post; station; employ; engage; contract; recruit; staff; find found; exist; happen; occur; appear; feed fed; show shown; create; add
"""
# These say nothing of their own in any question that is read.
LIGHT = bag(
    "have has had get gets got do does did done go goes went gone come comes came run runs running make makes made take takes took taken give gives given"
    " bring brings brought see sees seen work works worked hold holds held place placed exist exists existing use uses used using serve serves served"
    " cover covers covered contain contains contained include includes included involve involves feature features supply supplies carry carries offer offers"
    " attend attends employ employs handle handled own owns owned belong belongs live lives living locate located base based record recorded found generate generated"
)
# What is done with money: it tells that an amount is added up.
MONEY = bag("collect receive bill charge invoice raise earn spend pay donate contribute gain generate bring take come make give owe book")
GOT, ASKED = bag("collect receive earn raise pay"), bag("bill charge invoice")  # money that came in, and money that was asked for
PAID = frozenset(map(stem, bag("payment paid receipt received collected gift donation pay collection deposit")))
# Denied, they tell a state that the data must hold: parts that were not delivered yet are not those that nothing was made of.
STATES = bag(
    "deliver ship pay open process issue file submit fix repair check inspect install collect receive bill invoice charge assign apply publish"
    " examine test report log subscribe build assemble load pack hire recruit train"
)
# Goods that go from one to another: that there is a day for it says no more of them, where nothing denies it.
MOVED = bag("shipped delivered sent issued received filed")
DENIED, AUXILIARY, NEAR = bag("never not nobody"), bag("have has had do does did get got"), 4
PARTICLES = bag("after in to up out off for with by through over on")


def _inflected(base: str) -> tuple[str, ...]:
    """The regular forms of a verb."""
    if base.endswith("e"):
        return base, f"{base}s", f"{base}d", f"{base[:-1]}ing"
    if base.endswith("y") and base[-2] not in "aeo":
        return base, f"{base[:-1]}ies", f"{base[:-1]}ied", f"{base}ing"
    sibilant = "es" if base.endswith(("s", "sh", "ch", "x", "z", "o")) else "s"
    doubled = base[-1] if len(base) <= 4 and base[-1] in "gntpb" and base[-2] in "aeiou" and base[-3:-2] not in "aeiou" else ""
    return base, f"{base}{sibilant}", f"{base}{doubled}ed", f"{base}{doubled}ing", f"{base}ed", f"{base}ing"


@cache
def forms() -> dict[str, str]:
    """Every form of the verbs, with the plain one."""
    found: dict[str, str] = {}
    for row in VERBS.replace("\n", ";").split(";"):
        base, *others = row.split() or [""]
        for word in (*_inflected(base), *others) if base else ():
            found.setdefault(word, base)
    return found


def verb(linked: Linked, place: int) -> bool:
    """Whether a word of the question is a verb of a relation that the data has no word of its own for."""
    word = linked.question.lower[place]
    return word in LIGHT or (word in forms() and not _told(linked.schema, word))


def _told(schema: Schema, word: str) -> bool:
    """Whether a stored value of few, a flag, a date or a column of kinds is called by the verb or by a word of its root."""
    kept = schema.verbs_told
    if word not in kept:
        root, base = stem(word), forms().get(word, word)
        roots = {root, stem(base), base}
        views = [
            view
            for view in schema.columns
            if view.temporal or (view.type in ("boolean", "text") and view.distinct <= KINDS) or view.numeric
        ]
        kept[word] = any(_rooted(roots, view.stems) for view in views) or _stored(schema, word)
    return kept[word]


def _stored(schema: Schema, word: str) -> bool:
    """Whether a stored value of few is the verb, or has a word of its root."""
    if (known := schema.verbs_told.get(f"={word}")) is not None:
        return known
    base = forms().get(word, word)
    told = (kinds for ref, kinds in schema.kinds.items() if len(kinds) <= KINDS and ref not in schema.table(ref.table).display)
    values = (value for kinds in told for value in kinds if len(value) <= LONGEST)
    said = (value.casefold().replace("-", " ").replace("_", " ").split() for value in values)
    # Of several words one must be the verb as it stands: who teaches is no teaching fellow.
    found = schema.verbs_told[f"={word}"] = any(
        _rooted({stem(word), stem(base), base}, map(stem, words)) if len(words) == 1 else word in words for words in said
    )
    return found


KINDS, LONGEST = 12, 24  # distinct values up to which a column tells states, and letters of a value that is a word or two


def _rooted(roots: set[str], words: Iterable[str]) -> bool:
    return any(word in roots or any(kin(root, word) for root in roots) for word in words)


def explained(linked: Linked, plan: Plan) -> frozenset[int]:
    """The verbs of the question, with their particles, that the joins or the sums of a plan explain."""
    lower = linked.question.lower
    verbs = [i for i, word in enumerate(lower) if word in LIGHT or word in forms()]
    if not verbs:
        return frozenset()
    tables = {name for part in parts(plan) if isinstance(part, Plan) for name in tables_of(part)} & set(linked.schema.table_index)
    joined, summed = _joined(linked.schema, tables), _summed(linked.schema, plan)
    held = [part for part in parts(plan) if isinstance(part, ColumnRef) and part in linked.schema.index]
    named = {word for ref in held for word in linked.schema.view(ref).stems}
    found = set()
    for i in verbs:
        base = forms().get(lower[i], lower[i])
        before = lower[max(0, i - NEAR) : i]
        if (base in STATES or (base == "send" and "been" in before)) and any(w in DENIED or w.endswith("n't") for w in before):
            continue
        moved = lower[i] in MOVED and not _stored(linked.schema, lower[i])
        meant = moved or (verb(linked, i) and _meant(linked.schema, base, tables))
        related = joined and meant and not (summed and base in ASKED | GOT)
        if lower[i] in LIGHT or related or _rooted({base, stem(base)}, named) or (base in MONEY and _money(linked.schema, base, summed)):
            found.add(i)
            if i + 1 < len(lower) and lower[i + 1] in PARTICLES:
                found.add(i + 1)
    return frozenset(found)


def happened(linked: Linked, table: str) -> str:
    """What never happened to the things of ``table``, where a verb of a relation alone says it: the one table that points there; empty for none or several."""
    lower = linked.question.lower
    denied = next((i for i, word in enumerate(lower) if word in DENIED or word.endswith("n't")), len(lower))
    if not any(verb(linked, i) and lower[i] not in AUXILIARY for i in range(denied + 1, min(len(lower), denied + NEAR + 1))):
        return ""
    shown = linked.schema.table_index
    pointing = {key.table for key in linked.schema.catalog.keys if key.ref_table == table != key.table and key.table in shown}
    called = {
        name
        for name in pointing
        for i in range(denied, len(lower))
        if verb(linked, i) and _rooted({forms().get(lower[i], lower[i])}, linked.schema.table(name).stems)
    }
    found = called or pointing
    return next(iter(found)) if len(found) == 1 else ""


def words(linked: Linked, plan: Plan) -> frozenset[str]:
    """The verbs that ``plan`` explains, in lower case."""
    return frozenset(linked.question.lower[i] for i in explained(linked, plan))


def _meant(schema: Schema, base: str, tables: set[str]) -> bool:
    """Whether a table that is called by the verb, such as bookings of what was booked, is among those that are read; or none is called so."""
    called = {view.name for view in schema.tables if _rooted({base, stem(base)}, view.stems)}
    return not called or bool(called & tables)


def _joined(schema: Schema, tables: set[str]) -> bool:
    """Whether tables are joined by the only road between them, or tell what happened to something: dated rows that point to another table."""
    if len(tables) > 1:
        used = [key for key in schema.catalog.keys if {key.table, key.ref_table} <= tables and key.table != key.ref_table]
        return not any(schema.graph.parallel(key) or _bridged(schema, key, tables) for key in used)
    return any(schema.table(name).parents and any(schema.columns[i].temporal for i in schema.table(name).columns) for name in tables)


def _bridged(schema: Schema, key: Key, tables: set[str]) -> bool:
    """Whether rows of a table that is not read point to both ends of a key: who leads an order and who worked on it are two."""
    beyond = {other.table for other in schema.catalog.keys if other.ref_table == key.table} - tables
    return any(other.table in beyond and other.ref_table == key.ref_table for other in schema.catalog.keys)


def _summed(schema: Schema, plan: Plan) -> list[ColumnRef]:
    """The columns of money that a plan adds up."""
    items = [part for part in parts(plan) if isinstance(part, Item) and part.aggregate in ("sum", "avg", "median", "max", "min")]
    refs = [leaf for item in items for leaf in leaves(item.expression) if isinstance(leaf, ColumnRef) and leaf in schema.index]
    return [ref for ref in refs if amount(schema.view(ref))] if not any(isinstance(i.expression, Formula) for i in items) else refs


def _money(schema: Schema, base: str, summed: list[ColumnRef]) -> bool:
    """Whether what is added up is the money that the verb speaks of: what was collected is what was paid, where the data tells it from what was due."""
    if not summed:
        return False

    def paid(ref: ColumnRef) -> bool:
        return bool({*schema.view(ref).stems, *schema.table(ref.table).stems} & PAID)

    others = [view.ref for view in schema.columns if amount(view) and paid(view.ref)]
    if base in GOT:
        return any(map(paid, summed)) or not others
    return base not in ASKED or not any(map(paid, summed))
