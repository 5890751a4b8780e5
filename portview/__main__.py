"""Entry: without a command the screen, else the command. The screen is loaded only when it is wanted."""

import gc
import sys

# Starting makes some 26 000 objects that all stay: to search them for garbage every 700 is in vain.
_OBJECTS_BETWEEN_SEARCHES = 50_000
_EXIT_INTERRUPTED = 130


def main() -> int:
    """Run portview with this process's arguments and return its exit status."""
    gc.set_threshold(_OBJECTS_BETWEEN_SEARCHES)
    try:
        from portview.cli.app import run
    except KeyboardInterrupt:  # so early that nothing stands yet that could say so
        return _EXIT_INTERRUPTED
    status = run(sys.argv[1:], open_screen=_open_screen)
    gc.freeze()  # nor is there a point in searching what ends with the process
    return status


def _open_screen(*, history: bool, log: str | None, slow: bool) -> int:
    gc.disable()  # until the screen is made
    from portview.tui.run import run

    return run(history=history, log=log, slow=slow)


if __name__ == "__main__":
    sys.exit(main())
