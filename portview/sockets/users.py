"""Names of users."""

import pwd
from functools import lru_cache

from portview.text import clean


@lru_cache(maxsize=1024)
def user_name(uid: int) -> str | None:
    """The login name of a user id, None when there is none. Asked once: it may go over the network."""
    try:
        return clean(pwd.getpwuid(uid).pw_name)
    except (KeyError, OverflowError):
        return None
