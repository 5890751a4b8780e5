"""Who holds an inode, found at once and kept up: real processes that fork, pass on, close and end."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from portview.sockets.holders import YOUNG_FOR, Holders

Bound = Callable[..., socket.socket]
Forked = Callable[..., tuple[int, object]]
NO_TIME = 0.0


def inode_of(opened: socket.socket) -> int:
    return os.fstat(opened.fileno()).st_ino


def holders_of(*opened: socket.socket) -> dict[int, tuple[int, ...]]:
    holders = Holders()
    holders.refresh(frozenset({inode_of(each) for each in opened}))
    return dict(holders.pids)


@contextmanager
def helper(program: str, *arguments: str, inherited: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """A program that says when it is ready, and goes on with each line that it gets."""
    with subprocess.Popen(
        [sys.executable, "-S", "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=() if inherited is None else (inherited,),
    ) as process:
        await_(process)
        yield process


def await_(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


def go_on(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    await_(process)


def test_only_what_was_asked_for_is_found(bound: Bound, forked: Forked) -> None:
    wanted, other = bound("127.0.0.1"), bound("127.0.0.1")
    child, _ = forked(lambda: None, inherit=True)
    assert inode_of(wanted) != inode_of(other)
    assert holders_of(wanted) == {inode_of(wanted): tuple(sorted([os.getpid(), child]))}


def test_an_inode_that_nobody_holds_is_not_there() -> None:
    holders = Holders()
    holders.refresh(frozenset({2**40}))
    assert holders.pids == {}
    assert holders.sees_processes


def test_an_ordinary_user_is_denied_and_goes_on(root: None, bound: Bound, forked: Forked) -> None:
    inode = inode_of(bound("127.0.0.1"))

    def look() -> tuple[dict[int, tuple[int, ...]], bool]:
        own = socket.create_server(("127.0.0.1", 0))
        mine = inode_of(own)
        holders = Holders()
        holders.refresh(frozenset({inode, mine}))
        return {key - mine: pids for key, pids in holders.pids.items()}, holders.denied

    pid, answer = forked(look, uid=65534)
    assert answer == ({0: (pid,)}, True)


def test_nothing_changed_is_the_same_object_and_few_are_looked_at(bound: Bound) -> None:
    inodes = frozenset({inode_of(bound("127.0.0.1"))})
    holders = Holders(NO_TIME)
    holders.refresh(inodes)
    assert len(holders.looked_at) > 1
    before = holders.pids
    with helper("print('ready', flush=True); input()"):
        holders.refresh(inodes)
    assert holders.pids is before


def test_a_new_socket_of_an_old_process_is_found(bound: Bound) -> None:
    first = inode_of(bound("127.0.0.1"))
    holders = Holders(NO_TIME)
    holders.refresh(frozenset({first}))
    second = inode_of(bound("127.0.0.1"))
    holders.refresh(frozenset({first, second}))
    assert holders.pids == {first: (os.getpid(),), second: (os.getpid(),)}


def test_a_socket_in_the_place_of_another_is_found(bound: Bound) -> None:
    """The number of descriptors stays the same."""
    old = socket.create_server(("127.0.0.1", 0))
    holders = Holders(NO_TIME)
    holders.refresh(frozenset({inode_of(old)}))
    old.close()
    new = inode_of(bound("127.0.0.1"))
    holders.refresh(frozenset({new}))
    assert holders.pids == {new: (os.getpid(),)}


def test_an_heir_is_found_and_forgotten(bound: Bound, forked: Forked) -> None:
    inode = inode_of(bound("127.0.0.1"))
    holders = Holders(NO_TIME)
    holders.refresh(frozenset({inode}))
    child_pid, _ = forked(lambda: None, inherit=True)
    holders.refresh(frozenset({inode}))
    assert holders.pids[inode] == tuple(sorted([os.getpid(), child_pid]))


def test_a_holder_that_ends_is_gone(bound: Bound) -> None:
    server = bound("127.0.0.1")
    inode = inode_of(server)
    holders = Holders(NO_TIME)
    with helper("print('ready', flush=True); input()", inherited=server.fileno()) as child:
        holders.refresh(frozenset({inode}))
        assert holders.pids[inode] == tuple(sorted([os.getpid(), child.pid]))
        child.kill()
        child.wait()
        holders.refresh(frozenset({inode}))
    assert holders.pids[inode] == (os.getpid(),)


def test_a_young_process_that_takes_a_socket_later_is_looked_at_again(bound: Bound) -> None:
    """Handed over by SCM_RIGHTS, as at a restart without a gap; one descriptor is closed for it."""
    server = bound("127.0.0.1")
    inode = inode_of(server)
    ours, theirs = socket.socketpair()
    takes = """
import os, socket, sys
print("ready", flush=True)
input()
spare = os.open("/dev/null", os.O_RDONLY)
kept = socket.recv_fds(socket.socket(fileno=int(sys.argv[1])), 1, 1)
os.close(spare)
print("ready", flush=True)
input()
"""
    holders = Holders(NO_TIME)
    holders.refresh(frozenset({inode}))
    with ours, theirs, helper(takes, str(theirs.fileno()), inherited=theirs.fileno()) as child:
        holders.refresh(frozenset({inode}))
        assert holders.pids[inode] == (os.getpid(),)
        socket.send_fds(ours, [b"x"], [server.fileno()])
        go_on(child)
        for _ in range(YOUNG_FOR):
            assert child.pid in holders.looked_at or holders.pids[inode] == (os.getpid(),)
            holders.refresh(frozenset({inode}))
        assert holders.pids[inode] == tuple(sorted([os.getpid(), child.pid]))


def test_with_time_to_spare_every_change_is_found(bound: Bound) -> None:
    """An old process closes one descriptor for another: nothing cheap tells."""
    server = bound("127.0.0.1")
    inode = inode_of(server)
    lets_go = """
import os, sys
print("ready", flush=True)
input()
os.dup2(os.open("/dev/null", os.O_RDONLY), int(sys.argv[1]))
os.close(max(int(name) for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")))
print("ready", flush=True)
input()
"""
    holders = Holders(spare_s=60)
    with helper(lets_go, str(server.fileno()), inherited=server.fileno()) as child:
        holders.refresh(frozenset({inode}))
        assert child.pid in holders.pids[inode]
        go_on(child)
        holders.refresh(frozenset({inode}))
        assert holders.pids[inode] == (os.getpid(),)


def test_the_turn_comes_to_all(bound: Bound) -> None:
    inode = inode_of(bound("127.0.0.1"))
    holders = Holders(NO_TIME)
    holders.refresh(frozenset({inode}))
    everyone = set(holders.looked_at)
    seen: set[int] = set()
    for _ in range(2 * len(everyone)):
        holders.refresh(frozenset({inode}))
        seen |= holders.looked_at
    here = {int(name) for name in os.listdir("/proc") if name.isdecimal()}
    assert everyone & here <= seen


def test_a_pid_that_is_used_again_is_another_process(root: None, forked: Forked) -> None:
    """In a PID namespace of its own the next pid can be chosen."""
    program = """
import os, signal, socket
from portview.sockets.holders import Holders
ready, is_ready = os.pipe()
def start(server):
    with open("/proc/sys/kernel/ns_last_pid", "w") as last:
        last.write("99")
    pid = os.fork()
    if pid == 0:
        if server is None:
            os.close(inherited.fileno())
        os.write(is_ready, b"x")
        signal.pause()
    os.read(ready, 1)
    return pid
def end(pid):
    os.kill(pid, 9)
    os.waitpid(pid, 0)
inherited = socket.create_server(("127.0.0.1", 0))
inode = os.fstat(inherited.fileno()).st_ino
holders = Holders(0.0)
first = start(inherited)
holders.refresh(frozenset({inode}))
before = holders.pids[inode]
end(first)
second = start(None)
holders.refresh(frozenset({inode}))
print(first == second, before == (os.getpid(), first), holders.pids[inode] == (os.getpid(),))
end(second)
"""
    done = subprocess.run(
        ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["True"] * 3


def test_processes_without_a_first_thread_still_hold_their_sockets() -> None:
    """The first thread has ended, as a zombie; the others go on."""
    program = """
import ctypes, socket, threading, time
server = socket.create_server(("127.0.0.1", 0))
def live_on():
    while b"State:\\tZ" not in open("/proc/self/status", "rb").read():
        time.sleep(0.01)
    print("ready", flush=True)
    input()
    import os
    os._exit(0)
import os
print(os.fstat(server.fileno()).st_ino, flush=True)
threading.Thread(target=live_on).start()
ctypes.CDLL(None).pthread_exit(None)
"""
    with subprocess.Popen(
        [sys.executable, "-S", "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        inode = int(process.stdout.readline())
        await_(process)
        holders = Holders()
        holders.refresh(frozenset({inode}))
        process.communicate("\n")
    assert holders.pids == {inode: (process.pid,)}


def test_with_one_descriptor_to_spare_it_goes_on(forked: Forked, spare: Callable[[int], None]) -> None:
    """As beside a large scan: to list a folder takes two."""

    def look() -> bool:
        spare(1)
        holders = Holders()
        holders.refresh(frozenset({1}))
        return holders.denied and holders.sees_processes

    assert forked(look)[1] is True


@pytest.mark.parametrize("spare_s", [NO_TIME, 60])
def test_a_thread_with_descriptors_of_its_own_is_a_holder(spare_s: float) -> None:
    program = """
import ctypes, os, socket, threading
def live_apart():
    assert ctypes.CDLL(None).unshare(0x400) == 0  # CLONE_FILES
    server = socket.create_server(("127.0.0.1", 0))
    print("ready", flush=True)
    print(os.fstat(server.fileno()).st_ino, flush=True)
    input()
    os._exit(0)
threading.Thread(target=live_apart).start()
"""
    holders = Holders(spare_s)
    holders.refresh(frozenset())
    with helper(program) as process:
        assert process.stdout is not None
        inode = int(process.stdout.readline())
        for _ in range(3):
            holders.refresh(frozenset({inode}))
            assert holders.pids == {inode: (process.pid,)}
        process.communicate("\n")


def test_processes_that_come_and_go_do_no_harm(bound: Bound) -> None:
    inode = inode_of(bound("127.0.0.1"))
    finished = threading.Event()

    def churn() -> None:
        for _ in range(20):
            subprocess.run(["true"], check=True)
        finished.set()

    thread = threading.Thread(target=churn)
    thread.start()
    holders = Holders()
    while not finished.is_set():
        holders.refresh(frozenset({inode}))
        assert os.getpid() in holders.pids[inode]
    thread.join()


@pytest.mark.parametrize("hidden", ["hidepid=2", "hidepid=1"])
def test_hidepid_leaves_the_own_processes(root: None, hidden: str) -> None:
    program = """
import ctypes, os, socket
from portview.sockets.holders import Holders
os.setgroups([]); os.setgid(65534); os.setuid(65534)
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
server = socket.create_server(("127.0.0.1", 0))
inode = os.fstat(server.fileno()).st_ino
holders = Holders()
holders.refresh(frozenset({inode}))
print(holders.pids == {inode: (os.getpid(),)}, holders.sees_processes)
"""
    mount = f'mount -t proc -o {hidden} proc /proc && exec "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "sh", "-c", mount, "sh", sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["True"] * 2
