"""What the scan pane asks for: targets, ports and protocol."""

from portview.scan.records import Asked
from portview.tui.widgets.field import Field, ProtocolChoice
from portview.tui.widgets.form import Form

DEFAULT_TARGET = "127.0.0.1"
DEFAULT_PORTS = "top 1000"
_HINT = "Ports: 22,80,1-99  60000-  -  http*  T:22,U:53  top 1000  !443 leaves it out"


class ScanForm(Form):
    """Describes a scan as it is typed."""

    def __init__(self) -> None:
        self._targets = Field(DEFAULT_TARGET, placeholder="nas.lan, 192.0.2.0/28", id="targets")
        self._ports = Field(DEFAULT_PORTS, placeholder="1-1024", id="ports")
        self._protocol = ProtocolChoice()
        super().__init__((("Target", self._targets), ("Ports", self._ports), ("", self._protocol)), _HINT)

    @property
    def asked(self) -> Asked:
        """The scan that is described now."""
        return Asked(self._targets.value, self._ports.value, self._protocol.protocol)

    def take(self, asked: Asked) -> None:
        """Describe this scan."""
        self.aim(asked.targets)
        self._ports.value = asked.ports
        self._protocol.protocol = asked.protocol

    def aim(self, targets: str) -> None:
        """Describe the same scan of other targets."""
        self._targets.value = targets
