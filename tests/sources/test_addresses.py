"""Which addresses an HTTP source may reach."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aiser_jupyter.errors import SourceError
from aiser_jupyter.sources.addresses import RefusedAddressError, backend, refusal, resolved

httpcore = pytest.importorskip("httpcore")

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.5.4", "172.31.255.255", "192.168.1.1", "100.64.0.1", "192.0.0.192", "198.18.0.1",
    "203.0.113.9", "240.0.0.1", "::1", "fc00::1", "fd12:3456::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "::7f00:1",
]  # fmt: skip
NEVER = [
    "169.254.169.254", "169.254.1.1", "fe80::1", "fec0::1", "224.0.0.1", "239.1.2.3", "ff02::1", "0.0.0.0", "::", "255.255.255.255",
    "168.63.129.16", "100.100.100.200", "fd00:ec2::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8", "2002:808:808::"]


@pytest.mark.parametrize("address", PRIVATE + NEVER)
def test_what_is_no_public_address_is_refused(address):
    assert refusal(address)


@pytest.mark.parametrize("address", NEVER)
def test_what_belongs_to_the_machine_alone_is_refused_even_where_private_ones_are_allowed(address):
    assert refusal(address, allow_private=True)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address):
    assert refusal(address) == ""


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "192.168.1.1", "::1", "fd12::1"])
def test_private_addresses_pass_where_they_are_allowed(address):
    assert refusal(address, allow_private=True) == ""


@given(st.ip_addresses(v=4))
@example(ipaddress.ip_address("127.0.0.1"))
@example(ipaddress.ip_address("100.127.255.255"))
def test_an_ipv4_address_is_judged_alike_however_it_is_wrapped(address):
    plain = refusal(str(address))
    if not address.is_global or address.is_multicast:
        assert plain
    for wrapped in (f"::ffff:{address}", str(ipaddress.IPv6Address((0x2002 << 112) | (int(address) << 80))), f"64:ff9b::{address}"):
        assert bool(refusal(wrapped)) >= bool(plain)


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_that_is_not_global_is_refused(address):
    if not address.is_global or address.is_multicast or address.is_link_local:
        assert refusal(str(address))


@given(st.ip_addresses(v=4).filter(lambda one: not one.is_global))
def test_numbers_in_place_of_a_name_lead_nowhere(address):
    number = int(address)
    parts = str(address).split(".")
    for written in (
        str(number),
        hex(number),
        ".".join(f"0{int(part):o}" if int(part) else "00" for part in parts),
        f"0x{int(parts[0]):x}.{number & 0xFFFFFF}",
    ):
        with pytest.raises(SourceError):
            resolved(written, 80)


def test_one_bad_address_among_good_ones_is_enough():
    with pytest.raises(RefusedAddressError, match="this machine itself"):
        resolved("api.example.com", 443, resolver=lambda *_: ["93.184.216.34", "127.0.0.1"])


@pytest.mark.parametrize("host", ["localhost", "[::1]", "127.0.0.1", "localhost.", "LOCALHOST"])
def test_names_of_this_machine_are_refused_with_the_way_out(host):
    with pytest.raises(RefusedAddressError) as caught:
        resolved(host, 80)
    assert "allow_private" in str(caught.value)


def test_a_name_that_leads_nowhere():
    def nothing(*_):
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(SourceError, match="no host named api"):
        resolved("api", 443, resolver=nothing)


def test_a_name_that_changes_its_mind_is_asked_once_and_what_was_judged_is_connected_to():
    """DNS rebinding: a public address when it is judged, this machine when it is connected to."""
    asked = []

    def rebinding(host, port):
        asked.append(host)
        return ["8.8.8.8"] if len(asked) == 1 else ["127.0.0.1"]

    connected = []

    class Wire(httpcore.SyncBackend):
        def connect_tcp(self, host, *_, **__):
            connected.append(host)
            raise httpcore.ConnectError("no wire in this test")

    judged = backend(allow_private=False, resolver=rebinding)
    judged._real = Wire()
    with pytest.raises(httpcore.ConnectError):
        judged.connect_tcp("rebind.example.com", 80)
    assert (asked, connected) == (["rebind.example.com"], ["8.8.8.8"])
    with pytest.raises(RefusedAddressError):
        judged.connect_tcp("rebind.example.com", 80)
    assert connected == ["8.8.8.8"]


def test_no_socket_of_this_machine():
    with pytest.raises(RefusedAddressError):
        backend(allow_private=True).connect_unix_socket("/var/run/docker.sock")
