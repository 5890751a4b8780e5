"""Servers that say why they do not serve: their words, and the causes these name.

From OpenSSH, MySQL (1129, 1130, 1040), Redis, VNC, rsync, memcached, PostgreSQL, and mail and FTP
servers (RFC 5321, RFC 959).
"""

import re
from collections.abc import Sequence

from portview.vocabulary import Confidence

Causes = tuple[tuple[str, Confidence], ...]

_ACCESS_SAID: Causes = (("access_list", Confidence.CERTAIN),)
_ACCESS: Causes = (("access_list", Confidence.LIKELY),)
_LIMIT_SAID: Causes = (("conn_limit", Confidence.CERTAIN),)
_LIMIT: Causes = (("conn_limit", Confidence.LIKELY),)

# Regular expressions, compiled when there are words to be read.
_WORDS: Sequence[tuple[bytes, Causes]] = (
    (rb"exceeded maxstartups", (("sshd_maxstartups", Confidence.CERTAIN),)),
    (
        rb"not allowed at this time",
        (("sshd_source_penalty", Confidence.LIKELY), ("sshd_maxstartups", Confidence.LIKELY)),
    ),
    (rb"is not allowed to connect to this (mysql|mariadb)", _ACCESS_SAID),
    (rb"blocked because of many connection errors", _ACCESS_SAID),
    (rb"running in protected mode", _ACCESS_SAID),
    (rb"no pg_hba\.conf entry", _ACCESS_SAID),
    (rb"too many (security|authentication) failures", _ACCESS_SAID),
    (rb"too many (open )?(connections|clients|sessions|users)", _LIMIT_SAID),
    (
        rb"max(imum)? (number of )?(connections|clients|users|sessions)\b.{0,40}(reached|exceeded)",
        _LIMIT_SAID,
    ),
    (rb"connection (rate )?limit (reached|exceeded)", _LIMIT_SAID),
    (rb"^-DENIED ", _ACCESS),
    (rb"^(554|521|530)[ -]", _ACCESS),
    (rb"^\* BYE ", _ACCESS),
    (rb"^421[ -]", _LIMIT),
)


def causes_said(words: bytes) -> Causes:
    """The causes that a server's words name, the likelier first; empty when they name none."""
    found = (causes for pattern, causes in _WORDS if re.search(pattern, words, re.IGNORECASE))
    return next(found, ()) if words else ()


def says_no(words: bytes) -> bool:
    """Whether a server says that it does not serve."""
    return bool(causes_said(words))
