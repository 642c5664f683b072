"""Limits by network, and whose X-Forwarded-For is trusted. `make torture` has a longer version of the floods."""

import sys
from pathlib import Path

import pytest

from tests.web.flooding import FLOODS, UNTRUSTED, Flood, flood_forms
from tests.web.running import running, submit

pytestmark = pytest.mark.slow

# A system may have no IPv6.
_INTERFACES = Path("/proc/net/if_inet6")
HOSTS = ["127.0.0.1", *(["::1"] if _INTERFACES.exists() and " lo\n" in _INTERFACES.read_text() else [])]


@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: flood.name.replace(" ", "-"))
def test_a_flood_of_forms_is_limited_and_shuts_no_other_network_out(tmp_path: Path, flood: Flood) -> None:
    """Exactly the forms of a burst are admitted, even if all arrive at once."""
    with running(tmp_path) as (_, url):
        assert flood_forms(url, flood, 60).violations == []


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have only one address of this machine")
def test_a_network_of_proxies_is_trusted(tmp_path: Path) -> None:
    """Their visitors are limited one by one. For all other addresses, the header is ignored."""
    with running(tmp_path, "--forwarded-allow-ips", "127.0.0.0/30") as (_, url):
        assert [submit(url, f"192.0.2.{number}", "127.0.0.2") for number in range(12)] == [422] * 12
        assert [submit(url, f"192.0.2.{number}", "127.0.0.9") for number in range(12)] == [422] * 10 + [429] * 2
        assert submit(url, "192.0.2.99", "127.0.0.3") == 422


@pytest.mark.parametrize("host", HOSTS)
def test_proxies_are_trusted_in_several_networks_of_both_families(tmp_path: Path, host: str) -> None:
    """A visitor's own X-Forwarded-For, which the proxies pass on, is not trusted."""
    networks = ("10.0.0.0/8", "127.0.0.0/8", "fd00::/8", "::/64")
    options = [option for network in networks for option in ("--forwarded-allow-ips", network)]
    with running(tmp_path, "--host", host, *options) as (_, url):
        assert [submit(url, f"192.0.2.{number}, 10.1.2.3, fd00::1") for number in range(12)] == [422] * 12
        chains = [f"203.0.113.{number}, 198.51.100.1, 10.1.2.3" for number in range(12)]
        assert [submit(url, chain) for chain in chains] == [422] * 10 + [429] * 2


@pytest.mark.parametrize("host", HOSTS)
def test_an_address_outside_of_the_networks_is_not_trusted(tmp_path: Path, host: str) -> None:
    """Also if it is of the other family."""
    with running(tmp_path, "--host", host, "--forwarded-allow-ips", "10.0.0.0/8") as (_, url):
        assert flood_forms(url, UNTRUSTED, 60).violations == []
