"""Many users under one policy, and what each of them must get: data, roles and queries, with the answers worked out in Python alone."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = tuple[Any, ...]
    Answer = Callable[["Seen"], list[Row]]

SALT = "crowd"
REGIONS, TEAMS = ("N", "S", "E", "W"), tuple(f"t{number}" for number in range(12))
ROLES = ("own", "region", "team", "clerk", "boss")
QUOTA = "quota = { concurrent = 3, per_minute = 400, rows = 50000 }"
# What stands for a refusal among the answers.
REFUSED = "refused"
POLICY = f"""
v = 1
connections = ["shop"]
salt = "env:CROWD_SALT"

[roles.own]
members = ["claim:kind=own"]
{QUOTA}
[roles.own.tables.orders]
rows = "owner = :user"
[roles.own.tables.customers]
rows = "owner = :user"
mask = {{ email = "hash" }}

[roles.region]
members = ["claim:kind=region"]
{QUOTA}
[roles.region.tables.orders]
rows = "region = :region"
[roles.region.tables.customers]
rows = "region = :region"
mask = {{ email = {{ partial = 3 }} }}

[roles.team]
members = ["claim:kind=team"]
{QUOTA}
[roles.team.tables.orders]
rows = "team IN (:teams)"
[roles.team.tables.customers]
rows = "team IN (:teams)"
mask = {{ email = "null" }}

[roles.clerk]
members = ["claim:kind=clerk"]
{QUOTA}
[roles.clerk.tables.orders]
rows = "owner = :user"
mask = {{ total = {{ bucket = 100 }} }}
[roles.clerk.tables.customers]
rows = "owner = :user"
mask = {{ email = {{ constant = "-" }} }}

[roles.boss]
members = ["claim:kind=boss"]
default = "allow"
"""


@dataclass(frozen=True)
class Seen:
    """The rows of one user: orders are (id, customer, owner, region, team, total), customers (id, owner, region, team, email)."""

    user: str
    boss: bool
    orders: list[Row]
    customers: list[Row]


class Crowd:
    """``count`` users of mixed roles, and rows of each of them."""

    def __init__(self, count: int, orders: int = 6, customers: int = 2) -> None:
        self.users = [self._user(number) for number in range(count)]
        place = {one.user: (REGIONS[i % len(REGIONS)], TEAMS[i % len(TEAMS)]) for i, one in enumerate(self.users)}
        self.customers = [
            (i + 1, (who := self.users[i % count].user), *place[who], f"mail{i:04d}@x.org" if i % 5 else None)
            for i in range(count * customers)
        ]
        self.orders = [
            (i + 1, i % len(self.customers) + 1, (who := self.users[i % count].user), *place[who], (i * 37) % 1000)
            for i in range(count * orders)
        ]

    def statements(self) -> list[str]:
        """What makes the tables, in SQL of any engine."""
        made = [
            "CREATE TABLE customers (id INTEGER PRIMARY KEY, owner VARCHAR(20), region VARCHAR(2), team VARCHAR(4), email VARCHAR(40))",
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, owner VARCHAR(20), region VARCHAR(2), team VARCHAR(4), total INTEGER)",
            "CREATE TABLE secrets (code VARCHAR(20))",
            "INSERT INTO secrets VALUES ('crown jewels')",
        ]
        for name, rows in (("customers", self.customers), ("orders", self.orders)):
            for start in range(0, len(rows), 500):
                values = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows[start : start + 500])
                made.append(f"INSERT INTO {name} VALUES {values}")
        return made

    def seen(self, who: Identity) -> Seen:
        """What a user may see, by the words of the policy, worked out without it."""
        kind, region, teams = str(who.claim("kind")), who.claim("region"), who.claim("teams")
        mine: dict[str, Callable[[str, str, str], bool]] = {
            "own": lambda owner, _region, _team: owner == who.user,
            "clerk": lambda owner, _region, _team: owner == who.user,
            "region": lambda _owner, place, _team: place == region,
            "team": lambda _owner, _region, team: isinstance(teams, tuple) and team in teams,
            "boss": lambda _owner, _region, _team: True,
        }
        fits = mine[kind]
        orders = [(*row[:5], row[5] // 100 * 100 if kind == "clerk" else row[5]) for row in self.orders if fits(*row[2:5])]
        customers = [(*row[:4], _email(kind, row[4])) for row in self.customers if fits(*row[1:4])]
        return Seen(who.user, kind == "boss", orders, customers)

    def _user(self, number: int) -> Identity:
        kind = "boss" if number % 25 == 24 else ROLES[number % 4]
        claims = (("kind", kind), ("region", REGIONS[number % 4]), ("teams", (TEAMS[number % 12], TEAMS[(number + 5) % 12])))
        return Identity(f"u{number}", ("staff",), claims)


def _literal(value: object) -> str:
    return "NULL" if value is None else f"'{value}'" if isinstance(value, str) else str(value)


def _email(kind: str, email: str | None) -> str | None:
    if email is None or kind == "team":
        return None
    if kind == "own":
        return hashlib.sha256((SALT + email).encode()).hexdigest()
    return {"region": f"***{email[-3:]}", "clerk": "-"}.get(kind, email)


def _sums(rows: list[Row], by: int, of: int) -> list[Row]:
    found: defaultdict[Any, list[int]] = defaultdict(list)
    for row in rows:
        found[row[by]].append(row[of])
    return [(key, len(values), sum(values)) for key, values in found.items()]


def _joined(seen: Seen) -> list[Row]:
    customers = {row[0]: row for row in seen.customers}
    return [(row[0], row[2], customers[row[1]][1], customers[row[1]][4]) for row in seen.orders if row[1] in customers]


def _running(seen: Seen) -> list[Row]:
    total, made = 0, []
    for row in sorted(seen.orders):
        total += row[5]
        made.append((row[0], total))
    return made


def _ranked(seen: Seen) -> list[Row]:
    best: dict[str, Row] = {}
    for row in sorted(seen.orders, key=lambda row: (-row[5], row[0])):
        best.setdefault(row[2], row)
    return [(row[2], row[0], row[5]) for row in best.values()]


# Each query and its answer; :me is who asks. The first is the last too, so that what another user left in a cache would be given.
QUERIES: tuple[tuple[str, Answer], ...] = (
    ("SELECT * FROM orders", lambda seen: seen.orders),
    ("SELECT * FROM customers", lambda seen: seen.customers),
    ("SELECT id, owner FROM orders WHERE total > 500", lambda seen: [(row[0], row[2]) for row in seen.orders if row[5] > 500]),
    ("SELECT count(*) AS n, sum(total) AS t FROM orders", lambda seen: [(len(seen.orders), sum(row[5] for row in seen.orders))]),
    ("SELECT region, count(*) AS n, sum(total) AS t FROM orders GROUP BY region", lambda seen: _sums(seen.orders, 3, 5)),
    ("SELECT owner, count(*) AS n, sum(total) AS t FROM orders GROUP BY owner", lambda seen: _sums(seen.orders, 2, 5)),
    ("SELECT DISTINCT owner FROM orders", lambda seen: sorted({(row[2],) for row in seen.orders})),
    ("SELECT o.id, o.owner, c.owner AS of, c.email FROM orders o JOIN customers c ON c.id = o.customer", _joined),
    ("WITH mine AS (SELECT * FROM orders) SELECT max(id) AS m, min(owner) AS o FROM mine", lambda seen: [(max(row[0] for row in seen.orders), min(row[2] for row in seen.orders))]),
    ("SELECT id, owner FROM orders WHERE owner <> :me", lambda seen: [(row[0], row[2]) for row in seen.orders if row[2] != seen.user]),
    ("SELECT id, sum(total) OVER (ORDER BY id) AS s FROM orders", _running),
    ("SELECT owner, id, total FROM (SELECT *, row_number() OVER (PARTITION BY owner ORDER BY total DESC, id) AS r FROM orders) x WHERE r = 1", _ranked),
    ("SELECT owner FROM orders UNION SELECT owner FROM customers", lambda seen: sorted({(row[2],) for row in seen.orders} | {(row[1],) for row in seen.customers})),
    ("SELECT id FROM customers EXCEPT SELECT customer FROM orders", lambda seen: [(i,) for i in {row[0] for row in seen.customers} - {row[1] for row in seen.orders}]),
    ("SELECT email, count(*) AS n FROM customers GROUP BY email", lambda seen: list(Counter(row[4] for row in seen.customers).items())),
    ("SELECT id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer = c.id AND o.total >= 400)", lambda seen: [(i,) for i in {row[0] for row in seen.customers} & {row[1] for row in seen.orders if row[5] >= 400}]),
    ("SELECT code FROM secrets", lambda seen: [("crown jewels",)] if seen.boss else [(REFUSED,)]),
    ("SELECT id, owner FROM customers WHERE email LIKE 'mail0%'", lambda seen: [(row[0], row[1]) for row in seen.customers if (row[4] or "").startswith("mail0")]),
    ("SELECT count(*) AS n FROM orders WHERE 1 = 1 OR owner = :me", lambda seen: [(len(seen.orders),)]),
    ("SELECT * FROM orders", lambda seen: seen.orders),
)  # fmt: skip
