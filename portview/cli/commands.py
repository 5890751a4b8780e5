"""Which commands there are, and what is said of words that make none."""

import importlib
from collections.abc import Sequence
from typing import Protocol

import click

from portview import __version__
from portview.cli.app import EXIT_CLOSED_PIPE, silence_stdout
from portview.errors import BadInput

# Modules are loaded only for the command that is run: a probe costs no scan.
_COMMANDS = {
    "ls": "portview.cli.ls",
    "probe": "portview.cli.probe",
    "scan": "portview.cli.scan",
    "explain": "portview.cli.explain",
}


class OpenScreen(Protocol):
    """Shows the screen and returns the exit status."""

    def __call__(self, *, history: bool, log: str | None, slow: bool) -> int:
        """`history` keeps knocks for the next start, `log` is a file for what goes wrong."""
        ...


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = importlib.import_module(_COMMANDS[cmd_name]).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS and not ctx.resilient_parsing:
            *others, last = _COMMANDS
            known = f"{', '.join(others)} and {last}"
            ctx.fail(f"no command {args[0]!r}: there are {known}; portview probe HOST PORT knocks")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # click itself would exit with 1
            silence_stdout()
            raise click.exceptions.Exit(EXIT_CLOSED_PIPE) from None


@click.group(
    cls=_LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 done, 1 the knock did not succeed, 2 wrong usage, 74 output cannot be written, "
    "130 interrupted, 141 the reader of the output has gone.",
)
@click.version_option(__version__, message="portview %(version)s")
@click.option("--no-history", is_flag=True, help="The screen shows no past knocks and keeps none.")
@click.option(
    "--log",
    type=click.Path(),
    metavar="FILE",
    help="Where the screen writes down what goes wrong inside portview.",
)
@click.option(
    "--slow", is_flag=True, help="The screen spares a slow line: 16 colours, few updates, no mouse."
)
@click.pass_context
def _portview(context: click.Context, no_history: bool, log: str | None, slow: bool) -> int:
    """See what listens here, knock on any port, and read why the knock ended as it did.

    Without a command: the screen, with all of it.
    """
    if context.invoked_subcommand is None:
        open_screen: OpenScreen = context.obj
        return open_screen(history=not no_history, log=log, slow=slow)
    if no_history or log or slow:
        raise click.UsageError("--no-history, --log and --slow are for the screen, which has no command")
    return 0


def obey(arguments: Sequence[str], open_screen: OpenScreen) -> int:
    """Run the command that the arguments name, or the screen, and return its exit status; raises BadInput."""
    try:
        status = _portview.main(list(arguments), prog_name="portview", standalone_mode=False, obj=open_screen)
    except click.ClickException as error:
        raise BadInput(error.format_message()) from None
    except click.Abort:
        raise KeyboardInterrupt from None
    return status if isinstance(status, int) else 0
