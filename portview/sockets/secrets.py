"""Secrets in command lines, masked before a command line leaves the machine.

Any user of a machine can read command lines (proc(5), cmdline), so a secret there is no secret; a
report that is handed on would still carry it further.
"""

import re

MASK = "***"

_NAME = (
    r"(?:[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|credential|(?:api|access|private|auth|session)[-_.]?key)"
    r"[\w.-]*|[\w.-]*(?:pass|auth|authorization)|(?:[\w.-]*[-_.])?(?:pwd|pw))"
)
_VALUE = r"""(?!-|//|(?:bearer|basic)\b)(?:"[^"]*"|'[^']*'|\S+)"""
_ANYHOW = re.IGNORECASE
# scheme://user:password@host, scheme://token@host
_LOGIN = r"(?P<keep>\b[a-z][a-z0-9+.-]*://(?:[^\s/:@]*:)?)(?P<value>[^\s/@]+)(?=@)"
_HIDING_VALUES = (
    r"(?P<keep>\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}",
    rf"(?P<keep>(?<![\w.-]){_NAME}['\"]?\s*[=:]\s*){_VALUE}",
    rf"(?P<keep>(?<!\S)--?{_NAME}\s+){_VALUE}",
    # The rest of an argument that was quoted as a whole: 'password=two words'.
    rf"(?P<keep>'-*{_NAME}[=:])[^']*",
)
_TOKEN_LENGTH = 16
# -p secret and -psecret mean a password to these; to others -p is a port.
_SHORT = r"(?P<keep>(?<!\S)(?:-p|-a|-w)\s?)(?!-)\S+"
_TAKES_SHORT = r"\S*\b(mysql\w*|mariadb\w*|sshpass|redis-cli|mongo\w*|ldap\w+|smbclient)(?=\s)"


def masked(command: str) -> str:
    """A command line with what looks like a secret replaced; better one word too many than one too few."""
    # The patterns are compiled when one is asked for: most listings show no command line.
    command = re.sub(_LOGIN, _without_login, command, flags=_ANYHOW)
    for pattern in _HIDING_VALUES:
        command = re.sub(pattern, rf"\g<keep>{MASK}", command, flags=_ANYHOW)
    if re.match(_TAKES_SHORT, command):
        command = re.sub(_SHORT, rf"\g<keep>{MASK}", command)
    return command


def _without_login(found: re.Match[str]) -> str:
    """A user's name alone may be shown; what is as long as a token is one."""
    if found["keep"].endswith("/") and len(found["value"]) < _TOKEN_LENGTH:
        return found[0]
    return found["keep"] + MASK
