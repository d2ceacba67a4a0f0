"""The address of a PostgreSQL server, as libpq takes it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote, urlencode

from aiser_jupyter.errors import SourceError
from aiser_jupyter.sources.reference import without_secret

if TYPE_CHECKING:
    from aiser_jupyter.sources.options import Options

PORT = 5432
_PARTS = re.compile(r"[A-Za-z0-9+.-]+://(?:(?P<user>[^/?]*)@)?(?P<hosts>[^/?]*)(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?", re.DOTALL)
# Knobs of a profile that are ours; the others are libpq's.
OURS = frozenset({"pool_timeout_s", "recycle_s"})
# A peer that vanished without a word is noticed by the kernel after about a minute, beside our own deadlines.
_DEFAULTS = {
    "application_name": "aiser-jupyter",
    "client_encoding": "UTF8",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}


@dataclass(frozen=True)
class Address:
    """``uri`` is what the driver gets, ``place`` what may be shown, ``ports`` the ports its servers listen on, ``secrets`` what errors must not repeat."""

    uri: str = field(repr=False)
    place: str
    ports: frozenset[int]
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def redacted(self, text: str) -> str:
        """``text`` without any secret of this address."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return without_secret(text)


def read(address: str, options: Options) -> Address:
    """The address with our defaults for what it leaves open; raises `SourceError` where it is none."""
    place = without_secret(address)
    found = _PARTS.fullmatch(address)
    if found is None:
        raise SourceError("The address cannot be read.", where=place, hint="Write postgresql://USER@HOST:PORT/DATABASE.")
    given = dict(parse_qsl(found["query"] or "", keep_blank_values=True))
    extra = {name: str(value) for name, value in options.extra.items() if name not in OURS}
    knobs = {**_DEFAULTS, "connect_timeout": str(max(1, math.ceil(options.connect_timeout_s))), **extra, **given}
    user, _, password = (found["user"] or "").partition(":")
    # A password may hold signs that end it within an address, so each part is quoted anew.
    login = f"{_quoted(user)}:{_quoted(password)}@" if password else f"{_quoted(user)}@" if user else ""
    uri = f"postgresql://{login}{found['hosts']}/{_quoted(found['database'] or '')}?{urlencode(knobs, quote_via=quote)}"
    secrets = [password, unquote(password), given.get("password", ""), extra.get("password", ""), extra.get("sslpassword", "")]
    return Address(uri, place, _ports(found["hosts"], knobs.get("port", "")), tuple({secret for secret in secrets if len(secret) > 2}))


def _quoted(text: str) -> str:
    return quote(unquote(text), safe="")


def _ports(hosts: str, further: str) -> frozenset[int]:
    written = re.findall(r":(\d+)(?=,|$)", hosts) + re.findall(r"\d+", further)
    return frozenset(int(port) for port in written) or frozenset({PORT})
