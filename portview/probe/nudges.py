"""What to say to a server that waits for its client: the harmless opening of what is expected there.

No opening logs in or changes anything. A port whose service speaks first, or whose protocol we
cannot open, is left alone: so are industrial controllers, and raw printer ports, which would print
what they are sent.
"""

from dataclasses import dataclass

from portview.knowledge.speech import greets_first, is_web, usual_speech
from portview.probe.records import Nudge, Target

_BY_SPEECH = {
    "HTTP": (Nudge.HTTP, Nudge.TLS),
    "TLS": (Nudge.TLS, Nudge.HTTP),
    "Redis": (Nudge.REDIS,),
    "PostgreSQL": (Nudge.POSTGRESQL,),
    "RDP": (Nudge.RDP,),
    "SMB": (Nudge.SMB,),
}
_UNKNOWN = (Nudge.HTTP, Nudge.TLS)
# HAProxy's PROXY protocol, section 2.1: the sender does not say whom it speaks for.
PROXY_LINE = b"PROXY UNKNOWN\r\n"
# X.224 connection request that offers TLS (MS-RDPBCGR section 2.2.1.1).
_RDP = bytes.fromhex("030000130ee00000000000 0100080001000000")
# SMB2 NEGOTIATE that offers 2.0.2, 2.1, 3.0 and 3.0.2 (MS-SMB2 section 2.2.3): length, header, body.
_SMB = bytes.fromhex(
    "0000006c fe534d42 4000 0000 00000000 0000 0100 00000000 00000000 0000000000000000"
    "00000000 00000000 0000000000000000 00000000000000000000000000000000"
    "2400 0400 0100 0000 00000000 00000000000000000000000000000000 0000000000000000"
    "0202 1002 0003 0203"
)
_PRINTERS = frozenset(range(9100, 9108))


@dataclass(frozen=True, slots=True)
class Plan:
    """What to say at a target, in order, each on a connection of its own.

    The next is only said when what came back is no answer. `fits` tells that the service expected there
    speaks the first; otherwise nothing is known of it. `greets` tells that it speaks unasked.
    """

    nudges: tuple[Nudge, ...]
    fits: bool
    target: Target
    greets: bool = False

    @property
    def http(self) -> bytes:
        """A request for nothing but the head of the root (RFC 9110, section 9.3.2)."""
        host = self.target.host.partition("%")[0]
        authority = f"[{host}]:{self.target.port}" if ":" in host else f"{host}:{self.target.port}"
        return (
            f"HEAD / HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: portview\r\n"
            "Accept: */*\r\nConnection: close\r\n\r\n"
        ).encode("latin-1", "replace")

    @property
    def inside_tls(self) -> bytes:
        """What to say once TLS stands; empty where it does not carry HTTP."""
        return self.http if is_web(self.target.service) else b""

    def opening(self, nudge: Nudge) -> bytes:
        """The bytes of a nudge other than TLS."""
        match nudge:
            case Nudge.REDIS:
                return b"PING\r\n"
            case Nudge.POSTGRESQL:
                return b"\x00\x00\x00\x08\x04\xd2\x16\x2f"  # SSLRequest
            case Nudge.RDP:
                return _RDP
            case Nudge.SMB:
                return _SMB
            case Nudge.SSH:
                return b"SSH-2.0-portview\r\n"  # RFC 4253 section 4.2
            case Nudge.PROXY:
                return PROXY_LINE + (self.opening(self.nudges[0]) if self.nudges else b"")
            case _:
                return self.http


def plan_for(target: Target) -> Plan:
    """What to say at a target that stays silent."""
    service = target.service
    known = _BY_SPEECH.get(usual_speech(service) or "")
    if known is not None:
        return Plan(known, True, target)
    alone = service is not None or target.port in _PRINTERS
    nudges = () if alone else _UNKNOWN
    return Plan(nudges, False, target, greets=greets_first(service))
