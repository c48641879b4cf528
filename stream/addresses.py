"""Addresses as people write them."""

from functools import lru_cache
from ipaddress import IPv6Address


@lru_cache(maxsize=4_096)  # those who are spoken of are few
def address_text(hi: int, lo: int) -> str:
    """Return an address as people write it; IPv4 without its IPv6 clothes."""
    if hi == 0 and lo >> 32 == 0xFFFF:
        return f"{lo >> 24 & 255}.{lo >> 16 & 255}.{lo >> 8 & 255}.{lo & 255}"
    return str(IPv6Address(hi << 64 | lo))
