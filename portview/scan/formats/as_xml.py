"""The XML of `nmap -oX` (nmap.dtd, version 1.05), for programs that read it: ndiff, python-libnmap ..."""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from xml.sax.saxutils import quoteattr

from portview import __version__
from portview.knowledge.services import service_name
from portview.scan.formats.writer import Write, Writer
from portview.scan.plan import Plan
from portview.scan.ports import port_list
from portview.scan.records import HostVerdict, PortResult
from portview.scan.reports import HostReport, Totals
from portview.scan.said import Said
from portview.vocabulary import Protocol

_SCAN_TYPES = {Protocol.TCP: "connect", Protocol.UDP: "udp"}
_DOWN = frozenset({HostVerdict.OFF, HostVerdict.NOT_SENT})
_FORM = "%a %b %e %H:%M:%S %Y"


class XmlWriter(Writer):
    """One `<host>` as soon as it is done; a document that was cut short is still well formed."""

    def __init__(self, write: Write, command: str = "portview scan") -> None:
        super().__init__(write, command)
        self._start = 0
        self._states = Counter[str]()

    def begin(self, plan: Plan, started: str) -> None:
        """What was asked for."""
        self._start = _epoch(started)
        self.write('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n')
        self.write(
            _tag(
                "nmaprun",
                scanner="nmap",  # the only value that nmap.dtd knows; `args` tells who it was
                args=self.command,
                start=self._start,
                startstr=_moment(self._start),
                version=__version__,
                xmloutputversion="1.05",
            )
        )
        for protocol, ports in plan.ports.items():
            self.write(
                _empty(
                    "scaninfo",
                    type=_SCAN_TYPES[protocol],
                    protocol=protocol,
                    numservices=len(ports),
                    services=port_list(tuple(sorted(ports))),
                )
            )
        self.write(_empty("verbose", level=0) + _empty("debugging", level=0))

    def host(self, report: HostReport) -> None:
        """One host."""
        self.write("".join(self._host(report)))

    def end(self, totals: Totals) -> None:
        """How it ended."""
        end = _epoch(totals.ended) if totals.ended else self._start + round(totals.elapsed_s)
        up, down = self._states["up"], self._states["down"]
        summary = (
            f"portview done: {totals.done} of {totals.requested} ports in {totals.elapsed_s:.2f} seconds"
        )
        finished = {"time": end, "timestr": _moment(end), "summary": summary}
        trouble = "interrupted" if totals.cancelled else totals.gave_up
        exit_ = {"exit": "error", "errormsg": trouble} if trouble else {"exit": "success"}
        self.write(
            "<runstats>"
            + _empty("finished", **finished, elapsed=f"{totals.elapsed_s:.2f}", **exit_).rstrip()
            + _empty("hosts", up=up, down=down, total=up + down).rstrip()
            + "</runstats>\n</nmaprun>\n"
        )

    def _host(self, report: HostReport) -> Iterator[str]:
        state = "down" if report.verdict in _DOWN else "up"
        self._states[state] += 1
        answered = next((one.reason for one in report.results if one.rtt_ms is not None), None)
        yield _tag("host")
        yield _empty("status", state=state, reason=answered or "user-set", reason_ttl=0)
        yield _empty("address", addr=report.address, addrtype="ipv6" if ":" in report.address else "ipv4")
        yield "<hostnames>\n"
        if report.host.name:
            yield _empty("hostname", name=report.host.name, type="user")
        yield "</hostnames>\n<ports>"
        for protocol, left_out in report.left_out.items():
            hidden = [one for one in report.results if (one.protocol, one.state) == (protocol, left_out)]
            yield _tag("extraports", state=left_out, count=len(hidden))
            for reason, count in Counter(one.reason for one in hidden).most_common():
                yield _empty("extrareasons", reason=reason, count=count)
            yield "</extraports>\n"
        for one in report.listed:
            yield _port(one, report.words_of(one))
        yield "</ports>\n</host>\n"


def _port(result: PortResult, said: Said | None) -> str:
    reason: dict[str, object] = {"state": result.state, "reason": result.reason, "reason_ttl": 0}
    if result.sender:
        reason["reason_ip"] = result.sender
    parts = [_tag("port", protocol=result.protocol, portid=result.port), _empty("state", **reason)]
    service = service_name(result.port, result.protocol)
    words = said.in_short if said else ""
    if service or words:
        more: dict[str, object] = {"extrainfo": words} if words else {}
        parts.append(_empty("service", name=service or "unknown", **more, method="table", conf=3))
    return "".join(part.rstrip() for part in parts) + "</port>\n"


def _epoch(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def _moment(epoch: int) -> str:
    return time.strftime(_FORM, time.localtime(epoch))


def _attributes(values: dict[str, object]) -> str:
    return "".join(f" {name}={quoteattr(str(value))}" for name, value in values.items())


def _tag(tag: str, /, **values: object) -> str:
    return f"<{tag}{_attributes(values)}>\n"


def _empty(tag: str, /, **values: object) -> str:
    return f"<{tag}{_attributes(values)}/>\n"
