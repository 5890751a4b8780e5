"""The addresses of this machine and what kind of network is behind each.

On Linux by rtnetlink(7), RTM_GETADDR, which every user may ask; elsewhere by psutil.
"""

import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from portview.netlink.rtnetlink import own_addresses
from portview.text import clean

_LOOPBACK = re.compile(r"lo|lo0|Loopback Pseudo-Interface \d+")  # Linux, macOS, Windows
_CONTAINERS = re.compile(
    r"(docker|podman|cni|lxcbr|lxdbr|incusbr|virbr|flannel|cali|cilium|weave|kube-)[\w.-]*|br-[0-9a-f]{12}"
)
_VPN = re.compile(r"(wg|tailscale|zt|tun|ppp|nebula|netbird|wt|utun|ipsec|xfrm)[\w-]*")


class Network(StrEnum):
    """What an interface leads to."""

    LOOPBACK = "loopback"
    CONTAINERS = "containers"
    VPN = "vpn"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class InterfaceAddress:
    """One address of this machine; `prefix` is the length of its network part."""

    interface: str
    address: str
    prefix: int
    network: Network


def interface_addresses() -> tuple[InterfaceAddress, ...]:
    """Every address of this machine, nothing where they cannot be read."""
    try:
        read = _by_netlink() if sys.platform == "linux" else _by_psutil()
        return tuple(
            InterfaceAddress(clean(name), address, prefix, network_of(name)) for name, address, prefix in read
        )
    except OSError:
        return ()


def network_of(interface: str, folder: Path = Path("/sys/class/net")) -> Network:
    """What an interface leads to: by its driver's word where that is clear, else by its usual name."""
    if _LOOPBACK.fullmatch(interface):
        return Network.LOOPBACK
    kind = _device_type(folder / interface)
    if kind == "wireguard" or _VPN.fullmatch(interface) or os.path.exists(folder / interface / "tun_flags"):
        return Network.VPN
    if _CONTAINERS.fullmatch(interface) and kind in ("bridge", "vxlan", "", None):
        return Network.CONTAINERS
    return Network.OTHER


def _device_type(path: Path) -> str | None:
    try:
        told = (path / "uevent").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    return next((line[8:] for line in told.splitlines() if line.startswith("DEVTYPE=")), "")


def _by_netlink() -> Iterator[tuple[str, str, int]]:
    for own in own_addresses():
        with suppress(OSError):  # the interface has vanished meanwhile
            yield socket.if_indextoname(own.interface), own.address, own.prefix


def _by_psutil() -> Iterator[tuple[str, str, int]]:
    from ipaddress import ip_network

    import psutil

    for name, addresses in psutil.net_if_addrs().items():
        for one in addresses:
            if one.family in (socket.AF_INET, socket.AF_INET6) and one.address:
                mask = one.netmask if one.netmask and ":" not in one.netmask else None
                prefix = ip_network(f"0.0.0.0/{mask}").prefixlen if mask else 64
                yield name, os.fspath(one.address).partition("%")[0], prefix
