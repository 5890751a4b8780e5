"""Entry: without a command the screen, else the command. The screen is loaded only when it is wanted."""

import sys


def main() -> int:
    """Run portview with this process's arguments and return its exit status."""
    from portview.cli.app import run

    return run(sys.argv[1:], open_screen=_open_screen)


def _open_screen() -> int:
    from portview.tui.run import run

    return run()


if __name__ == "__main__":
    sys.exit(main())
