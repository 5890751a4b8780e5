"""The first words on a fresh connection: what the peer says unasked, and whether it hangs up."""

import errno
import selectors
import socket
import threading
import time
from typing import NamedTuple

from portview.probe.outcomes import errno_name
from portview.probe.records import Closing
from portview.probe.waiting import wait

_MAX_BYTES = 1024
# After its first words a peer that is going to hang up does so at once.
_FAREWELL_S = 0.1


class FirstWords(NamedTuple):
    """What came, and how it ended: `closed_by` None means that the connection is still open.

    `closed_after_ms` counts from the moment the listening began; `errno` names the error that ended it.
    """

    data: bytes = b""
    closed_by: Closing | None = None
    closed_after_ms: float | None = None
    errno: str | None = None


def listen(
    sock: socket.socket, until: float, cancel: threading.Event | None = None, *, limit: int = _MAX_BYTES
) -> FirstWords:
    """Read up to `limit` bytes until the peer hangs up or the monotonic time `until`; sends nothing."""
    started = time.monotonic()
    data = b""
    while len(data) < limit and wait(sock, selectors.EVENT_READ, until, cancel):
        try:
            chunk = sock.recv(limit - len(data))
        except BlockingIOError:
            continue
        except OSError as error:
            code = error.errno or 0
            if code == errno.ECONNRESET:
                return FirstWords(data, Closing.RST, _since(started), errno_name(code))
            return FirstWords(data, errno=errno_name(code))
        if not chunk:
            return FirstWords(data, Closing.FIN, _since(started))
        data += chunk
        until = min(until, time.monotonic() + _FAREWELL_S)
    return FirstWords(data)


def _since(started: float) -> float:
    return (time.monotonic() - started) * 1000
