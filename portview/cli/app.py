"""The command line as a whole: how each kind of ending exits.

stdout is data, stderr is talk. Exit status: 0 done, 1 a knock that did not succeed, 2 wrong usage
(one line on stderr, nothing on stdout), 74 output cannot be written, 130 interrupted, 141 the reader of
the output has gone.
"""

import errno
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from portview.cli.stderr import tell
from portview.errors import BadInput
from portview.text import clean

if TYPE_CHECKING:
    from portview.cli.commands import OpenScreen

EXIT_USAGE = 2
EXIT_CANNOT_WRITE = 74  # EX_IOERR of sysexits(3)
EXIT_INTERRUPTED = 130
EXIT_CLOSED_PIPE = 141  # what a shell reports for a program ended by SIGPIPE
_COMPLETING = "_PORTVIEW_COMPLETE"
"""The variable in which a shell asks click how words may go on; they are not in the arguments."""
_LONGEST = 1000
"""Characters of a complaint: click repeats what was typed, however long that is."""
_WRITING_FAILED = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


def run(arguments: Sequence[str], *, open_screen: "OpenScreen") -> int:
    """Run one command line and return its exit status; `open_screen` is called when there is no command."""
    if sys.stdout is None:  # the caller closed it
        tell("portview: cannot write output: stdout is closed")
        return EXIT_CANNOT_WRITE
    try:
        status = _status(arguments, open_screen)
        sys.stdout.flush()
    except BadInput as error:
        tell(f"portview: {clean(' '.join(str(error).split()), _LONGEST)}")
        return EXIT_USAGE
    except KeyboardInterrupt:
        tell("portview: interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader (head, less) has gone
        silence_stdout()
        return EXIT_CLOSED_PIPE
    except OSError as error:
        if error.errno not in _WRITING_FAILED:
            raise
        tell(f"portview: cannot write output: {error.strerror}")
        silence_stdout()
        return EXIT_CANNOT_WRITE
    return status


def _status(arguments: Sequence[str], open_screen: "OpenScreen") -> int:
    if not arguments and _COMPLETING not in os.environ:  # the screen need not wait for what reads arguments
        return open_screen(history=True, log=None, slow=False)
    from portview.cli.commands import obey

    return obey(arguments, open_screen)


def silence_stdout() -> None:
    """Keep Python's own flush at exit from complaining once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
