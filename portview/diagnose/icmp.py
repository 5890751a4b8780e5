"""What an ICMP error says, whatever the family (RFC 792, RFC 1122, RFC 1812, RFC 4443)."""

from enum import Enum, auto

from portview.probe.records import IcmpError
from portview.vocabulary import Family


class Says(Enum):
    """The sense of an ICMP error."""

    PORT = auto()
    HOST = auto()
    NET = auto()
    PROHIBITED = auto()
    TTL = auto()
    OTHER = auto()


_IPV4_UNREACHABLE = 3
_IPV4_TIME_EXCEEDED = (11, 0)
_IPV6_UNREACHABLE = 1
_IPV6_TIME_EXCEEDED = (3, 0)

_IPV4 = {
    Says.NET: (0, 6, 11),
    Says.HOST: (1, 7, 12),
    Says.PORT: (3,),
    Says.PROHIBITED: (2, 9, 10, 13, 14, 15),
}
_IPV6 = {
    Says.NET: (0, 2),
    Says.HOST: (3,),
    Says.PORT: (4,),
    Says.PROHIBITED: (1, 5, 6),
}
_IPV4_CODES = {code: says for says, codes in _IPV4.items() for code in codes}
_IPV6_CODES = {code: says for says, codes in _IPV6.items() for code in codes}


def says(error: IcmpError, family: Family) -> Says:
    """The sense of one error; OTHER for the rare rest."""
    ipv4 = family is Family.IPV4
    if (error.type, error.code) == (_IPV4_TIME_EXCEEDED if ipv4 else _IPV6_TIME_EXCEEDED):
        return Says.TTL
    if error.type != (_IPV4_UNREACHABLE if ipv4 else _IPV6_UNREACHABLE):
        return Says.OTHER
    return (_IPV4_CODES if ipv4 else _IPV6_CODES).get(error.code, Says.OTHER)
