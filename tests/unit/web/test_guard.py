"""Which IP addresses are inside, by the registries and beyond them."""

from __future__ import annotations

import pytest

from airflow_provider_sora.web.guard import is_public

INSIDE = {
    "this machine": "127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 :: ::1 ::127.0.0.1",
    "private networks": "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 fc00::1 fd12:3456::1 fec0::1",
    "a carrier's network": "100.64.0.1 100.127.255.254",
    "this link": "169.254.1.1 fe80::1 fe80::1%eth0 fe80::1%25lo",
    "services of clouds to their machines": "169.254.169.254 168.63.129.16 100.100.100.200 192.0.0.192 fd00:ec2::254",
    "groups": "224.0.0.1 239.1.1.1 255.255.255.255 ff02::1 ff0e::1",
    "reserved, for trials and for documentation": "240.0.0.1 192.0.0.8 192.0.0.170 192.0.2.1 198.18.0.1 198.51.100.1 "
    "203.0.113.9 192.88.99.1 100::1 2001:db8::1 2001:2::1 2001:10::1 3fff::1 5f00::1 4000::1",
    "IPv4 within IPv6": "::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:0 "
    "::ffff:0:127.0.0.1 ::8.8.8.8",
    "IPv4 by NAT64": "64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b:1::7f00:1 64:ff9b:1::808:808",
    "IPv4 by 6to4": "2002:7f00:1:: 2002:a00:1:: 2002:a9fe:a9fe:: 2002:a83f:8110::",
    "IPv4 by Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2 2001:0:7f00:1::1",
    "IPv4 by ISATAP": "2001:4860::5efe:127.0.0.1 2001:4860::200:5efe:10.0.0.1 fe80::5efe:7f00:1 "
    "fd00::5efe:808:808 fe80::5efe:8.8.8.8",
}


@pytest.mark.parametrize(("why", "address"), [(why, one) for why, all in INSIDE.items() for one in all.split()])
def test_addresses_inside(why: str, address: str) -> None:
    assert not is_public(address), why


OUTSIDE = """8.8.8.8 1.1.1.1 168.63.129.17 192.0.1.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::
2001:4860::5efe:8.8.8.8 2a00:1450:4001:801::200e"""


@pytest.mark.parametrize("address", OUTSIDE.split())
def test_addresses_outside(address: str) -> None:
    assert is_public(address)
