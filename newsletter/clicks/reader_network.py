"""The network of a reader, as coarse as clicks need it."""

from ipaddress import IPv4Address, IPv6Address, ip_address

# The prefixes that providers assign to one customer or a group of customers (RFC 6177 for IPv6).
_IPV4, _IPV6 = 24, 48


def reader_network(host: str) -> str:
    """Return the network of an address: the first 24 bits of IPv4, 48 bits of IPv6. Other text stays as it is."""
    try:
        address = ip_address(host)
    except ValueError:
        return host[:100]
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    bits, prefix = (32, _IPV4) if isinstance(address, IPv4Address) else (128, _IPV6)
    return f"{int(address) >> (bits - prefix):x}/{prefix}"
