"""How many sockets this process may hold."""

import sys

_SHARE = 0.8

if sys.platform == "win32":
    _SELECT_LIMIT = 512  # FD_SETSIZE, as CPython sets it on Windows (Modules/selectmodule.c)

    def socket_budget() -> int:
        """Return how many sockets a scan may hold: they are no files there, and select(2) waits for them."""
        return int(_SHARE * _SELECT_LIMIT)

else:
    import resource

    _UNLIMITED = 1 << 20

    def socket_budget() -> int:
        """Raise the soft limit of open files to the hard one and return how many a scan may take of it."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            soft = hard
        except (ValueError, OSError):
            # Some systems forbid even a process's own hard limit; what it has must do.
            pass
        return int(_SHARE * (_UNLIMITED if soft == resource.RLIM_INFINITY else soft))
