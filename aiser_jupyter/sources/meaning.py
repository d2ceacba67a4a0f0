"""What text means: numbers, money, shares, days, moments, truth values, each a pattern, an exact test and a cast in SQL.

A pattern is written so that Python and DuckDB (RE2) read it alike. In the SQL of a meaning ``v`` is the trimmed cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product

# Currencies by sign and by code; those that are counted in thousandths (KWD, BHD, TND …) are left out: 1.234 of them is a price.
SIGNS = "[$€£¥₹₽₩₺₫₪฿]|US[$]|R[$]|zł|Kč|kr"
CODES = "USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BRL|MXN|ZAR|RUB|TRY|KRW|SGD|HKD|THB|ILS|AED|SAR"
CURRENCY = f"({SIGNS}|{CODES})"
_GAP = "[   ]"  # a plain, a fixed and a narrow space
_MINUS = "[-−]"

# Numbers of a point or comma country: groups of three, or none.
_FORMS = {
    "point": "((0|[1-9][0-9]*|[1-9][0-9]{0,2}([,'’   ][0-9]{3})+)([.][0-9]+)?|[.][0-9]+)",
    "comma": "((0|[1-9][0-9]*|[1-9][0-9]{0,2}([.'’   ][0-9]{3})+)(,[0-9]+)?|,[0-9]+)",
}

# Names over numbers that are none: nobody adds them up, and a leading zero counts.
CODE_NAME = re.compile(
    r"(?i)(^|[^a-z])(zip|zip ?code|post ?code|postal ?code|plz|phone|phone ?(no|number)?|telephone|tel|mobile|fax|iban|ssn|ean|gtin|upc|isbn)([^a-z]|$)"
)
_DAY_NAME = re.compile(r"(?i)(^|[^a-z])(date|day|datum|dt|fecha|jour)([^a-z]|$)|date$")


@dataclass(frozen=True)
class Meaning:
    """A reading of a column: ``pattern`` that each cell matches, ``fits`` an exact test and ``cast`` the value in SQL, and what is told of it.

    ``family`` names readings of which only one can be right; ``order`` is preference among the rest, least first.
    """

    name: str
    pattern: str
    cast: str
    fits: str = ""
    family: str = ""
    note: str = ""
    order: int = 0

    @cached_property
    def matcher(self) -> re.Pattern[str]:
        """The pattern, compiled: a cell that it matches in full can be read so, by its pattern alone."""
        return re.compile(self.pattern)

    def test(self, cell: str) -> str:
        """The exact test of ``cell``, an SQL expression."""
        exact = f" AND {self.fits}" if self.fits else ""
        return placed(f"(regexp_full_match(v, {quoted(self.pattern)}){exact})", cell)

    def value(self, cell: str) -> str:
        """The value of ``cell``, an SQL expression."""
        return placed(self.cast, cell)


def quoted(text: str) -> str:
    """``text`` as SQL."""
    return "'" + text.replace("'", "''") + "'"


def placed(expression: str, cell: str) -> str:
    """``expression`` with ``cell`` where ``v`` stands for it."""
    return re.sub(r"(?<![\w'%])v(?![\w'(])", lambda _: cell, expression)


# The sign and the digits of a number, as DuckDB reads them, by the mark before its fraction.
_SIGN = f"CASE WHEN regexp_matches(v, '{_MINUS}|[(]') THEN '-' ELSE '' END"
PLAIN = {
    "point": f"({_SIGN} || regexp_replace(v, '[^0-9.]', '', 'g'))",
    "comma": f"({_SIGN} || replace(regexp_replace(v, '[^0-9,]', '', 'g'), ',', '.'))",
}
_DIGITS = "(0|[1-9][0-9]{0,14})"
_MANTISSA = "regexp_replace(regexp_replace(v, '[eE].*$', ''), '^[-+]?[0.]*|[^0-9]', '', 'g')"
_TIME = "[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
_ISO = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_ZONE = " ?(Z|[-+][0-9]{2}(:?[0-9]{2})?)"

# Of each language the words for true, then those for false; single letters say it only where both are there.
TRUTH = (("true", "yes", "y", "ja", "oui", "sí", "si", "wahr", "vrai"), ("false", "no", "n", "nein", "non", "falsch", "faux"))
_TRUTH_PATTERNS = ("true|false", "yes|no", "y|n", "ja|nein", "oui|non", "s[ií]|no", "wahr|falsch", "vrai|faux")

SIMPLE: tuple[Meaning, ...] = (
    *(
        Meaning(
            "boolean",
            f"(?i:{words})",
            f"(lower(v) IN ({', '.join(map(quoted, TRUTH[0]))}))",
            note="" if words == "true|false" else f"truth value ({words.replace('|', '/')})",
            order=0,
        )
        for words in _TRUTH_PATTERNS
    ),
    Meaning("integer", "[-+]?(0|[1-9][0-9]{0,17})", "v::BIGINT", order=1),
    Meaning("integer", "[-+]?(0|[1-9][0-9]{0,37})", "v::DECIMAL(38, 0)", note="whole number, exact to 38 digits", order=2),
    Meaning(
        "number",
        f"[-+]?({_DIGITS}([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]{{1,3}})?",
        "v::DOUBLE",
        # A double keeps 17 digits; one that is too large becomes infinite, one that is too small nothing: neither is what was written.
        f"(CASE WHEN length(v) <= 15 AND NOT contains(lower(v), 'e') THEN true ELSE isfinite(try_cast(v AS DOUBLE)) "
        f"AND (try_cast(v AS DOUBLE) <> 0 OR {_MANTISSA} = '') AND length({_MANTISSA}) <= 17 END)",
        order=3,
    ),
    Meaning("date", _ISO, "v::DATE", "try_cast(v AS DATE) IS NOT NULL", order=5),
    Meaning("timestamp", f"{_ISO}[ T]{_TIME}", "v::TIMESTAMP", "try_cast(v AS TIMESTAMP) IS NOT NULL", order=5),
    Meaning("timestamp", f"{_ISO}[ T]{_TIME}{_ZONE}", "v::TIMESTAMPTZ", "try_cast(v AS TIMESTAMPTZ) IS NOT NULL", order=5),
    Meaning("time", "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?", "v::TIME", "try_cast(v AS TIME) IS NOT NULL", order=5),
)


@cache
def days() -> tuple[Meaning, ...]:
    """Days and moments in every order of their parts; of those that fit a column, all must agree on the order."""
    clocks = (
        ("", "", "DATE"),
        (" %H:%M", " [0-9]{1,2}:[0-9]{2}", "TIMESTAMP"),
        (" %H:%M:%S", " [0-9]{1,2}:[0-9]{2}:[0-9]{2}", "TIMESTAMP"),
        (" %I:%M %p", " [0-9]{1,2}:[0-9]{2} [AaPp][Mm]", "TIMESTAMP"),
        (" %I:%M:%S %p", " [0-9]{1,2}:[0-9]{2}:[0-9]{2} [AaPp][Mm]", "TIMESTAMP"),
    )
    found = []
    for (form, pattern, order), (clock, more, kind) in product(_orders(), clocks):
        parsed = f"try_strptime(v, '{form}{clock}')"
        name = "date" if kind == "DATE" else "timestamp"
        said = "" if order == "ymd" else f"{name}, {_SPOKEN[order]}"
        found.append(Meaning(name, pattern + more, f"{parsed}::{kind}", f"{parsed} IS NOT NULL", f"{order}", said, 6))
    return tuple(found)


_SPOKEN = {
    "dmy": "day first",
    "mdy": "month first",
    "named": "month by name",
    "ymd2": "year first",
    "dmy2": "day first",
    "mdy2": "month first",
}


def _orders() -> list[tuple[str, str, str]]:
    """Format, pattern and order of a day's parts."""
    found = [("%Y/%m/%d", "[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}", "ymd"), ("%Y.%m.%d", "[0-9]{4}[.][0-9]{1,2}[.][0-9]{1,2}", "ymd")]
    found += [("%d.%m.%Y", "[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}", "dmy")]
    two = "[0-9]{1,2}"
    for mark in "/-":
        whole = f"{two}{mark}{two}{mark}[0-9]{{4}}"
        found += [(f"%d{mark}%m{mark}%Y", whole, "dmy"), (f"%m{mark}%d{mark}%Y", whole, "mdy")]
    for mark, pattern in (("/", "/"), ("-", "-"), (".", "[.]")):
        short = f"{two}{pattern}{two}{pattern}[0-9]{{2}}"
        found += [(f"%d{mark}%m{mark}%y", short, "dmy2")]
        if mark != ".":
            found += [(f"%m{mark}%d{mark}%y", short, "mdy2"), (f"%y{mark}%m{mark}%d", f"[0-9]{{2}}{pattern}{two}{pattern}{two}", "ymd2")]
    for month in "bB":
        word = "[A-Za-z]{3}" if month == "b" else "[A-Za-z]{3,9}"
        for mark, pattern in ((" ", " "), ("-", "-"), ("/", "/")):
            found.append((f"%d{mark}%{month}{mark}%Y", f"{two}{pattern}{word}{pattern}[0-9]{{4}}", "named"))
            found.append((f"%d{mark}%{month}{mark}%y", f"{two}{pattern}{word}{pattern}[0-9]{{2}}", "named"))
        found.append((f"%{month} %d, %Y", f"{word} {two}, [0-9]{{4}}", "named"))
        found.append((f"%d. %{month} %Y", f"{two}[.] {word} [0-9]{{4}}", "named"))
    return found


def compact_days(header: str) -> tuple[Meaning, ...]:
    """Eight digits as a day, where the column is called one."""
    if not _DAY_NAME.search(header):
        return ()
    parsed = "try_strptime(v, '%Y%m%d')"
    fits = f"({parsed} IS NOT NULL AND year({parsed}) BETWEEN 1900 AND 2100)"
    return (Meaning("date", "(19|20)[0-9]{6}", f"{parsed}::DATE", fits, note="date, eight digits", order=0),)


@cache
def numbers(mark: str) -> tuple[Meaning, ...]:
    """Numbers with a decimal ``mark`` (point, comma) that are written for people: in groups, as money, as a share, negative in brackets."""
    form = _FORMS[mark]
    sign = f"[-+−]?{_GAP}?"
    body = f"{sign}{form}{_MINUS}?"
    # The currency before or after, the sign on either side of it.
    money = f"{sign}({CURRENCY}{_GAP}?)?{body}({_GAP}?{CURRENCY})?{_MINUS}?"
    said = "decimal comma" if mark == "comma" else "decimal point"
    share = f"({PLAIN[mark]} || 'e-2')::DOUBLE"  # the nearest double to what was written, which dividing by 100 is not
    return (
        Meaning("grouped", body, PLAIN[mark], family=mark, note=f"number, {said}", order=4),
        Meaning("money", f"({money}|[(]{_GAP}?{money}{_GAP}?[)])", PLAIN[mark], family=mark, note=f"money, {said}", order=5),
        Meaning("share", f"{body}{_GAP}?%", share, family=mark, note="share of one, from per cent", order=5),
    )
