"""What the parts of an identifier stand for: usual abbreviations, and words written together."""

from __future__ import annotations

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
    "checkin": "check in", "checkout": "check out", "signup": "signup",
}  # fmt: skip
# What a reader that weighs several meanings of a part takes them for, in place of the one above.
SEVERAL = {
    "dx": "diagnosis", "rx": "prescription", "tx": "transaction treatment", "dt": "date", "nm": "name", "cd": "code", "min": "minutes minimum",
    "ts": "time", "dob": "birth date born", "sup": "supply", "chg": "charge", "pymt": "payment", "bal": "balance", "hr": "hour", "ord": "order",
    "src": "source", "tgt": "target", "curr": "currency", "crn": "currency", "mrr": "mrr recurring revenue", "arr": "arr recurring revenue",
    "csat": "csat satisfaction", "eta": "arrival", "sal": "salary", "nat": "nationality", "lic": "license", "veh": "vehicle", "wh": "warehouse",
}  # fmt: skip
# "min" at the end of what is measured in time: dur_min, WaitMin.
TIMED = frozenset(
    {"duration", "wait", "waiting", "time", "delay", "length", "response", "handle", "handling", "talk", "call", "late", "run"}
)
NAMES = frozenset({"name"})
ENDED = frozenset({"date", "reason"})  # after "term", which else is a span of time
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
        elif part == "term" and set(_plain(after)) & ENDED:
            words.append("termination")
        elif part == "min" and words and not after and words[-1] in TIMED:
            words.append("minutes")
        else:
            words += _plain(part)
    return tuple(words)


def _plain(part: str) -> list[str]:
    """One part in whole words: an abbreviation, two words written together, or itself."""
    known = ABBREVIATIONS.get(part)
    if known:
        return known.split()
    end = next((e for e in ENDS if part.endswith(e) and part[: -len(e)] in STARTS), "")
    return [*_plain(part[: -len(end)]), *_plain(end)] if end else [part]
