"""What an address and a profile may tell a driver: closed lists, files that are what they are named for, and no address of a machine's own services.

A driver takes far more than a user means by an address: files to read, programs to run at the start, TLS switched off. What is not listed here is
refused before the driver hears of it, wherever it was written: typed, behind a reference, or in the settings of a folder that came from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from aiser_jupyter.errors import SourceError
from aiser_jupyter.sources import addresses
from aiser_jupyter.sources.reference import without_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_POSTGRES = frozenset(
    [
        "host",
        "hostaddr",
        "port",
        "dbname",
        "user",
        "password",
        "sslmode",
        "sslnegotiation",
        "sslrootcert",
        "sslcert",
        "sslkey",
        "sslpassword",
        "sslcrl",
        "ssl_min_protocol_version",
        "ssl_max_protocol_version",
        "channel_binding",
        "require_auth",
        "application_name",
        "fallback_application_name",
        "connect_timeout",
        "keepalives",
        "keepalives_idle",
        "keepalives_interval",
        "keepalives_count",
        "tcp_user_timeout",
        "target_session_attrs",
        "load_balance_hosts",
        "gssencmode",
        "krbsrvname",
        "options",
        "pool_timeout_s",
        "recycle_s",
    ]
)
_SNOWFLAKE = frozenset(
    [
        "user",
        "password",
        "account",
        "database",
        "schema",
        "warehouse",
        "role",
        "authenticator",
        "token",
        "private_key_file",
        "private_key_file_pwd",
        "private_key_passphrase",
        "passcode",
        "host",
        "port",
        "protocol",
        "region",
        "timezone",
        "client_session_keep_alive",
        "statement_timeout_s",
        "check_reads",
        "login_timeout",
        "network_timeout",
    ]
)
_BIGQUERY = frozenset({"location", "credentials_path", "api_endpoint", "maximum_bytes_billed"})
_MONGO = frozenset(
    [
        "appname",
        "authmechanism",
        "authsource",
        "compressors",
        "connecttimeoutms",
        "directconnection",
        "heartbeatfrequencyms",
        "journal",
        "loadbalanced",
        "localthresholdms",
        "maxidletimems",
        "maxpoolsize",
        "maxstalenessseconds",
        "minpoolsize",
        "readconcernlevel",
        "readpreference",
        "readpreferencetags",
        "replicaset",
        "retryreads",
        "retrywrites",
        "serverselectiontimeoutms",
        "sockettimeoutms",
        "srvmaxhosts",
        "srvservicename",
        "ssl",
        "tls",
        "tlscafile",
        "tlscertificatekeyfile",
        "tlscertificatekeyfilepassword",
        "timeoutms",
        "uuidrepresentation",
        "w",
        "waitqueuetimeoutms",
        "wtimeoutms",
        "zlibcompressionlevel",
    ]
)
LISTS: Mapping[str, tuple[str, frozenset[str]]] = {
    "postgresql": ("PostgreSQL", _POSTGRES), "postgres": ("PostgreSQL", _POSTGRES), "snowflake": ("Snowflake", _SNOWFLAKE),
    "bigquery": ("BigQuery", _BIGQUERY), "mongodb": ("MongoDB", _MONGO), "mongodb+srv": ("MongoDB", _MONGO),
}  # fmt: skip
# Of a dialect that only SQLAlchemy knows nobody can list the knobs: these words are in the names of those that read files, load code or run a command.
_RISKY = re.compile(
    r"(?i)init|infile|default_file|default_group|plugin|driver|odbc|service|passfile|factory|extension|librar|module|jdbc|exec|command|script|proxy|config|profile|vfs|uri\b"
)
_PEM = re.compile(rb"-----BEGIN (?:[A-Z0-9 ]+ )?(?:CERTIFICATE|TRUSTED CERTIFICATE|PRIVATE KEY|X509 CRL)-----")
_PEMS = frozenset(
    {
        "sslrootcert", "sslcert", "sslkey", "sslcrl", "ssl_ca", "ssl_cert", "ssl_key", "tlscafile", "tlscertificatekeyfile", "private_key_file", "server_certificate",
    }
)  # fmt: skip
# Folders that a driver reads settings from, by what one of them lies in.
_FOLDERS = frozenset({"config_dir", "wallet_location"})
_IN_FOLDERS = ("tnsnames.ora", "sqlnet.ora", "cwallet.sso", "ewallet.p12", "ewallet.pem")
_WORDS = frozenset({("sslrootcert", "system")})
_SEARCH_PATH = re.compile(r"(?:\s*-c\s*search_path\s*=\s*[\w,.$\"\\ ]+)+\s*")
_SNOWFLAKE_HOSTS = (".snowflakecomputing.com", ".snowflakecomputing.cn", ".snowflakecomputing.app")
_AUTHENTICATORS = frozenset(
    {"snowflake", "snowflake_jwt", "externalbrowser", "oauth", "username_password_mfa", "programmatic_access_token", "workload_identity"}
)
_MOST = 1 << 20  # bytes of a certificate or key


def check(scheme: str, address: str, extra: Mapping[str, object]) -> None:
    """Raise `SourceError` for a knob in ``address`` or ``extra`` that is not there or asks for what no connection needs, and for a host that no database has."""
    place = without_secret(address)
    given = {**{name: str(value) for name, value in extra.items() if isinstance(value, str | int | float)}, **_written(address)}
    _hosts(address, [*_flat(extra), *_flat(given)], place)
    title, known = LISTS.get(scheme, ("", frozenset[str]()))
    for name, value in given.items():
        if known and name.lower() not in known and not (title == "MongoDB" and name in extra):  # its own knobs it checks itself
            raise SourceError(f"{title} connections have no knob {name!r}.", where=place, hint=f"Knobs: {', '.join(sorted(known))}.")
        if name.lower() in _PEMS and value and (name.lower(), value) not in _WORDS:
            _pem(name, value)
        if name.lower() in _FOLDERS and value:
            _folder(name, value)
    if known:
        _values(scheme, {name.lower(): value for name, value in given.items()}, place)


def check_generic(address: str) -> None:
    """Raise `SourceError` for a knob of a dialect that only SQLAlchemy knows, where its name says that it reads files or runs something."""
    for name in _written(address):
        if _RISKY.search(name):
            raise SourceError(
                f"The knob {name!r} in the address is not passed on: it lets the driver read files or run code.",
                where=without_secret(address),
                hint="Leave it out. Whoever needs it makes the engine in Python and adds the rows as a frame.",
            )


def no_query(kind: str, address: str) -> None:
    """Raise `SourceError` where the address of a database file has knobs: they would be dropped without a word."""
    query = address.partition("?")[2]
    if query and re.match(r"[\w.]+=", query):
        raise SourceError(
            f"The address of a {kind} file has no knobs.",
            where=without_secret(address),
            hint=f"Leave out ?{query.partition('=')[0]}=…; a file whose name holds such signs is connected by its path alone.",
        )


def _written(address: str) -> dict[str, str]:
    return dict(parse_qsl(address.partition("?")[2], keep_blank_values=True))


def _flat(given: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Each text in knobs, however deep, with the name it stands under."""
    if isinstance(given, Mapping):
        for inner, value in given.items():
            yield from _flat(value, str(inner).lower())
    elif isinstance(given, list | tuple):
        for value in given:
            yield from _flat(value, name)
    elif isinstance(given, str):
        yield name, given


def _hosts(address: str, given: Iterable[tuple[str, str]], place: str) -> None:
    """Refuse the addresses at which a machine hands out its own credentials, in whatever place a host may stand."""
    found = [part.rpartition("@")[2] for part in _netloc(address).split(",")]
    for name, value in given:
        found += [value] if "host" in name or name.endswith(("endpoint", "server")) else []
        found += [_netloc(value)] if "://" in value else []
    for host in filter(None, found):
        plain = (
            host[1 : host.index("]")] if host.startswith("[") and "]" in host else host.rpartition(":")[0] if host.count(":") == 1 else host
        )
        if addresses.is_a_machines_own(unquote(plain)):
            raise addresses.RefusedAddressError(
                f"{plain} is not reached: machines keep what is for themselves alone there.", where=place, hint="Check the host."
            )


def _netloc(address: str) -> str:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return ""


def _values(scheme: str, given: Mapping[str, str], place: str) -> None:
    if scheme.startswith("postgres"):
        if given.get("sslmode", "").lower() == "disable" and any(
            given.get(name) for name in ("sslrootcert", "sslcert", "sslkey", "sslcrl")
        ):
            raise SourceError("The address names a certificate and switches TLS off.", where=place, hint="Write sslmode=verify-full.")
        if given.get("options") and not _SEARCH_PATH.fullmatch(given["options"]):
            raise SourceError(
                "Of options the search path alone is passed on.",
                where=place,
                hint="Write options=-csearch_path%3Dsales; deadlines are timeout_s.",
            )
    if scheme == "snowflake":
        _snowflake(given, place)
    if scheme == "bigquery":
        endpoint, key = given.get("api_endpoint", ""), given.get("credentials_path", "")
        host = (urlsplit(endpoint).hostname or "") if endpoint else ""
        if endpoint and not (_is_here(host) or host.endswith(".googleapis.com")):
            raise SourceError("The API of BigQuery is not reached at that host.", where=place, hint="Leave api_endpoint out.")
        if key:
            _service_account(key)


def _snowflake(given: Mapping[str, str], place: str) -> None:
    host, how = given.get("host", "").lower().rstrip("."), given.get("authenticator", "")
    if host and not (_is_here(host) or host.endswith(_SNOWFLAKE_HOSTS)):
        raise SourceError("Snowflake is not reached at that host.", where=place, hint=f"Its hosts end in {', '.join(_SNOWFLAKE_HOSTS)}.")
    if how and how.lower() not in _AUTHENTICATORS and not re.match(r"(?i)https://[\w.-]+(?:/|$)", how):
        raise SourceError(
            "There is no such way to log in.",
            where=place,
            hint=f"authenticator is one of {', '.join(sorted(_AUTHENTICATORS))}, or https://….",
        )
    if given.get("protocol", "https").lower() != "https" and not _is_here(host):
        raise SourceError("Snowflake is reached by https alone.", where=place, hint="Leave protocol out.")


def _is_here(host: str) -> bool:
    return host in {"127.0.0.1", "::1", "localhost"}


def _pem(knob: str, path: str) -> None:
    """Refuse a file that is no certificate or key: what is in it could come back in an error."""
    if not _PEM.search(_head(knob, path)):
        raise SourceError(f"The file that {knob} names is no certificate or key in PEM.", where=path, hint="Check the path.")


def _folder(knob: str, path: str) -> None:
    folder = Path(path).expanduser()
    if not any((folder / name).is_file() for name in _IN_FOLDERS):
        raise SourceError(f"The folder that {knob} names holds none of {', '.join(_IN_FOLDERS)}.", where=path, hint="Check the path.")


def _service_account(path: str) -> None:
    head = _head("credentials_path", path)
    if not head.lstrip().startswith(b"{") or b'"type"' not in head:
        raise SourceError("The file that credentials_path names is no key file of Google's.", where=path, hint="Check the path.")


def _head(knob: str, path: str) -> bytes:
    try:
        file = Path(path).expanduser()
        if not file.is_file() or file.stat().st_size > _MOST:
            raise SourceError(f"The file that {knob} names is not there.", where=path, hint="Check the path.")
        with file.open("rb") as opened:
            return opened.read(_MOST)
    except (OSError, ValueError, RuntimeError) as error:
        raise SourceError(
            f"The file that {knob} names cannot be read.", where=f"{path}: {type(error).__name__}", hint="Check the path."
        ) from None
