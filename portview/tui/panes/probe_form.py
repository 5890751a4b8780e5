"""What the probe pane asks for: host, port, protocol and patience, with advice while it is typed."""

from collections.abc import Iterable
from contextlib import suppress

from textual import on
from textual.widgets import Input

from portview.errors import BadInput
from portview.probe.records import Target
from portview.tui.advice import advice
from portview.tui.services import Services
from portview.tui.subject import Subject
from portview.tui.suggestions import service_names
from portview.tui.widgets.field import Field, ProtocolChoice
from portview.tui.widgets.form import Form
from portview.vocabulary import Protocol

DEFAULT_TIMEOUT = "5 s"
_HINT = "Enter knocks as a client of that service would, and sends nothing else."


class ProbeForm(Form):
    """Completes hosts and services, and says what is worth knowing of a port before anybody knocks."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._host = Field(placeholder="name, host:port or URL", id="host")
        self._port = Field(placeholder="e.g. 443", id="port")
        self._timeout = Field(DEFAULT_TIMEOUT, id="timeout")
        self._protocol = ProtocolChoice()
        self._port.add_class("-short")
        self._timeout.add_class("-number")
        self._port.suggest(service_names(Protocol.TCP))
        fields = (
            ("Host", self._host),
            ("Port", self._port),
            ("", self._protocol),
            ("Timeout", self._timeout),
        )
        super().__init__(fields, _HINT)

    def suggest_hosts(self, hosts: Iterable[str]) -> None:
        """Complete what is typed as a host by these."""
        self._host.suggest(hosts)

    def take(self, subject: Subject) -> None:
        """Fill in what another pane handed over."""
        self._fill(subject.host or "", "" if subject.port is None else str(subject.port))
        self._protocol.protocol = subject.protocol

    def asked(self) -> tuple[Target, float] | None:
        """The target and the timeout in seconds; None, with a complaint, for what cannot be used."""
        if self._host.has_focus or not self._port.value.strip():
            self._take_port_from_host()
        try:
            timeout_s = _timeout(self._timeout.value)
            target = self._services.target(self._host.value, self._port.value, self._protocol.protocol)
        except BadInput as error:
            self.complain(str(error))
            return None
        self.advise(advice(target.port, target.protocol))
        return target, timeout_s

    def _take_port_from_host(self) -> None:
        """A port typed with the host counts more than the one left from the knock before.

        The scheme of a URL stays with the host: it says what is spoken first.
        """
        with suppress(BadInput):
            target = self._services.target(*self._in_host, self._protocol.protocol)
            scheme, follows, _ = self._host.value.strip().partition("://")
            self._fill(f"{scheme}{follows}{target.host}" if follows else target.host, str(target.port))

    @property
    def _in_host(self) -> tuple[str, str]:
        """Host and port as the host's field has them, which takes them as telnet does, too: `nas.lan 22`."""
        host, port = (*self._host.value.split(maxsplit=1), "", "")[:2]
        return host, port

    def _fill(self, host: str, port: str) -> None:
        with self.prevent(Input.Changed):
            self._host.value = host
            self._port.value = port

    @on(Input.Changed, "#host, #port")
    def _advise(self) -> None:
        """Say what is worth knowing of the port that is typed so far."""
        protocol = self._protocol.protocol
        typed = [(self._host.value, self._port.value), self._in_host]
        if self._host.has_focus:  # as when it is knocked at, a port that is typed with the host counts more
            typed.reverse()
        for host, port in typed:
            with suppress(BadInput):
                target = self._services.target(host or "localhost", port, protocol)
                self.advise(advice(target.port, protocol))
                return
        self.hint()

    @on(ProtocolChoice.Changed)
    def _other_services(self, message: ProtocolChoice.Changed) -> None:
        self._port.suggest(service_names(message.protocol))
        self._advise()


def _timeout(text: str) -> float:
    from portview.probe.knock import MAX_TIMEOUT_S, MIN_TIMEOUT_S

    try:
        seconds = float(text.strip().removesuffix("s"))
    except ValueError:
        seconds = -1.0
    if not MIN_TIMEOUT_S <= seconds <= MAX_TIMEOUT_S:
        raise BadInput(f"the timeout is a number of seconds, {MIN_TIMEOUT_S:g} to {MAX_TIMEOUT_S:g}")
    return seconds
