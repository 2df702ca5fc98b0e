"""Only public addresses are connected to, whatever they are dressed up as."""

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import Transient, UnreadableFile
from store.sources.addresses import Network, is_public

NOT_PUBLIC = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "4000::1",
    "localhost",
    "",
]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_local_and_special_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "2a00::1"])
def test_ordinary_addresses_are_public(address):
    assert is_public(address)


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_an_address_within_an_address_is_never_public(inner):
    number = int(inner)
    for outer in (
        number,
        0xFFFF << 32 | number,
        0x64FF9B << 96 | number,
        0x2002 << 112 | number << 80,
        0x20010000 << 96 | number,
    ):
        assert not is_public(str(IPv6Address(outer)))


@pytest.mark.parametrize("found", [("8.8.8.8", "127.0.0.1"), ("10.0.0.1",), ()])
def test_one_address_that_is_not_public_refuses_the_name(found):
    network = Network(lambda host, port: found)
    with pytest.raises(UnreadableFile, match="not public") as refusal:
        network.addresses("data.example.org", 443)
    assert refusal.value.reason == "source_refused"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "2130706433", "0x7f.1", "::1"])
def test_by_default_this_machine_is_refused_however_it_is_written(host):
    with pytest.raises(UnreadableFile):
        Network().addresses(host, 80)


def test_a_name_that_does_not_exist_is_final_and_a_silent_name_server_is_not():
    def broken(number):
        def resolve(host, port):
            raise socket.gaierror(number, "no")

        return Network(resolve)

    with pytest.raises(UnreadableFile, match="no host"):
        broken(socket.EAI_NONAME).addresses("nowhere.example", 80)
    with pytest.raises(Transient):
        broken(socket.EAI_AGAIN).addresses("data.example.org", 80)
