"""How portview is typed again, as root above all: sudo has a PATH of its own."""

import os
import shlex
import sys

# What sudo searches on every distribution (secure_path of sudoers(5)): no virtual environment.
_SUDO_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_NAME = "portview"


def own_command(*words: str) -> str:
    """`portview ls`, as root's shell finds it: by the path that was started, where the name does not do."""
    return shlex.join((*_started(), *words))


def as_root(*words: str) -> str:
    """`sudo portview ls`, likewise."""
    return f"sudo {own_command(*words)}"


def _started() -> tuple[str, ...]:
    if any(os.access(os.path.join(folder, _NAME), os.X_OK) for folder in _SUDO_PATH.split(os.pathsep)):
        return (_NAME,)
    started = sys.argv[0]
    if os.path.basename(started) == _NAME:
        return (os.path.abspath(started),)
    if started.endswith(os.path.join(_NAME, "__main__.py")):
        return sys.executable, "-m", _NAME
    return (_NAME,)  # inside another program
