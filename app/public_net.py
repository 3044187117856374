"""Which IP addresses are of the public net: no machine inside a network, and no way round that leads to one. Pure."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_GLOBAL = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
_AROUND = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16")))
"""Tunnels and gateways: Python calls some of them global, and a host that has one sends them on to an IPv4 address inside."""


def is_public(address: str) -> bool:
    """Whether it is one of the Internet's: not this host's own, not the town's own network, not a cloud's inside."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        within = found.ipv4_mapped or (IPv4Address(int(found) & 0xFFFF_FFFF) if found in _NAT64 else None)
        if within is None:
            return found.is_global and found in _GLOBAL and not any(found in one for one in _AROUND)
        found = within
    return found.is_global and not found.is_multicast and not any(found in one for one in _AROUND)
