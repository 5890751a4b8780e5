"""What all tests begin with."""

import signal

import pytest


@pytest.fixture(scope="session", autouse=True)
def _interrupts_are_heard() -> None:
    """A shell lets what runs in its background ignore SIGINT, and so would the programs of the tests."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
