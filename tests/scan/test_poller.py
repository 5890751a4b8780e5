import socket
from collections.abc import Callable

import pytest

from portview.scan.poller import EpollPoller, Poller, SelectorPoller


@pytest.mark.parametrize("make", [EpollPoller, SelectorPoller])
def test_only_the_ready_one_is_named(make: Callable[[], Poller]) -> None:
    poller = make()
    near, far = socket.socketpair()
    quiet, other = socket.socketpair()
    with near, far, quiet, other:
        poller.add(near.fileno(), reading=True)
        poller.add(quiet.fileno(), reading=True)
        assert poller.wait(0) == []
        far.send(b"x")
        assert poller.wait(1) == [near.fileno()]
        poller.add(far.fileno(), reading=False)
        assert sorted(poller.wait(1)) == sorted([near.fileno(), far.fileno()])
        for sock in (near, far, quiet):
            poller.remove(sock.fileno())
    poller.close()


@pytest.mark.parametrize("make", [EpollPoller, SelectorPoller])
def test_with_nothing_to_watch_it_waits_in_vain(make: Callable[[], Poller]) -> None:
    poller = make()
    assert poller.wait(0.01) == []
    poller.close()
