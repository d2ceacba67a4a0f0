"""Secrets taken out of text before anybody else reads it: those that are known, and those that look like one."""

from __future__ import annotations

import re
from pathlib import Path
from threading import Lock
from urllib.parse import quote, unquote

MASK = "***"
_SHORTEST = 5  # a shorter word stands in too many texts that hold no secret

_NAME = r"(?:password|passwd|passphrase|pwd|(?:access[_-]?|refresh[_-]?|auth[_-]?|api[_-]?|session[_-]?|motherduck[_-]?)?token|(?:client[_-]?)?secret|(?:api|access|secret|account|private)[_-]?key)"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), MASK),
    (re.compile(r"(?i)(\b[a-z][\w+.-]*://[^\s/@:'\"]*):[^\s/'\"]+@"), rf"\1:{MASK}@"),
    (re.compile(r"(?i)(\b(?:proxy-)?authorization\b[\"']?\s*[:=]\s*[\"']?(?:\w+\s+)?)[^\s\"',;}\]]{3,}"), rf"\1{MASK}"),
    (re.compile(r"(?i)(\bbearer\s+)[\w.~+/=-]{6,}"), rf"\1{MASK}"),
    (re.compile(rf"(?i)(\b[\w-]*{_NAME}[\"']?\s*(?:=>|:=|[:=])\s*)(?:\"[^\"]*\"|'(?:[^']|'')*'|[^\s\"'&;,)}}\]]+)"), rf"\1{MASK}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"), MASK),
    (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bxox[abpr]-[\w-]{10,}|\bsk-[\w-]{20,}|\bAIza[\w-]{30,}"), MASK),
)
_URL = re.compile(r"(?i)^[a-z][\w+.-]*://(?:[^/@:]*:(?P<password>.*)@)?")
_QUERY = re.compile(rf"(?i)[?&;][\w-]*{_NAME}[\w-]*=([^&;]+)")

_known: set[str] = set()
_lock = Lock()


def remember(value: str) -> str:
    """Know what a reference led to as a secret from now on: of an address its password and keys, of anything but a file's path all of it; ``value``."""
    found = _URL.match(value)
    whole = [] if found or _is_path(value) else [value]
    parts = [found["password"] or "", *_QUERY.findall(value)] if found else whole
    forms = {form for part in parts for form in (part, unquote(part), quote(unquote(part), safe="")) if len(form) >= _SHORTEST}
    with _lock:
        _known.update(forms)
    return value


def redact(text: str) -> str:
    """``text`` with each secret as ``***``."""
    with _lock:
        known = sorted((secret for secret in _known if secret in text), key=len, reverse=True)
    for secret in known:
        text = text.replace(secret, MASK)
    for pattern, shown in _PATTERNS:
        text = pattern.sub(shown, text)
    return text


def plain(value: object) -> object:
    """Plain data with the texts in it redacted, those under the name of a secret wholly."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(str(name)): MASK if part and _named(str(name)) else plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in value]
    return value if value is None or isinstance(value, bool | int | float) else redact(str(value))


def forget() -> None:
    """Know no secret any more; for tests."""
    with _lock:
        _known.clear()


_SECRET_NAME = re.compile(rf"(?i)^[\w-]*{_NAME}$|^(?:proxy-)?authorization$|^credentials?$")


def _named(name: str) -> bool:
    return bool(_SECRET_NAME.match(name))


def _is_path(value: str) -> bool:
    try:
        return Path(value).expanduser().exists()
    except (OSError, ValueError, RuntimeError):
        return False
