"""Users: their names, and who this process is.

Windows knows no user ids: there a process has a name and nothing more (None).
"""

import os
import sys
from functools import lru_cache

from portview.text import clean


def own_uid() -> int | None:
    """The effective user id of this process, 0 for root; None where the system has none."""
    if sys.platform == "win32":
        return None
    return os.geteuid()


def own_name() -> str:
    """The name of the user as whom this process acts; `uid 1000` for one without a name, `?` for nobody."""
    uid = own_uid()
    if uid is None:
        return clean(os.environ.get("USERNAME", "?"))
    return user_name(uid) or f"uid {uid}"


@lru_cache(maxsize=1024)
def user_name(uid: int) -> str | None:
    """The login name of a user id, None when there is none. Asked once: it may go over the network."""
    if sys.platform == "win32":
        return None
    import pwd

    try:
        return clean(pwd.getpwuid(uid).pw_name)
    except (KeyError, OverflowError):
        return None
