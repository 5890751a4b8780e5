"""`portview probe`: one knock, and why it ended as it did."""

import ipaddress
import math
import os
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import click

from portview.cli import output
from portview.cli.app import EXIT_CANNOT_WRITE, EXIT_INTERRUPTED
from portview.cli.stderr import is_watched, tell
from portview.diagnose.document import document
from portview.diagnose.inquiry import Answer, inquire
from portview.errors import BadInput
from portview.probe.background import Call
from portview.probe.knock import DEFAULT_TIMEOUT_S, MAX_TIMEOUT_S, MIN_TIMEOUT_S, NEIGHBOUR_FAILURE_S
from portview.probe.records import Attempt, Resolution
from portview.probe.target import parse_target
from portview.text import clean
from portview.vocabulary import Family, Protocol

if TYPE_CHECKING:  # a quick knock has none of these
    from portview.probe.path_records import Hop


class _Seconds(click.types.FloatParamType):
    name = "number of seconds"


@click.command("probe", short_help="Knock on one port and say why it ended as it did.")
@click.argument("host")
@click.argument("port", required=False)
@click.option("--udp", is_flag=True, help="A UDP datagram instead of a TCP connection.")
@click.option("-4", "--ipv4", "only_ipv4", is_flag=True, help="IPv4 only.")
@click.option("-6", "--ipv6", "only_ipv6", is_flag=True, help="IPv6 only.")
@click.option(
    "--timeout", "timeout_s", metavar="S", type=_Seconds(), default=DEFAULT_TIMEOUT_S, show_default=True,
    help="Seconds to wait for an answer.",
)  # fmt: skip
@click.option("--quick", is_flag=True, help="Only the knock itself: no controls, no look at own sockets.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option(
    "--save", "file", type=click.Path(), metavar="FILE", help="Keep what was seen, for explain --from FILE."
)
def command(
    host: str,
    port: str | None,
    udp: bool,
    only_ipv4: bool,
    only_ipv6: bool,
    timeout_s: float,
    quick: bool,
    as_json: bool,
    file: str | None,
) -> int:
    """Knock on PORT of HOST and say what happened, why, and what to do next.

    PORT is a number or a service name; it may come with the host: nas.lan:445, [2001:db8::1]:22,
    https://nas.lan:8443/x. The scheme of a URL says what is spoken first. Ctrl-C ends the knock and shows
    what was seen so far.
    """
    if not MIN_TIMEOUT_S <= timeout_s <= MAX_TIMEOUT_S:
        raise BadInput(f"--timeout is {MIN_TIMEOUT_S:g} to {MAX_TIMEOUT_S:g} seconds")
    if only_ipv4 and only_ipv6:
        raise BadInput("-4 and -6 exclude each other; without them both families are tried")
    family = Family.IPV4 if only_ipv4 else Family.IPV6 if only_ipv6 else None
    target = parse_target(host, port, Protocol.UDP if udp else Protocol.TCP)
    _check_family(target.host, family)
    if file is not None:
        _check_writable(file)
    if timeout_s < NEIGHBOUR_FAILURE_S and not quick and is_watched():
        tell(f"note: below {NEIGHBOUR_FAILURE_S:g} s a host that is off looks like a firewall")
    cancel = threading.Event()
    answer = _until_interrupted(
        partial(
            inquire,
            target,
            timeout_s=timeout_s,
            family=family,
            quick=quick,
            cancel=cancel,
            on_event=_on_event,
            on_seen=_on_seen,
        ),
        cancel,
    )
    if as_json:
        output.write_json(document(answer.observation, answer.diagnosis))
    else:
        _write_report(answer)
    if file is not None and not _save(file, answer):
        return EXIT_CANNOT_WRITE
    if cancel.is_set():
        return EXIT_INTERRUPTED
    return 0 if answer.diagnosis.outcome.is_success else 1


def _until_interrupted(ask: Callable[[], Answer], cancel: threading.Event) -> Answer:
    """The answer, after Ctrl-C the one to what was seen so far; a second Ctrl-C ends the program."""
    begin = threading.Event()

    def begun() -> Answer:
        begin.wait()
        return ask()

    call = Call(begun)
    try:
        begin.set()  # not before: who sees a first line may press Ctrl-C before the next one here runs
        answer = call.value(math.inf)
    except KeyboardInterrupt:
        cancel.set()
        answer = call.value(math.inf)
    assert answer is not None  # forever has not ended
    return answer


def _write_report(answer: Answer) -> None:
    from portview.cli.pages import write_page  # programs that ask for JSON do not wait for it
    from portview.diagnose.report import report

    write_page(report(answer.observation, answer.diagnosis))


def _check_family(host: str, family: Family | None) -> None:
    """An address has one family: no other can be asked of it."""
    try:
        version = ipaddress.ip_address(host.partition("%")[0]).version
    except ValueError:
        return
    own = Family.IPV4 if version == 4 else Family.IPV6
    if family not in (None, own):
        raise BadInput(f"{host} is an IPv{version} address: leave -{10 - version} out, or use -{version}")


def _check_writable(file: str) -> None:
    """Nobody waits for a knock only to hear then that it cannot be kept; nothing is left of the look."""
    is_new = not os.path.lexists(file)
    try:
        open(file, "ab").close()
        if is_new:
            os.unlink(file)
    except OSError as error:
        raise BadInput(_cannot_save(file, error)) from None


def _save(file: str, answer: Answer) -> bool:
    """Keep the knock; what could be written only in part is no knock, and goes."""
    from pathlib import Path

    from portview.diagnose.saved import SavedKnock, write  # most knocks are not kept

    try:
        write(Path(file), SavedKnock(answer.observation, answer.listeners))
    except OSError as error:
        tell(f"portview: {_cannot_save(file, error)}")
        if os.path.isfile(file):
            os.unlink(file)
        return False
    return True


def _cannot_save(file: str, error: OSError) -> str:
    return f"cannot save to {clean(file, 60)}: {error.strerror}"


def _on_event(event: Resolution | Attempt) -> None:
    if not is_watched():
        return
    if isinstance(event, Resolution):
        for address in event.addresses:
            tell(f"Trying {address} ...")
    else:
        tell(f"{event.address}: {event.outcome.value.replace('_', ' ')} after {event.elapsed_ms:.1f} ms")


def _on_seen(seen: "Attempt | Hop") -> None:
    if not is_watched():
        return
    if isinstance(seen, Attempt):
        how = seen.outcome.value.replace("_", " ")
        tell(f"{seen.address} port {seen.port}, to compare: {how} after {seen.elapsed_ms:.1f} ms")
    else:
        tell(f"hop {seen.ttl}: {seen.sender} after {seen.rtt_ms or 0.0:.1f} ms")
