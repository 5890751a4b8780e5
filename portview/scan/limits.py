"""How many sockets this process may hold."""

import resource

_UNLIMITED = 1 << 20
_SHARE = 0.8


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
