"""A number as a reader wants it: short in a sentence, exact in a table cell's title."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from aiser_jupyter.errors import UsageError
from aiser_jupyter.format.noun import singular

Style = Literal["short", "exact"]
Number = int | float | Decimal

MINUS = "\u2212"
NARROW_SPACE = "\u202f"
NOTHING = "–"
CURRENCIES = frozenset("$€£¥₹₩₽₺₴₪฿₫₦R₱")
SCALES = ((12, "tn"), (9, "bn"), (6, "M"), (3, "k"))
# A double holds 15 to 17 digits; the last ones are noise of the binary form, such as 0.30000000000000004.
EXACT_DIGITS = 14


def text(value: Number | None, *, unit: str = "", style: Style = "short", signed: bool = False, locale: str = "en") -> str:
    """``value`` in words: ``$13.5M``, ``12.4 %``, ``8,730 orders``, ``169k``; ``–`` for None and NaN.

    ``unit`` is a currency sign, ``%`` (value in percent), ``share`` (value between 0 and 1, written in percent), ``pp`` or a plural noun. ``short``
    keeps three significant digits, whole numbers below 10,000 as they are; ``exact`` keeps all. ``signed`` writes the plus. Only ``en`` is there.
    """
    if locale != "en":
        raise UsageError(f"There is no number format for locale {locale!r}.", hint="Use en.")
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return NOTHING
    if isinstance(value, float) and math.isinf(value):
        return MINUS + "∞" if value < 0 else "∞"
    exact = significant(decimal(value), EXACT_DIGITS) if isinstance(value, float) else decimal(value)
    if unit == "share":
        exact, unit = exact * 100, "%"
    digits = percent_digits if unit in {"%", "pp"} else short_digits
    size = digits(abs(exact)) if style == "short" else plain(abs(exact), abs(exact))
    below = exact < 0 and any(c in "123456789" for c in size)
    sign = MINUS if below else "+" if signed and exact > 0 else ""
    if unit in CURRENCIES:
        size = size + "0" if re.search(r"\.\d$", size) else size  # cents have two digits
        return f"{sign}{unit}{size}"
    if unit in {"%", "pp"}:
        return f"{sign}{size}{NARROW_SPACE}{unit}"
    return f"{sign}{size} {singular(unit) if size == '1' else unit}" if unit else f"{sign}{size}"


def decimal(value: Number) -> Decimal:
    """The decimal a reader sees: the shortest one that reads back as ``value``."""
    return value if isinstance(value, Decimal) else Decimal(repr(float(value)) if isinstance(value, float) else int(value))


def short_digits(size: Decimal) -> str:
    """Three significant digits with k, M, bn or tn from 10,000 on; thousands separators below, where a suffix saves nothing."""
    rounded = significant(size, 3)
    if rounded < 10_000:
        return plain(size.quantize(Decimal(1), ROUND_HALF_UP) if size >= 1000 else rounded, size)
    power, suffix = next((p, s) for p, s in SCALES if rounded >= 10**p)
    return plain(rounded.scaleb(-power), size.scaleb(-power)) + suffix


def percent_digits(size: Decimal) -> str:
    """One decimal below 20, none above; never rounded to 0 or 100 when it is neither."""
    places = 1 if size < 20 else 0
    rounded = places_kept(size, places)
    while rounded in {0, 100} and rounded != size and places < EXACT_DIGITS:
        places += 1
        rounded = places_kept(size, places)
    return plain(rounded, size)


def places_kept(size: Decimal, places: int) -> Decimal:
    """``size`` rounded half up to that many decimals."""
    return size.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def significant(size: Decimal, digits: int) -> Decimal:
    """``size`` rounded half up to that many significant digits."""
    if not size:
        return size
    rounded = size.quantize(Decimal(1).scaleb(size.adjusted() - digits + 1), ROUND_HALF_UP)
    # 999.7 becomes 1000, which has one digit more than was asked for.
    return rounded.quantize(Decimal(1).scaleb(rounded.adjusted() - digits + 1), ROUND_HALF_UP)


def plain(shown: Decimal, size: Decimal) -> str:
    """Digits with separators; zeros at the end say how far a rounded number is known, so an exact one loses them."""
    digits = f"{shown:,f}"
    return digits.rstrip("0").rstrip(".") if "." in digits and shown == size else digits
