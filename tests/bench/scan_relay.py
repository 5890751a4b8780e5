"""A link between two network namespaces with delay, jitter, a rate and a short buffer.

    python scan_relay.py '{"near": NAMESPACE, "far": NAMESPACE, "delay_s": 0.05, "jitter_s": 0.01,
                           "packets_per_s": 3000, "buffer": 100}'

Each namespace gets a TUN interface `link0`; packets that come out of one go into the other. Prints
"ready" when both are there, and ends with stdin. Tail drop: who comes to a full buffer is lost.
"""

import ctypes
import fcntl
import heapq
import itertools
import json
import os
import random
import select
import struct
import sys
import time
from contextlib import suppress

_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h
_CLONE_NEWNET = 0x40000000
_MAX_BYTES = 2048
_AT_ONCE = 64


def tun_in(namespace: str) -> int:
    """Make the interface in a namespace; return its descriptor. This process stays there."""
    with open(f"/run/netns/{namespace}") as name:
        if ctypes.CDLL(None, use_errno=True).setns(name.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH", b"link0", _IFF_TUN | _IFF_NO_PI))
    return tun


class Direction:
    """One way of the link: packets wait for their turn, and then for their delay."""

    def __init__(self, source: int, sink: int, settings: dict[str, float]) -> None:
        self.source, self.sink = source, sink
        self._delay_s = settings.get("delay_s", 0.0)
        self._jitter_s = settings.get("jitter_s", 0.0)
        rate = settings.get("packets_per_s", 0.0)
        self._spacing_s = 1.0 / rate if rate else 0.0
        self._longest_s = settings.get("buffer", 100) * self._spacing_s
        self._free_s = 0.0
        self._serial = itertools.count()
        self._on_their_way: list[tuple[float, int, bytes]] = []

    def take_in(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                packet = os.read(self.source, _MAX_BYTES)
            except BlockingIOError:
                return
            now = time.monotonic()
            if self._free_s - now > self._longest_s:
                continue
            self._free_s = max(self._free_s, now) + self._spacing_s
            at = self._free_s + self._delay_s + random.uniform(-self._jitter_s, self._jitter_s)
            heapq.heappush(self._on_their_way, (at, next(self._serial), packet))

    def let_out(self) -> float:
        """Deliver what is due; return the time of the next one."""
        now = time.monotonic()
        while self._on_their_way and self._on_their_way[0][0] <= now:
            with suppress(OSError):  # an interface that is not up yet loses it
                os.write(self.sink, heapq.heappop(self._on_their_way)[2])
        return self._on_their_way[0][0] if self._on_their_way else now + 1.0


def main() -> None:
    settings = json.loads(sys.argv[1])
    near, far = tun_in(settings["near"]), tun_in(settings["far"])
    ways = {near: Direction(near, far, settings), far: Direction(far, near, settings)}
    poller = select.poll()
    for fd in (near, far, sys.stdin.fileno()):
        poller.register(fd, select.POLLIN)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        next_s = min(way.let_out() for way in ways.values())
        # Shorter waits than poll(2) can have are waited for by asking again.
        for fd, _ in poller.poll(int(1000 * max(0.0, next_s - time.monotonic()))):
            if fd not in ways:
                return
            ways[fd].take_in()


if __name__ == "__main__":
    main()
