"""How many sockets this process may hold."""

import sys

_UNLIMITED = 1 << 20
_SHARE = 0.8
_SELECT_LIMIT = 512  # FD_SETSIZE, as CPython sets it on Windows (Modules/selectmodule.c)


def socket_budget() -> int:
    """Raise the soft limit of open files to the hard one and return how many a scan may take of it."""
    if sys.platform == "win32":  # sockets are no files there: select(2), which waits for them, is the limit
        return int(_SHARE * _SELECT_LIMIT)
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        soft = hard
    except (ValueError, OSError):
        # Some systems forbid even a process's own hard limit; what it has must do.
        pass
    return int(_SHARE * (_UNLIMITED if soft == resource.RLIM_INFINITY else soft))
