"""What the parts of an identifier stand for: usual abbreviations, and words written together."""

from __future__ import annotations

import re
from functools import cache

ABBREVIATIONS = {
    "num": "number", "no": "number", "nbr": "number", "qty": "quantity", "desc": "description", "dept": "department", "avg": "average",
    "amt": "amount", "addr": "address", "dob": "birth date", "fname": "first name", "lname": "last name", "yr": "year", "pct": "percent",
    "emp": "employee", "cust": "customer", "prod": "product", "cat": "category", "lang": "language", "min": "minimum", "max": "maximum",
    "stu": "student", "tel": "telephone", "org": "organization", "lat": "latitude", "long": "longitude", "lng": "longitude",
    "temp": "temperature", "acc": "account", "acct": "account", "inv": "invoice", "mgr": "manager", "ref": "reference", "temporary": "temporary",
    "pop": "population", "img": "image", "uid": "user id", "msg": "message", "loc": "location", "ht": "height", "wt": "weight", "hrs": "hours",
    "dest": "destination", "firstname": "first name", "lastname": "last name", "birthdate": "birth date", "middlename": "middle name",
    "oid": "order id", "pid": "product id", "cid": "customer id", "zipcode": "zip code", "phonenumber": "phone number", "sku": "sku",
    "nm": "name", "nme": "name", "dt": "date", "dte": "date", "typ": "type", "tp": "type", "cd": "code", "stat": "status", "sts": "status", "stts": "status",
    "pt": "patient", "ptnt": "patient", "appt": "appointment", "apt": "appointment", "prov": "provider", "dx": "diagnosis", "rx": "prescription",
    "ins": "insurance", "spec": "specialty", "dur": "duration", "bldg": "building", "drv": "driver", "chg": "charge", "cnt": "count",
    "usr": "user", "mth": "month", "mnth": "month", "wk": "week", "ctry": "country", "cntry": "country", "rgn": "region", "reg": "registration",
    "svc": "service", "srvc": "service", "flg": "flag", "dlv": "delivery", "dlvry": "delivery", "deliv": "delivery", "shp": "ship", "shpmt": "shipment",
    "sal": "salary", "disc": "discount", "amnt": "amount", "tot": "total", "ttl": "total", "bal": "balance", "tx": "transaction", "txn": "transaction", "trx": "transaction",
    "trans": "transaction", "pymt": "payment", "pmt": "payment", "lvl": "level", "qlty": "quality", "prio": "priority", "tkt": "ticket",
    "supp": "supplier", "suppl": "supplier", "splr": "supplier", "vend": "vendor", "vndr": "vendor", "ord": "order", "ordr": "order", "grp": "group",
    "whs": "warehouse", "whse": "warehouse", "prc": "price", "cst": "cost", "eml": "email", "gndr": "gender", "catg": "category", "ctgry": "category",
    "descr": "description", "cmpny": "company", "subs": "subscription", "bk": "booking", "bkg": "booking", "rsv": "reservation", "resv": "reservation",
    "veh": "vehicle", "mbr": "member", "empl": "employee", "clnt": "client", "hosp": "hospital", "diag": "diagnosis", "proc": "procedure", "mins": "minutes", "secs": "seconds",
    "rsn": "reason", "intvw": "interview", "cand": "candidate", "appl": "application", "src": "source", "yrs": "years", "qtr": "quarter", "rqst": "request",
    "checkin": "check in", "checkout": "check out", "signup": "signup", "sx": "sex", "trt": "treatment", "trmt": "treatment", "ts": "time",
    "frt": "freight", "frght": "freight", "rtn": "return", "rtrn": "return", "itm": "item", "hdr": "header", "mst": "master", "mstr": "master",
    "unt": "unit", "dsc": "discount", "dscnt": "discount", "lmt": "limit", "wgt": "weight", "crr": "carrier", "sls": "sales", "slsman": "salesman",
    "opn": "open", "dlr": "dealer",
}  # fmt: skip
# What a reader that weighs several meanings of a part takes them for, in place of the one above.
SEVERAL = {
    "dx": "diagnosis", "rx": "prescription", "tx": "transaction treatment", "dt": "date", "nm": "name", "cd": "code", "min": "minutes minimum",
    "ts": "time", "dob": "birth date born", "sup": "supply", "chg": "charge", "pymt": "payment", "bal": "balance", "hr": "hour", "ord": "order",
    "src": "source", "tgt": "target", "curr": "currency", "crn": "currency", "mrr": "mrr recurring revenue", "arr": "arr recurring revenue",
    "ad": "ad advertising advertisement", "csat": "csat satisfaction", "eta": "arrival", "sal": "salary", "nat": "nationality", "lic": "license", "veh": "vehicle", "wh": "warehouse",
}  # fmt: skip
# Nouns that are shortened to their consonants, the likeliest of those with the same ones alone: ``spcs``, ``ownr``, ``mthd``.
SHORTENED = """
    animal species owner clinic method deceased sex specialty city county center centre contract contact district driver doctor patient nurse
    student teacher course lesson class grade school subject title person people gender birthday nationality language market segment channel
    campaign source supplier vendor customer client member account branch region country address street phone mobile email website
    product brand model color colour material weight height width length volume quantity price discount margin revenue profit budget
    amount balance currency payment invoice receipt refund deposit credit debit interest premium policy claim coverage
    order shipment delivery carrier warehouse stock batch basket package container freight route vehicle vessel flight airport
    ticket priority severity category department division manager employee salary bonus position contractor technician mechanic
    project milestone task budget hours minutes seconds duration start finish deadline created updated closed opened cancelled completed
    status reason result outcome comment description note version number percent average total count level score rating review
    building floor room tenant landlord lease property unit bedroom bathroom parking
    machine plant factory operator shift defect sensor reading temperature pressure equipment maintenance inspection
    donor donation volunteer grant fund charity sponsor event venue session booking reservation guest hotel restaurant menu recipe
    author publisher genre artist album track playlist subscriber subscription membership plan license
    diagnosis procedure treatment medicine prescription allergy symptom hospital appointment laboratory specimen
    insurance beneficiary applicant candidate vacancy interview document signature registration enrollment attendance
    service request incident complaint feedback survey question answer response message
    period quarter month year date time place location latitude longitude latest oldest open
"""
# Short forms that stand for something else as often: a tax, a number of insurance, a kind of company.
VAGUE = frozenset({"gst", "ssn", "ltd", "plc", "prd", "lst", "std", "nts", "crs"})
# "min" at the end of what is measured in time: dur_min, WaitMin.
TIMED = frozenset(
    {"duration", "wait", "waiting", "time", "delay", "length", "response", "handle", "handling", "talk", "call", "late", "run"}
)
NAMES = frozenset({"name"})
PRICED, LENT = frozenset({"price", "cost"}), frozenset({"limit", "amount", "line", "note"})
# What a part is short for before one of these words, and may be anything elsewhere.
TOLD = {
    "term": (frozenset({"date", "reason"}), "termination"),
    "lst": (PRICED, "list"),
    "std": (PRICED, "standard"),
    "cr": (LENT, "credit"),
    "crd": (LENT, "credit"),
}
FLAGS = frozenset({"fl", "flg", "flag", "ind"})
AFTER = {"ln": "line", **dict.fromkeys(FLAGS, "flag")}  # … and at the end of a name
VOWELS = frozenset("aeiou")
FIRST = {"f": "first", "l": "last", "m": "middle", "fst": "first", "lst": "last"}  # before a name
ENDS = (
    "number",
    "amount",
    "status",
    "price",
    "total",
    "count",
    "name",
    "date",
    "type",
    "code",
    "time",
    "city",
    "qty",
    "amt",
    "id",
    "no",
    "nm",
    "dt",
    "cd",
)
STARTS = frozenset({
    "order", "ship", "shipping", "invoice", "customer", "cust", "product", "prod", "employee", "emp", "supplier", "unit", "total", "net",
    "gross", "tax", "due", "start", "end", "hire", "birth", "sale", "sales", "purchase", "payment", "pay", "delivery", "delivered",
    "required", "created", "updated", "company", "account", "item", "category", "line", "list", "cost", "group", "user", "client",
    "vendor", "booking", "contract", "ticket", "store", "region", "country", "department", "dept", "stock",
})  # fmt: skip


def written_out(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The words of an identifier's lower-case ``parts``: abbreviations and compounds resolved by what stands beside them."""
    words: list[str] = []
    for i, part in enumerate(parts):
        after = parts[i + 1] if i + 1 < len(parts) else ""
        if part in FIRST and set(_plain(after)) & NAMES:
            words.append(FIRST[part])
        elif part in TOLD and set(_plain(after)) & TOLD[part][0]:
            words.append(TOLD[part][1])
        elif part == "act" and after in FLAGS:
            words.append("active")
        elif part in AFTER and words and not after:
            words.append(AFTER[part])
        elif part == "min" and words and not after and words[-1] in TIMED:
            words.append("minutes")
        else:
            words += _plain(part)
    return tuple(words)


def _plain(part: str) -> list[str]:
    """One part in whole words: an abbreviation, two words written together, or itself."""
    known = ABBREVIATIONS.get(part) or skeletons().get(part)
    if known:
        return known.split()
    end = next((e for e in ENDS if part.endswith(e) and part[: -len(e)] in STARTS), "")
    return [*_plain(part[: -len(end)]), *_plain(end)] if end else [part]


def skeleton(word: str) -> str:
    """A word without the vowels after its first letter: ``spcs`` of species."""
    return word[:1] + "".join(letter for letter in word[1:] if letter not in VOWELS)


@cache
def skeletons() -> dict[str, str]:
    """By its consonants each noun that is often written so, where no other has the same; shorter ones than the word by two letters or more."""
    found: dict[str, list[str]] = {}
    for word in dict.fromkeys(SHORTENED.split()):
        bare = skeleton(word)
        for short in {bare, re.sub(r"(.)\1", r"\1", bare)}:
            if 3 <= len(short) < len(word) and short not in VAGUE:
                found.setdefault(short, []).append(word)
    return {short: words[0] for short, words in found.items() if len(words) == 1}
