"""The one error that a user's own input can cause."""


class BadInput(ValueError):
    """What the user typed cannot be used; the message is one clear line for them.

    Commands print it on stderr and exit with status 2; forms show it beside the field.
    """
