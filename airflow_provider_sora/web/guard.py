"""Which hosts a worker may be led to by an address that somebody else wrote.

Such an address may not make a worker look into its own network: not at itself, not at its neighbours, not at a cloud's
metadata service. A name is judged by every address it resolves to, in the spelling that the resolver takes
(``2130706433`` and ``0x7f.1`` are loopback), and whoever asks the host connects to one of the addresses that were
judged, so a second, different answer of the name server changes nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

#: Translated forms of IPv4 addresses: well known, and for networks of one's own. The second leads nowhere public.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
#: Global by their registration, and yet no host of the public internet: Azure's own service to its machines, protocol
#: assignments, the anycast relay of 6to4, and addresses for documentation that this Python may not know as such.
_INNER_NETWORKS = tuple(
    ipaddress.ip_network(text)
    for text in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "5f00::/16")
)
#: The middle of an ISATAP address; the IPv4 address that it leads to follows.
_ISATAP = (0x00005EFE, 0x02005EFE)
#: Names that lead inside wherever they are known at all.
_INNER_NAMES = ("localhost", "metadata", "metadata.goog", "metadata.google.internal")


class NotAnAddress(ValueError):
    """The text is no ``http://`` or ``https://`` address of a host."""


class NotPublic(ValueError):
    """A host that is not on the public internet.

    :param host: as the address names it.
    :param address: the first of its IP addresses that is not public.
    """

    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"{host!r} at {address}, which is a private, loopback or otherwise non-public address")
        self.host = host
        self.address = address


def is_public(text: str) -> bool:
    """Whether an IP address is a public one. Translated and tunnelled IPv4 counts as the IPv4 address it holds."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        embedded = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address in _NAT64:
            inner = embedded
        elif int(address) >> 32 & 0xFFFFFFFF in _ISATAP and not is_public(str(embedded)):
            return False  # where that one is public, the network before it is judged as any other
        if inner is not None:
            return is_public(str(inner))
        if address.is_site_local or address.teredo or address.is_reserved or address in _NAT64_LOCAL:
            return False
    inside = any(address.version == network.version and address in network for network in _INNER_NETWORKS)
    return address.is_global and not address.is_multicast and not inside


def split(url: str) -> SplitResult:
    """The parts of a web address.

    :raises NotAnAddress: it is none.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise NotAnAddress(str(error)) from error
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise NotAnAddress("it is no http:// or https:// address")
    return parts


def port_of(parts: SplitResult) -> int:
    """The port that an address means."""
    return parts.port or (443 if parts.scheme.lower() == "https" else 80)


def resolved(host: str, port: int, *, own: bool = False) -> list[str]:
    """The IP addresses of a host, every one of them judged. Asks the name server.

    :param own: the host is one of the user's own, and may lie anywhere.
    :raises NotPublic: one of them is not public.
    :raises NotAnAddress: the host's name is none.
    :raises OSError: it has no address for the moment.
    """
    name = host.lower().rstrip(".")
    if not own and (name in _INNER_NAMES or name.endswith(".localhost")):
        raise NotPublic(host, "the machine or the cloud that it runs in")
    if not own and _is_inner_with_zone(name):
        raise NotPublic(host, name)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise NotAnAddress(f"the host {host!r} is no name") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        if not own and not is_public(address):
            raise NotPublic(host, address)
    return addresses


def _is_inner_with_zone(name: str) -> bool:
    """An address that is written out with a zone: resolvers differ in which zones they know, and at which time."""
    address, zone, _ = name.partition("%")
    try:
        return bool(zone) and not is_public(address)
    except ValueError:
        return False
