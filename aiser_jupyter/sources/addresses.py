"""Which network addresses an HTTP source may reach: a name is resolved once, the addresses are judged, and one of those is connected to.

What a name leads to can change between two questions (DNS rebinding), so what was judged is what is connected to.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Address = ipaddress.IPv4Address | ipaddress.IPv6Address
    Resolver = Callable[[str, int], Iterable[str]]

# Services that hand out a machine's own credentials, at addresses that look like any other (Azure's), or that are never a company's own.
_METADATA = frozenset(map(ipaddress.ip_address, ("168.63.129.16", "169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")))
_NAT64 = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48")))
_COMPATIBLE = ipaddress.ip_network("::/96")
# What some resolvers read as an IPv4 address though it is not written as one: 2130706433, 0x7f.1, 0177.0.0.1.
_NUMBERS = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}\.?", re.IGNORECASE)


# Names that clouds give to those services.
_OWN_NAMES = frozenset({"metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"})


class RefusedAddressError(SourceError):
    """An address that a source may not reach; no second try makes it one that it may."""


def resolved(host: str, port: int, *, allow_private: bool = False, resolver: Resolver | None = None) -> tuple[str, ...]:
    """The addresses of ``host``, each of which may be reached.

    Raises `RefusedAddressError` where one may not be, `SourceError` where the name leads nowhere.
    """
    plain = host.strip("[]").partition("%")[0].rstrip(".")
    literal = _literal(plain)
    if literal is None and _NUMBERS.fullmatch(plain):
        raise RefusedAddressError(
            "A number stands in place of a host's name, which programs read differently.",
            where=host,
            hint="Write the address as four numbers, or the name.",
        )
    try:
        found = [plain] if literal is not None else list(dict.fromkeys((resolver or system)(plain, port)))
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise SourceError(
            f"There is no host named {host}.", where=host, hint="Check the name, and that this machine reaches a name server."
        )
    for address in found:
        reason = refusal(address, allow_private=allow_private)
        if reason:
            hint = "" if allow_private else "If it is meant to be reached, say so: allow_private = true in the connection's profile."
            raise RefusedAddressError(f"{host} is not reached: it leads to {reason}.", where=host, hint=hint)
    return tuple(found)


def is_a_machines_own(host: str) -> bool:
    """Whether ``host``, an address in whatever writing or a known name, is where a machine keeps its own credentials; nothing is asked of any server."""
    plain = host.strip("[]").partition("%")[0].rstrip(".").lower()
    if plain in _OWN_NAMES:
        return True
    parsed = _literal(plain)
    if parsed is None and _NUMBERS.fullmatch(plain):
        try:
            parsed = ipaddress.IPv4Address(socket.inet_aton(plain))
        except OSError:
            return False
    if parsed is None:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any(one in _METADATA or (one.version == 4 and one.is_link_local) for one in (mapped or parsed, *_embedded(parsed)))


def system(host: str, port: int) -> list[str]:
    """The addresses the machine's own resolver gives."""
    return [str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def refusal(address: str, *, allow_private: bool = False) -> str:
    """Why ``address`` may not be reached, in words that follow "it leads to"; empty where it may be.

    With ``allow_private``, addresses of this machine and of private networks may be; those of link-local services, among them the ones that
    hand out a cloud machine's credentials, of multicast and of no host at all may not.
    """
    parsed = _literal(address)
    if parsed is None:
        return "no address that I can read"
    mapped = getattr(parsed, "ipv4_mapped", None)  # the same IPv4 address, written in the other family
    for one in (mapped or parsed, *_embedded(parsed)):
        if reason := _refusal(one, allow_private=allow_private):
            return reason
    return ""


def _refusal(one: Address, *, allow_private: bool) -> str:
    if one in _METADATA or one.is_link_local or getattr(one, "is_site_local", False):
        return "a link-local address, where machines keep what is for themselves alone"
    if one.is_multicast or one.is_unspecified or one == ipaddress.ip_address("255.255.255.255"):
        return "an address of no single host"
    if allow_private:
        return ""
    if one.is_loopback:
        return "this machine itself"
    return "" if one.is_global and not one.is_reserved else "a private or reserved address"


def _embedded(one: Address) -> list[Address]:
    """The IPv4 addresses that an IPv6 address stands for."""
    if not isinstance(one, ipaddress.IPv6Address):
        return []
    found: list[Any] = [one.sixtofour, *(one.teredo or ())]
    if any(one in network for network in _NAT64) or (one in _COMPATIBLE and int(one) > 1):
        found.append(ipaddress.IPv4Address(int(one) & 0xFFFFFFFF))
    return [address for address in found if address is not None]


def _literal(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def backend(*, allow_private: bool, resolver: Resolver | None = None, opened: Callable[[Any], None] | None = None) -> Any:
    """A network backend for httpcore that judges every address before it connects; TLS still names and checks the host itself.

    ``opened`` is told each socket, so that another thread can shut it.
    """
    import httpcore

    class Judged(httpcore.NetworkBackend):
        def __init__(self) -> None:
            self._real = httpcore.SyncBackend()

        def connect_tcp(
            self,
            host: str,
            port: int,
            timeout: float | None = None,
            local_address: str | None = None,
            socket_options: Iterable[Any] | None = None,
        ) -> httpcore.NetworkStream:
            failed: Exception | None = None
            for address in resolved(host, port, allow_private=allow_private, resolver=resolver):
                try:
                    stream = self._real.connect_tcp(address, port, timeout, local_address, socket_options)
                except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                    failed = error
                    continue
                if opened is not None:
                    opened(stream.get_extra_info("socket"))
                return stream
            raise failed or httpcore.ConnectError(f"{host} has no address.")

        def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
            raise RefusedAddressError("An HTTP source reaches no socket of this machine.")

        def sleep(self, seconds: float) -> None:
            self._real.sleep(seconds)

    return Judged()
