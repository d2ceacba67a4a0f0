"""Secrets taken out of text before anybody else reads it: those that are known, and those that look like one."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from html import escape
from pathlib import Path
from threading import Lock
from urllib.parse import quote, quote_plus, unquote

MASK = "***"
_SHORTEST = 5  # a shorter word stands in too many texts that hold no secret

_NAME = (
    r"(?:password|passwd|passphrase|passcode|pwd|(?:access[_-]?|refresh[_-]?|auth[_-]?|api[_-]?|session[_-]?|security[_-]?|id[_-]?|motherduck[_-]?)?token"
    r"|(?:client[_-]?)?secret|(?:api|access|secret|account|private|shared[_-]?access|signing|encryption|master|subscription)[_-]?key"
    r"|credentials?(?:[_-](?:path|file|base64|json|info))?|amz[_-]signature)"
)
_VALUE = r"(?:\"[^\"]*\"|'(?:[^']|'')*'|\{[^}\s]*\}|[^\s\"'&;,)}\]]+)"
_TOKENS = (
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abeprs]-[\w-]{10,}|\bxapp-[\w-]{10,}|\b[sr]k[-_][\w-]{20,}"
    r"|\bAIza[\w-]{30,}|\bya29\.[\w-]{20,}|\bdapi[0-9a-f]{32}(?:-\d)?|\bhf_\w{20,}|\bnpm_\w{20,}|\bpypi-[\w-]{40,}|\bSG\.[\w-]{16,}\.[\w-]{16,}|\bdckr_pat_[\w-]{16,}"
    r"|\bshpat_\w{20,}|\bdop_v1_\w{30,}|\bAGE-SECRET-KEY-1\w{20,}|\bhooks\.slack\.com/services/[\w/]+|\bdiscord(?:app)?\.com/api/webhooks/[\w/-]+"
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), MASK),
    # A slash may stand in a password that nobody quoted, but after digits alone it ends a port.
    (re.compile(r"(?i)(\b[a-z][\w+.-]*://[^\s/@:'\"]*):(?!\d*/)[^\s'\"]+@"), rf"\1:{MASK}@"),
    (re.compile(r"(?i)(\b[a-z][\w+.-]*://[^\s/@:'\"]*):[^\s/'\"]+@"), rf"\1:{MASK}@"),
    (re.compile(r"(?i)(\b(?:proxy-)?authorization\b[\"']?\s*[:=]\s*[\"']?(?:\w+\s+)?)[^\s\"',;}\]]{3,}"), rf"\1{MASK}"),
    (re.compile(r"(?i)(\b(?:set-)?cookie\b[\"']?\s*[:=]\s*[\"']?)[^\r\n\"']*=[^\r\n\"']*"), rf"\1{MASK}"),
    (re.compile(r"(?i)(\bbearer\s+)[\w.~+/=-]{6,}"), rf"\1{MASK}"),
    (re.compile(rf"(?i)(\b[\w.-]*{_NAME}[\"']?\s*(?:=>|:=|[:=])\s*){_VALUE}"), rf"\1{MASK}"),
    # Within an address or a connection string that is itself quoted for one.
    (re.compile(rf"(?i)({_NAME}%3D)(?:(?!%3B|%26)[^\s\"'&;])+"), rf"\1{MASK}"),
    (re.compile(r"(?i)([?&;](?:sig|signature|x-goog-signature|code|key)=)[^\s\"'&;]+"), rf"\1{MASK}"),
    (re.compile(r"(?i)(\b(?:identified\s+by|password|secret|key_id|session_token)\s+)(?:'(?:[^']|'')*'|\"[^\"]*\")"), rf"\1{MASK}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"), MASK),
    (re.compile(_TOKENS), MASK),
)
_URL = re.compile(r"(?i)^[a-z][\w+.-]*://(?:[^/@:]*:(?P<password>.*)@)?")
_QUERY = re.compile(rf"(?i)[?&;][\w-]*{_NAME}[\w-]*=([^&;]+)")
# What stands in the place of a secret and is none: a reference, and the path of a file that holds one.
_FILLED = re.compile(r"\$\{[^{}]*\}")
_KEY_FILE = re.compile(r"(?i)[?&]credentials[_-](?:path|file)=[^&\s]*")

_known: set[str] = set()
_lock = Lock()


def remember(value: str) -> str:
    """Know what a reference led to as a secret from now on: of an address its password and keys, of anything but a file's path all of it; ``value``."""
    found = _URL.match(value)
    whole = [] if found or _is_path(value) else [value]
    parts = [found["password"] or "", *_QUERY.findall(value)] if found else whole
    forms = {form for part in parts for form in _forms(part) if len(form) >= _SHORTEST}
    with _lock:
        _known.update(forms)
    return value


def redact(text: str) -> str:
    """``text`` with each secret as ``***``."""
    return looks(known(text))


def known(text: str) -> str:
    """``text`` with each secret that a reference led to as ``***``; what only looks like one stays."""
    with _lock:
        found = sorted((secret for secret in _known if secret in text), key=len, reverse=True)
    for secret in found:
        text = text.replace(secret, MASK)
    return text


def cut(text: str) -> str:
    """``text`` with the ends of known secrets as ``***`` where a value was shortened to ``begin...end`` in the middle of one."""
    with _lock:
        secrets = tuple(_known)
    parts = text.split("...")
    for i, part in enumerate(parts):
        ends = (
            max((n for one in secrets for n in range(_SHORTEST, len(one)) if part.endswith(one[:n])), default=0)
            if i < len(parts) - 1
            else 0
        )
        begins = max((n for one in secrets for n in range(_SHORTEST, len(one)) if part.startswith(one[-n:])), default=0) if i else 0
        parts[i] = (MASK if begins else "") + part[begins : len(part) - ends] + (MASK if ends else "")
    return "...".join(parts)


def looks(text: str) -> str:
    """``text`` with each part that looks like a secret as ``***``."""
    for pattern, shown in _PATTERNS:
        text = pattern.sub(shown, text)
    return text


def holds(text: str) -> bool:
    """Whether a part of ``text`` looks like a secret itself; ``${NAME}`` in its place is none."""
    plain_text = _KEY_FILE.sub("", _FILLED.sub("", text))
    return looks(plain_text) != plain_text


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


def _forms(secret: str) -> set[str]:
    """A secret as it may stand in an address, in JSON, in HTML, in a Python literal, and in an authorization header."""
    bare = unquote(secret)
    written = {secret, bare}
    for one in (secret, bare):
        written |= {
            quote(one, safe=""),
            quote_plus(one),
            json.dumps(one)[1:-1],
            json.dumps(one, ensure_ascii=False)[1:-1],
            repr(one)[1:-1],
            escape(one),
        }
    return written | {b64encode(bare.encode("utf-8", "surrogatepass")).decode().rstrip("=")}


def _named(name: str) -> bool:
    return bool(_SECRET_NAME.match(name))


def _is_path(value: str) -> bool:
    try:
        return Path(value).expanduser().exists()
    except (OSError, ValueError, RuntimeError):
        return False
