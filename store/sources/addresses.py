"""Which network addresses may be connected to: public ones, and no others."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from store.sources.content import later, refused, unavailable

GLOBAL_UNICAST = ip_network("2000::/3")
"""The rest of IPv6 is local, multicast, reserved, or embeds IPv4 (mapped, compatible, NAT64)."""

SPECIAL = tuple(
    map(
        ip_network,
        (
            "2001::/23",  # Teredo and other protocols that embed or relay
            "2001:db8::/32",
            "2002::/16",  # 6to4 embeds an IPv4 address
            "3fff::/20",
            "192.88.99.0/24",  # 6to4 relays
        ),
    )
)


def is_public(address: str) -> bool:
    """True for an address that belongs to the public internet and embeds no other address.

    RFC 6890 and the IANA registries behind `ipaddress`; stricter, because versions of Python
    differ in what they count as global.
    """
    try:
        found: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if any(found in network for network in SPECIAL):
        return False
    if isinstance(found, IPv6Address):
        return found in GLOBAL_UNICAST and found.is_global
    return found.is_global and not found.is_multicast and not found.is_reserved


def resolve(host: str, port: int) -> tuple[str, ...]:
    """All addresses of a host. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class Network:
    """How names become addresses, and which addresses are acceptable."""

    resolve: Callable[[str, int], tuple[str, ...]] = resolve
    is_allowed: Callable[[str], bool] = is_public

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses to connect to; the caller must use these and not the name.

        One address that is not allowed refuses the name: a mixed answer is an attack or a
        mistake. Raises UnreadableFile, or Transient when names cannot be looked up now.
        """
        try:
            found = self.resolve(host, port)
        except socket.gaierror as error:
            if error.errno == socket.EAI_AGAIN:
                raise later(f"The name '{host}' cannot be looked up now.") from error
            raise unavailable(f"There is no host '{host}'; check the address.") from error
        if not found or not all(self.is_allowed(address) for address in found):
            raise refused(
                f"'{host}' leads to an address that is not public, and those are never fetched; "
                "download the file yourself and upload it."
            )
        return found


INTERNET = Network()
